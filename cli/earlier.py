"""What a stack is compared with: ``AGAINST``, the same for every command."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import WRONG_USE, CommandError, ending
from .progress import progress

if TYPE_CHECKING:
    from deployment.deployment import Deployment
    from deployment.verdicts import Update
    from offline.engine import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """A deployment that a stack is compared with.

    :param name: what to call it.
    :param export: as `pulumi stack export` writes it.
    """

    name: str
    export: Mapping[str, Any]
    deployment: "Deployment"

    def update(self, run: "Run") -> "Update":
        """Returns what a run makes of it."""
        from deployment.export import interrupted
        from deployment.verdicts import Update

        return Update(
            name=self.name,
            before=self.deployment,
            steps=run.steps,
            interrupted=list(interrupted(self.export)),
        )


def read_earlier(against: str, stack: str, program: Path) -> Earlier:
    """Returns what ``AGAINST`` names: a file with an export, or another stack.

    Another stack is what this one would be with the other's file. An export of another stack is
    taken as if it was of this one.
    """
    from stackfile.files import names_file, stack_names

    path, stacks = Path(against), stack_names(program)
    if names_file(against) or (against in stacks and not path.is_file()):
        return _of_stack(against, stack, program)
    if not path.suffix and not path.exists():
        known = ", ".join(stacks) or "none"
        raise CommandError(
            f"AGAINST={against} is neither a file with an export nor a stack; stacks: {known}"
        )
    return _of_file(path, stack, program)


def _of_file(path: Path, stack: str, program: Path) -> Earlier:
    from deployment.export import NoDeploymentError, earlier, read
    from deployment.renamed import of_stack, renamed
    from stackfile.files import project_name, stack_name

    with ending(WRONG_USE, NoDeploymentError, ValueError):
        data = read(path)
        deployment = earlier(data)
        # Raises where there is none.
        _ = deployment.stack
        former, now = of_stack(deployment), (project_name(program), stack_name(stack))
        if former == now:
            return Earlier(name=str(path), export=data, deployment=deployment)
        data = renamed(data, former, now)
        name = f"{path}, which is of stack {former[1]}"
        if former[0] != now[0]:
            name += f" of project {former[0]}"
        return Earlier(name=name, export=data, deployment=earlier(data))


def _of_stack(other: str, stack: str, program: Path) -> Earlier:
    from deployment.export import earlier, export
    from offline.simulation import run_stack

    with progress(f"Previewing {other}"):
        data = export(run_stack(program.resolve(), stack, file=other).resources)
    return Earlier(name=f"stack {other}", export=data, deployment=earlier(data))
