"""Runs a program under the engine, as Pulumi's own ``pulumi-language-python-exec`` does."""

import asyncio
import gc
import logging
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pulumi
from pulumi.runtime import reset_options, set_all_config
from pulumi.runtime.proto import language_pb2
from pulumi.runtime.stack import run_in_stack

from policy.parent import end_with_parent

_ERROR_TOLD = 32
# For each operation at a time that the engine allows (``_set_default_executor`` in
# https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/python/cmd/pulumi-language-python-exec).
_THREADS = 4


def main(engine_address: str, message: str) -> int:
    """Runs the program of a request and returns the exit status."""
    end_with_parent()
    # A run is short and keeps almost all that it makes: to look for what can go is in vain.
    gc.disable()
    request = language_pb2.RunRequest.FromString(bytes.fromhex(message))
    reset_options(
        project=request.project,
        stack=request.stack,
        parallel=request.parallel,
        engine_address=engine_address,
        monitor_address=request.monitor_address,
        preview=request.dryRun,
        organization=request.organization,
    )
    set_all_config(dict(request.config), list(request.configSecretKeys))
    # A run that fails leaves futures that nobody looks at.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    program = Path(request.info.program_directory)
    sys.path.insert(0, str(program))
    sys.argv = [str(program), *request.args]
    try:
        asyncio.run(_run(program, request.parallel))
    except KeyboardInterrupt:
        pass
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
    except Exception:  # noqa: BLE001  whatever the program raises is told
        pulumi.log.error(f"Program failed with an unhandled exception:\n{traceback.format_exc()}")
    else:
        return 0
    return _ERROR_TOLD


async def _run(program: Path, parallel: int) -> None:
    """Runs the program with as many threads for its calls as Pulumi's own host gives it."""
    threads = ThreadPoolExecutor(max_workers=max(parallel, 1) * _THREADS)
    asyncio.get_running_loop().set_default_executor(threads)

    def main() -> None:
        runpy.run_path(str(program / "__main__.py"), run_name="__main__")

    await run_in_stack(main)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
