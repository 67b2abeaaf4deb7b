"""The policy pack under the engine: what a person sees of it, at each moment."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from engine.install import ROOT
from engine.outcomes import Outcome
from engine.session import Session

if TYPE_CHECKING:
    from conftest import SessionOf

# What each shipped stack has earned, by its own configuration of the pack.
EARNED: Final = {"dev": {"load-balancers-speak-tls"}, "prod": {"load-balancers-log-access"}}
_NOT_CHECKED: Final = re.compile(r"not checked before deployment: (\d+) rules: (.+)")
_VERSION: Final = re.compile(r"eks-platform@v(\d+\.\d+\.\d+)")


def pack(stack: str) -> list[str]:
    """Returns the options that put a stack before the pack."""
    configuration = Path("policy") / f"{stack}.json"
    configured = ["--policy-pack-config", str(configuration)]
    return ["--policy-pack", "policy", *(configured if (ROOT / configuration).is_file() else [])]


def findings(outcome: Outcome) -> dict[str, str]:
    """Returns the level of each rule that found something."""
    return dict(_policies(outcome))


def _policies(outcome: Outcome) -> Iterator[tuple[str, str]]:
    for event in outcome.events:
        if found := event.get("policyEvent"):
            yield found["policyName"], found["enforcementLevel"]


def not_checked(outcome: Outcome) -> set[str]:
    """Returns the lines that name what was not checked."""
    return {line for _, line in _NOT_CHECKED.findall(outcome.output)}


@pytest.mark.parametrize("stack", sorted(EARNED))
def test_a_stack_has_the_findings_that_it_earned_and_no_others(
    stack: str, session_of: "SessionOf"
) -> None:
    session = session_of(stack)
    expected = dict.fromkeys(EARNED[stack], "advisory")
    first = session.pulumi("preview", *pack(stack))
    assert findings(first) == expected
    assert len(not_checked(first)) == 1
    for outcome in (session.up(*pack(stack)), session.pulumi("preview", *pack(stack))):
        assert findings(outcome) == expected
        assert not_checked(outcome) == set()
    for outcome in (first, analyzed(session)):
        assert set(_VERSION.findall(outcome.output)) == {version()}


def analyzed(session: Session) -> Outcome:
    """Puts the state before the pack, and holds it to the same findings."""
    state = session.folder / "state.json"
    state.write_text(session.pulumi("stack", "export").answer)
    outcome = session.pulumi("policy", "analyze", "--file", str(state), *pack(session.stack))
    named = set(re.findall(r"\[(?:advisory|mandatory)\] .*?\s([a-z][a-z-]+)  \(", outcome.output))
    assert named == EARNED[session.stack]
    assert not_checked(outcome) == set()
    return outcome


def version() -> str:
    """Returns the project's version."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'^version = "(.+)"$', text, re.MULTILINE)
    assert found
    return found[1]


def test_a_broken_stack_is_stopped_before_anything_is_made(session_of: "SessionOf") -> None:
    session = session_of("dev")
    session.set("vpcCni.networkPolicy", False)  # noqa: FBT003  a setting's value
    outcome = session.pulumi("preview", *pack("dev"), status=1)
    assert findings(outcome)["network-policies-enforced"] == "mandatory"
    assert list(session.cloud) == []
