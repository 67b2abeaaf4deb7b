"""Which changes of versions are let through (requirement 29), and what a refusal tells."""

from itertools import pairwise
from typing import Final

import hypothesis
import pytest
from hypothesis import strategies as st

from planning.upgrades import MinorVersion, control_plane_mistake, node_mistake, vpc_cni_mistake

minors = st.integers(min_value=1, max_value=60)
builds = st.integers(min_value=0, max_value=9)

# Each with what the refusal says: the step to take instead.
CONTROL_PLANE: Final = [
    ("1.35", "1.35", None),
    ("1.35", "1.36", None),
    ("1.9", "1.10", None),
    ("1.34", "1.36", 'it runs 1.34, so deploy cluster.version "1.35" before "1.36"'),
    ("1.30", "1.36", 'it runs 1.30, so deploy cluster.version "1.31" before "1.36"'),
    ("1.36", "1.35", "runs 1.36 and cannot go back to 1.35"),
    ("1.10", "1.9", "runs 1.10 and cannot go back to 1.9"),
    ("1.36", "2.0", 'so deploy cluster.version "1.37" before "2.0"'),
]
VPC_CNI: Final = [
    ("v1.22.3-eksbuild.1", "v1.22.3-eksbuild.1", None),
    ("v1.22.3-eksbuild.1", "v1.22.9-eksbuild.2", None),
    ("v1.22.3-eksbuild.1", "v1.22.0-eksbuild.1", None),
    ("v1.22.3-eksbuild.1", "v1.23.0-eksbuild.1", None),
    ("v1.22.3-eksbuild.1", "v1.21.1-eksbuild.7", None),
    ("v1.20.4-eksbuild.1", "v1.22.3-eksbuild.1",
     "it runs v1.20.4-eksbuild.1, so deploy a build of v1.21 as vpcCni.version before "
     "v1.22.3-eksbuild.1"),
    ("v1.22.3-eksbuild.1", "v1.20.4-eksbuild.1",
     "it runs v1.22.3-eksbuild.1, so deploy a build of v1.21 as vpcCni.version before "
     "v1.20.4-eksbuild.1"),
    ("v1.9.9-eksbuild.1", "v1.11.0-eksbuild.1", "deploy a build of v1.10 "),
]  # fmt: skip
# The control plane's version first, then that of the nodes before and after.
NODES: Final = [
    ("1.36", "1.36", "1.36", None),
    ("1.36", "1.35", "1.36", None),
    ("1.36", "1.33", "1.36", None),
    ("1.36", "1.33", "1.33", None),
    ("1.36", "1.32", "1.36",
     'nodes run 1.32, more than 3 minor versions behind a control plane of 1.36: deploy '
     'cluster.version "1.35" first'),
    ("1.36", "1.30", "1.33", 'deploy cluster.version "1.33" first'),
    ("1.35", "1.35", "1.36", "nodes of 1.36 would be newer than the control plane of 1.35"),
    ("1.9", "1.9", "1.10", "nodes of 1.10 would be newer than the control plane of 1.9"),
]  # fmt: skip


def version(minor: int) -> str:
    return f"1.{minor}"


def build(minor: int, patch: int) -> str:
    return f"v1.{minor}.{patch}-eksbuild.{patch + 1}"


def check(found: str | None, expected: str | None) -> None:
    if expected is None:
        assert found is None
    else:
        assert expected in (found or "nothing")


@pytest.mark.parametrize(("old", "new", "expected"), CONTROL_PLANE)
def test_the_control_plane_moves_up_one_minor_version_at_a_time(
    old: str, new: str, expected: str | None
) -> None:
    check(control_plane_mistake(old, new), expected)


@pytest.mark.parametrize(("old", "new", "expected"), VPC_CNI)
def test_the_cni_moves_one_minor_version_at_a_time_either_way(
    old: str, new: str, expected: str | None
) -> None:
    check(vpc_cni_mistake(old, new), expected)


@pytest.mark.parametrize(("plane", "old", "new", "expected"), NODES)
def test_nodes_stay_within_reach_of_the_control_plane(
    plane: str, old: str, new: str, expected: str | None
) -> None:
    check(node_mistake(plane, old=old, new=new), expected)


@hypothesis.given(old=minors, new=minors)
def test_a_refused_control_plane_gets_there_by_the_steps_that_are_named(old: int, new: int) -> None:
    """What is let through is one step up at most; what is refused names both versions."""
    found = control_plane_mistake(version(old), version(new))

    assert (found is None) == (new - old in {0, 1})
    if found:
        assert version(old) in found
        assert version(new) in found
    path = [*range(old, new + 1)]
    assert [step for step in pairwise(path) if control_plane_mistake(*map(version, step))] == []


@hypothesis.given(old=minors, new=minors, patches=st.tuples(builds, builds))
def test_a_refused_cni_gets_there_by_single_steps(
    old: int, new: int, patches: tuple[int, int]
) -> None:
    before, after = build(old, patches[0]), build(new, patches[1])
    found = vpc_cni_mistake(before, after)

    assert (found is None) == (abs(new - old) <= 1)
    if found:
        assert before in found
        assert after in found
        assert f"v1.{old + (1 if new > old else -1)} " in found
    direction = 1 if new >= old else -1
    path = [build(minor, patches[0]) for minor in range(old, new + direction, direction)]
    assert [step for step in pairwise(path) if vpc_cni_mistake(*step)] == []


@hypothesis.given(plane=minors, old=minors, new=minors)
def test_refused_nodes_are_newer_or_too_far_behind(plane: int, old: int, new: int) -> None:
    found = node_mistake(version(plane), old=version(old), new=version(new))

    assert (found is None) == (new <= plane and old >= plane - 3)
    if found:
        assert version(plane) in found
        assert version(new if new > plane else old) in found


@hypothesis.given(start=minors, steps=st.integers(min_value=1, max_value=8))
def test_a_cluster_that_takes_nodes_along_is_never_refused(start: int, steps: int) -> None:
    for minor in range(start, start + steps):
        assert control_plane_mistake(version(minor), version(minor + 1)) is None
        assert node_mistake(version(minor + 1), old=version(minor), new=version(minor + 1)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.36", MinorVersion(1, 36)),
        ("1.36.2", MinorVersion(1, 36)),
        ("v1.22.3-eksbuild.14", MinorVersion(1, 22)),
    ],
)
def test_a_version_is_read_without_its_patch(text: str, expected: MinorVersion) -> None:
    assert MinorVersion.parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "1", "1.", "latest", "1.x", " 1.36", "1.36 ", "1.36\n", "1.36-beta", "v1.2.3.4"]
)
def test_a_text_that_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no version such as 1\.36 or v1\.22\.3-eks"):
        control_plane_mistake("1.36", text)
    with pytest.raises(ValueError, match="is no version"):
        vpc_cni_mistake(text, "v1.22.3-eksbuild.1")
    with pytest.raises(ValueError, match="is no version"):
        node_mistake("1.36", old=text, new="1.36")
