"""``python -m bench.pod_ips``: what the pod IP planner costs, one JSON object a line.

Exit status: 0 within the limit; 1 above it, with the reason on the error stream.
"""

import json
import sys
import time
from typing import Final

from offline.ec2_data import instance_type, instance_type_data
from planning.pod_ips.comparison import MODES
from planning.pod_ips.limits import max_pods

SECONDS_LIMIT: Final = 2.0


def main() -> int:
    """Measures max-pods of every instance type in every mode, the data's loading included."""
    begin = time.perf_counter()
    kinds = [kind for kind in map(instance_type, instance_type_data()) if kind]
    found = [max_pods(kind, mode) for kind in kinds for mode in MODES.values()]
    seconds = round(time.perf_counter() - begin, 3)
    result = {
        "benchmark": "max-pods",
        "instance_types": len(kinds),
        "modes": len(MODES),
        "lowest": min(found),
        "highest": max(found),
        "seconds": seconds,
        "limit": SECONDS_LIMIT,
    }
    sys.stdout.write(f"{json.dumps(result)}\n")
    if seconds > SECONDS_LIMIT:
        sys.stderr.write(f"max-pods: {seconds} s is above {SECONDS_LIMIT} s\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
