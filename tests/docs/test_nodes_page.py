"""The page about pods on nodes counts what the program counts."""

import re
from pathlib import Path
from typing import Final

from planning.scheduling import workloads
from planning.scheduling.workloads import Workload

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "nodes.md"
_ROW: Final = re.compile(r"^\| `([\w-]+)` \| (.+?) \| ([\d,]+m) \| ([\d,]+ MiB) \|", re.MULTILINE)


def test_the_table_has_all_pods_of_the_platform() -> None:
    rows = [match.groups() for match in _ROW.finditer(PAGE.read_text(encoding="utf-8"))]
    platform = {some.name: some for some in vars(workloads).values() if isinstance(some, Workload)}
    assert sorted(name for name, *_ in rows) == sorted(platform)
    for name, number, cpu, memory in rows:
        some = platform[name]
        assert (cpu, memory) == some.each.text()[1:3], name
        if name == "aws-load-balancer-controller":
            assert number == "`replicas`"
        else:
            assert number == ("one a node" if some.on_every_node else str(some.count)), name
