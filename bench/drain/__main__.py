"""``python -m bench.drain``: what the shutdown numbers are worth on real NGINX and HAProxy.

Each pod is NGINX with the configuration that the component writes, HAProxy stands in the place of
the Application Load Balancer and learns of a pod's deletion after a lag that is *assumed*. So this
measures the arithmetic for an assumed lag, not AWS's own lag.

Prints one JSON object a line: each trial, then the totals. Exit status: 0 every trial ended as
expected; 1 one did not, with the reason on the error stream; 2 a program is missing.
"""

import argparse
import asyncio
import datetime as dt
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import yaml

from planning.shutdown import ShutdownBudget

from .side_by_side import NOTE, run_groups
from .trials import Trial, shipped_trials, short_trials, sweep_trials

PROGRAM: Final = Path(__file__).resolve().parents[2]
PLOT: Final = PROGRAM / "docs" / "drain-sweep.svg"
# The trials' processes wait more than they work.
TRIALS_PER_CPU: Final = 2


def missing_programs(path: str) -> list[str]:
    """Returns the programs that are needed and that no folder of the path has."""
    return [name for name in ("nginx", "haproxy", "ip") if shutil.which(name, path=path) is None]


def shipped_budget(stack_file: Path) -> ShutdownBudget:
    """Returns the numbers of a stack's sample application, as the program itself reads them."""
    config = yaml.safe_load(stack_file.read_text(encoding="utf-8"))["config"]
    settings = import_module("stackfile.workloads").ShutdownSettings
    budget: ShutdownBudget = settings.model_validate(
        config["eks-platform:sampleApp"].get("shutdown", {})
    ).budget
    return budget


def totals(results: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns the sums, those of the trials that should lose nothing apart from the others."""
    listed = list(results)
    sums: dict[str, Any] = {}
    for expected in ("none", "some"):
        of_these = [result for result in listed if result["expected"] == expected]
        sums[f"expected_{expected}"] = {
            "trials": len(of_these),
            **{
                key: sum(result[key] for result in of_these)
                for key in ("requests", "failed", "truncated")
            },
        }
    return {"trials": len(listed), **sums}


def machine() -> dict[str, Any]:
    """Returns what the figures depend on."""
    return {
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "nginx": _version("nginx", "-v"),
        "haproxy": _version("haproxy", "-v"),
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
    }


def _version(*command: str) -> str:
    done = subprocess.run(  # noqa: S603  our own words, no shell
        command, check=True, capture_output=True, text=True, timeout=10
    )
    return version_in(done.stdout + done.stderr)


def version_in(text: str) -> str:
    """Returns the first version in a program's answer."""
    found = re.search(r"\d+(\.\d+)+\S*", text)
    return found[0] if found else "unknown"


def _show(result: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.drain", description=f"Measures {NOTE}.")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--short", action="store_true", help="each inequality, in small seconds")
    mode.add_argument("--shipped", action="store_true", help="the dev stack's numbers, real time")
    mode.add_argument("--sweep", action="store_true", help="failures against preStop - lag")
    parser.add_argument("--plot", type=Path, default=PLOT, help="where --sweep draws (%(default)s)")
    parser.add_argument("--loopback", action="store_true", help="do without network namespaces")
    return parser.parse_args(arguments)


def _trials(given: argparse.Namespace) -> tuple[str, list[list[Trial]]]:
    if given.shipped:
        return "shipped", shipped_trials(shipped_budget(PROGRAM / "Pulumi.dev.yaml"))
    return ("sweep", sweep_trials()) if given.sweep else ("short", short_trials())


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the results as they come; returns the exit status."""
    given = _arguments(arguments)
    # Debian keeps them where only root's PATH looks.
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    if missing := missing_programs(os.environ["PATH"]):
        names = ", ".join(missing)
        sys.stderr.write(f"missing: {names}; apt-get install nginx-light haproxy iproute2\n")
        return 2
    mode, groups = _trials(given)
    # Being told to stop is no reason to leave namespaces behind.
    # (A shell starts what runs in its background with SIGINT ignored.)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="drain-") as folder:
        at_once = TRIALS_PER_CPU * (os.cpu_count() or 1)
        try:
            results, wrong = asyncio.run(
                run_groups(groups, Path(folder), at_once, _show, loopback=given.loopback)
            )
        except KeyboardInterrupt:
            return 128 + signal.SIGINT
        except (ChildProcessError, TimeoutError) as error:
            sys.stderr.write(f"{error or 'a trial took too long'}\n")
            return 1
    summary = {"mode": mode, **totals(results), **machine(), "measures": NOTE}
    _show({**summary, "wall_seconds": round(time.monotonic() - start, 1)})
    if given.sweep:
        import_module("bench.drain.plot").write_plot(results, given.plot)
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
