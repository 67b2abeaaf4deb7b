"""``python -m bench.pod_ips``: what the pod IP planner costs, one JSON object a line.

Exit status: 0 within the limit; 1 above it, with the reason on the error stream.
"""

import sys
import time
from typing import Any, Final

from offline.ec2_data import instance_type, instance_type_data
from planning.pod_ips.comparison import MODES
from planning.pod_ips.limits import max_pods

from .results import publish

SECONDS_LIMIT: Final = 2.0


def measure() -> dict[str, Any]:
    """Returns what max-pods costs for every type in every mode, the data's loading included."""
    begin = time.perf_counter()
    kinds = [kind for kind in map(instance_type, instance_type_data()) if kind]
    found = [max_pods(kind, mode) for kind in kinds for mode in MODES.values()]
    seconds = round(time.perf_counter() - begin, 3)
    return {
        "benchmark": "max-pods",
        "instance_types": len(kinds),
        "modes": len(MODES),
        "lowest": min(found),
        "highest": max(found),
        "seconds": seconds,
        "limit": SECONDS_LIMIT,
    }


if __name__ == "__main__":
    sys.exit(publish([measure()]))
