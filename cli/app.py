"""Every command behind ``make``, as one application.

Exit status: 0 done; 1 a stack file, the program, the simulated cloud or a policy refuses, with the
reason on the error stream; 2 the command line is wrong, or a file that it names.
"""

import sys

import pulumi
import typer

# Typer carries click inside and gives its exceptions no public name.
from typer._click.exceptions import ClickException

from . import deployments, pod_ips, stack_files, tools
from .errors import REFUSED, CommandError, new_app

app = new_app()
for command in (
    deployments.preview,
    deployments.graph,
    deployments.report,
    deployments.policy,
    stack_files.new_stack,
    stack_files.schema,
    tools.checkov,
    tools.pulumi,
    tools.reliability,
):
    app.command()(command)
app.add_typer(pod_ips.app, name="pod-ips")


def main() -> None:
    """Runs a command and ends the process with its status."""
    try:
        status = typer.main.get_command(app).main(prog_name="cli", standalone_mode=False)
    except ClickException as error:
        message, status = error.format_message(), error.exit_code
    except CommandError as error:
        message, status = str(error), error.status
    except pulumi.RunError as error:
        message, status = str(error), REFUSED
    else:
        message = ""
    if message:
        typer.echo(message, err=True)
    sys.exit(status)
