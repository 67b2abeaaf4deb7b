"""The commands that the documentation gives are commands: a typing error there costs an outage."""

import inspect
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import botocore.session
import pytest
from botocore import xform_name
from test_docs import PAGES, ROOT

from offline.schema import resource_class

_BLOCK: Final = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_HERE_DOCUMENT: Final = re.compile(r"<<'(\w+)'\n.*?^ *\1$", re.MULTILINE | re.DOTALL)
EXAMPLES: Final = (ROOT / "examples" / "yaml" / "README.md",)

# https://www.pulumi.com/docs/iac/cli/commands/
PULUMI: Final = {
    "cancel", "config rm", "config set", "destroy", "import", "install", "login", "package add",
    "preview", "refresh", "stack change-secrets-provider", "stack export", "stack import",
    "stack init", "stack output", "state unprotect", "up",
}  # fmt: skip
# https://kubernetes.io/docs/reference/kubectl/generated/
KUBECTL: Final = {
    "apply", "cordon", "cp", "delete", "describe", "drain", "exec", "get", "logs", "patch",
    "port-forward", "rollout", "uncordon",
}  # fmt: skip
# https://helm.sh/docs/helm/
HELM: Final = {"history", "list", "rollback", "status", "uninstall"}
# https://docs.docker.com/reference/cli/docker/
DOCKER: Final = {"build", "login", "push", "tag"}
# What the aws CLI adds to the operations of the API.
AWS_CUSTOMIZATIONS: Final = {"ecr get-login-password", "eks update-kubeconfig"}


def commands() -> Iterator[tuple[Path, str]]:
    """Yields page and text of each command in a shell block, without comments."""
    for page in (*PAGES, *EXAMPLES):
        for _, block in _BLOCK.findall(page.read_text(encoding="utf-8")):
            text = _HERE_DOCUMENT.sub("", block).replace("\\\n", " ")
            for line in re.sub(r"(^|\s)#.*", "", text, flags=re.MULTILINE).splitlines():
                for command in filter(None, map(str.strip, line.split("; "))):
                    # The command that another one prints is a stack output's value.
                    yield page, command.removeprefix("$(")


def mistake(command: str) -> str | None:
    """Returns what is wrong with a command."""
    program, *words = shlex.split(command)
    check = CHECKS.get(Path(program).name)
    return check(words) if check else "no known program"


def _make(words: list[str]) -> str | None:
    return None if set(_plain(words)[:1]) <= targets() else "no such make target"


def _pulumi(words: list[str]) -> str | None:
    found = {" ".join(_plain(words)[:length]) for length in (1, 2)} & PULUMI
    return None if found else "no such pulumi command"


def _kubectl(words: list[str]) -> str | None:
    # The namespace's option may come before the command.
    return None if set(_plain(words)[:2]) & KUBECTL else "no such kubectl command"


def _aws(words: list[str]) -> str | None:
    service, operation, *_ = _plain(words)
    if f"{service} {operation}" in AWS_CUSTOMIZATIONS:
        return None
    return None if operation in _operations(service) else "no such operation of AWS"


@cache
def _operations(service: str) -> frozenset[str]:
    """Returns the operations of an AWS service as the CLI calls them."""
    session = botocore.session.get_session()
    if service not in session.get_available_services():
        return frozenset()
    model = session.get_service_model(service)
    names: list[str] = list(cast("Any", model.operation_names))
    return frozenset(xform_name(name, "-") for name in names)


def _python(words: list[str]) -> str | None:
    module = words[words.index("-m") + 1].replace(".", "/") if "-m" in words else ""
    return None if module and (ROOT / module).is_dir() else "no such module"


def _pytest(words: list[str]) -> str | None:
    return None if (ROOT / _plain(words)[0]).exists() else "no such tests"


def _helm(words: list[str]) -> str | None:
    return None if set(_plain(words)[:1]) <= HELM else "no such helm command"


def _docker(words: list[str]) -> str | None:
    return None if set(_plain(words)[:1]) <= DOCKER else "no such docker command"


def _plain(words: list[str]) -> list[str]:
    return [word for word in words if not word.startswith("-")]


CHECKS: Final[Mapping[str, Callable[[list[str]], str | None]]] = {
    "make": _make,
    "pulumi": _pulumi,
    "kubectl": _kubectl,
    "aws": _aws,
    "python": _python,
    "pytest": _pytest,
    "helm": _helm,
    "docker": _docker,
    **dict.fromkeys(
        ("cd", "curl", "date", "do", "done", "for", "jq", "rm", "while"), lambda _: None
    ),
}


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z0-9-]*):.*##", makefile, re.MULTILINE))


def test_there_are_commands_of_every_kind() -> None:
    programs = {shlex.split(command)[0] for _, command in commands()}
    assert {"make", "pulumi", "kubectl", "aws"} <= programs


@pytest.mark.parametrize(
    "command", [pytest.param(text, id=f"{page.name}-{text:.60}") for page, text in commands()]
)
def test_a_documented_command_is_one(command: str) -> None:
    assert mistake(command) is None


@pytest.mark.parametrize(
    "command",
    [
        "make reprot",
        "pulumi stack outputs",
        "kubectl fetch pods",
        "aws eks describe-addons",
        "aws esk describe-addon",
        "python -m ofline preview",
        "plumi up",
    ],
)
def test_a_mistyped_command_is_found(command: str) -> None:
    assert mistake(command)


def test_forms_of_ids_to_import_are_those_of_the_sdk() -> None:
    page = (ROOT / "docs" / "moving.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(aws:\S+)` \| `([^`]+)` \|$", page, re.MULTILINE)

    assert len(rows) > 15
    for token, identifier in rows:
        documented = inspect.getsource(resource_class(token))
        given = re.findall(rf"pulumi import {re.escape(token)} \S+ (\S+)", documented)
        assert identifier in given, token


def test_every_stack_output_is_documented() -> None:
    program = (ROOT / "__main__.py").read_text(encoding="utf-8")
    outputs = re.findall(r'pulumi\.export\(\s*"(\w+)"', program)

    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert len(outputs) > 5
    assert [name for name in outputs if f"`{name}`" not in text] == []
