"""Runs a program under the engine, as Pulumi's own ``pulumi-language-python-exec`` does."""

import asyncio
import logging
import runpy
import sys
import traceback
from pathlib import Path

import pulumi
from pulumi.runtime import reset_options, set_all_config
from pulumi.runtime.proto import language_pb2
from pulumi.runtime.stack import run_in_stack

_ERROR_TOLD = 32


def main(engine_address: str, message: str) -> int:
    """Runs the program of a request and returns the exit status."""
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
        asyncio.run(
            run_in_stack(
                lambda: runpy.run_path(str(program / "__main__.py"), run_name="__main__")
            )
        )
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return _ERROR_TOLD
    except KeyboardInterrupt:
        return _ERROR_TOLD
    except Exception:
        pulumi.log.error(f"Program failed with an unhandled exception:\n{traceback.format_exc()}")
        return _ERROR_TOLD
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
