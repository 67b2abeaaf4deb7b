"""Previews the shipped stacks and a new one in every region of the data, and in one of each
partition; one JSON object a line.

A preview that does not end well is named, with its message, and the status is 1.
"""

import json
import sys
import time
from typing import Final

import pulumi

# ``make regions`` puts tests/support on the path: the same stacks as in the tests.
from regions import NEW, ONE_OF_EACH, preview_in

from offline.ec2_data import regions

_STACKS: Final = ("dev", "prod", NEW)


def main() -> None:
    """Prints what came of it."""
    places = list(dict.fromkeys((*regions(), *ONE_OF_EACH)))
    failed: dict[str, str] = {}
    began = time.perf_counter()
    for stack in _STACKS:
        for region in places:
            try:
                preview_in(stack, region)
            except pulumi.RunError as error:
                failed[f"{stack} in {region}"] = str(error)
    seconds = round(time.perf_counter() - began, 1)
    count = len(places) * len(_STACKS)
    found = {"previews": count, "regions": len(places), "failed": failed, "seconds": seconds}
    sys.stdout.write(json.dumps(found) + "\n")
    sys.exit(bool(failed))


main()
