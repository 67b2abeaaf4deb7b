"""The URNs that a resource had before, as the engine works them out.

``generateAliases`` and what it calls in
https://github.com/pulumi/pulumi/blob/v3.274.1/pkg/resource/deploy/step_generator.go.
"""

from collections.abc import Iterator

from pulumi.runtime.proto import alias_pb2

from deployment.types import STACK

from .callbacks import Registration


def former_urns(request: Registration, urn: str, former_parent: str) -> Iterator[str]:
    """Yields the URNs that a resource may have had, the likeliest first.

    :param former_parent: what the parent's URN was, where that has changed.
    """
    own = [_alias(alias, request, urn) for alias in request.aliases]
    yield from own
    if former_parent:
        for known in (urn, *own):
            yield _below(former_parent, request.parent, known)


def urn_of(stack: str, project: str, parent: str, token: str, name: str) -> str:
    """Returns a URN as the engine makes it: with the types of all parents but the stack."""
    chain = parent.split("::")[2] if parent else STACK
    qualified = token if chain == STACK else f"{chain}${token}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def _alias(alias: alias_pb2.Alias, request: Registration, urn: str) -> str:
    if alias.urn:
        return alias.urn
    spec = alias.spec
    prefix, project, *_ = urn.split("::")
    stack = prefix.rsplit(":", maxsplit=1)[-1]
    parent = "" if spec.noParent else spec.parentUrn or request.parent
    return urn_of(
        spec.stack or stack,
        spec.project or project,
        parent,
        spec.type or request.type,
        spec.name or request.name,
    )


def _below(former_parent: str, parent: str, urn: str) -> str:
    """Returns the URN of a child of the former parent, whose name its own may begin with."""
    prefix, project, types, name = urn.split("::", maxsplit=3)
    own, former = _name(parent), _name(former_parent)
    if name.startswith(own):
        name = former + name.removeprefix(own)
    stack = prefix.rsplit(":", maxsplit=1)[-1]
    return urn_of(stack, project, former_parent, types.rsplit("$", maxsplit=1)[-1], name)


def _name(urn: str) -> str:
    return urn.rsplit("::", maxsplit=1)[-1]
