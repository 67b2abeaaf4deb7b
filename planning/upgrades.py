"""Which changes of versions EKS survives (requirement 29).

The rules and their sources: the control plane moves up one minor version at a time and never down
(https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html); the VPC CNI moves one minor
version at a time, up or down
(https://docs.aws.amazon.com/eks/latest/userguide/vpc-add-on-update.html); nodes and kube-proxy are
never newer than the control plane nor more than three minor versions behind it
(https://kubernetes.io/releases/version-skew-policy/).
"""

import re
from dataclasses import dataclass
from typing import Final

MOST_MINORS_BEHIND: Final = 3

_VERSION: Final = re.compile(r"v?(?P<major>\d+)\.(?P<minor>\d+)(\.\d+)?(-eksbuild\.\d+)?")


@dataclass(frozen=True, order=True, slots=True)
class MinorVersion:
    """A version without its patch, as 1.36 of ``v1.36.2-eksbuild.1``."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> "MinorVersion":
        """Returns the minor version of a Kubernetes version or an add-on's build.

        :raises ValueError: for a text that is neither.
        """
        found = _VERSION.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no version such as 1.36 or v1.22.3-eksbuild.1")
        return cls(int(found["major"]), int(found["minor"]))

    def plus(self, minors: int) -> "MinorVersion":
        """Returns the version so many minor versions later."""
        return MinorVersion(self.major, self.minor + minors)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


def control_plane_mistake(old: str, new: str) -> str | None:
    """Returns why the control plane cannot go from one version to another; ``None`` if it can."""
    before, after = MinorVersion.parse(old), MinorVersion.parse(new)
    if before <= after <= before.plus(1):
        return None
    if after < before:
        return f"the control plane runs {old} and cannot go back to {new}"
    return (
        f"the control plane moves one minor version at a time: it runs {old}, so deploy "
        f'cluster.version "{before.plus(1)}" before "{after}"'
    )


def vpc_cni_mistake(old: str, new: str) -> str | None:
    """Returns why the VPC CNI cannot go from one build to another; ``None`` if it can."""
    before, after = MinorVersion.parse(old), MinorVersion.parse(new)
    if before.plus(-1) <= after <= before.plus(1):
        return None
    step = before.plus(1 if after > before else -1)
    return (
        f"the VPC CNI moves one minor version at a time: it runs {old}, so deploy a build of "
        f"v{step} as vpcCni.version before {new}"
    )


def kube_proxy_fault(control_plane: str, version: str) -> str | None:
    """Returns why kube-proxy cannot run beside a control plane; ``None`` if it can.

    :param version: that of kube-proxy, where a text that is none says nothing.
    """
    plane = MinorVersion.parse(control_plane)
    try:
        proxy = MinorVersion.parse(version)
    except ValueError:
        return None
    oldest = plane.plus(-MOST_MINORS_BEHIND)
    if oldest <= proxy <= plane:
        return None
    return (
        f"must be v{oldest} to v{plane} beside a control plane of {control_plane} "
        f"(https://kubernetes.io/releases/version-skew-policy/), got {version!r}"
    )


def kube_proxy_mistake(control_plane: str, old: str, new: str) -> str | None:
    """Returns why kube-proxy cannot go from one build to another; ``None`` if it can.

    :param control_plane: the version of the control plane when it does, which moves first.
    """
    before = MinorVersion.parse(old)
    if before < MinorVersion.parse(control_plane).plus(-MOST_MINORS_BEHIND):
        first = before.plus(MOST_MINORS_BEHIND)
        return (
            f"kube-proxy runs {old}, more than {MOST_MINORS_BEHIND} minor versions behind a "
            f'control plane of {control_plane}: deploy cluster.version "{first}" first'
        )
    return kube_proxy_fault(control_plane, new)


def step_back(old: str, new: str) -> str | None:
    """Returns what to heed where an add-on goes back to an earlier minor version, or ``None``."""
    if MinorVersion.parse(new) >= MinorVersion.parse(old):
        return None
    return (
        f"goes back from {old} to {new}: EKS does not say whether the older one reads what the "
        "newer one left; `aws eks describe-addon-versions` has what fits the cluster"
    )


def node_mistake(control_plane: str, *, old: str, new: str) -> str | None:
    """Returns why nodes cannot go from one version to another; ``None`` if they can.

    :param control_plane: the version of the control plane when they do.
    """
    plane, before, after = map(MinorVersion.parse, (control_plane, old, new))
    if after > plane:
        return f"nodes of {new} would be newer than the control plane of {control_plane}"
    if before < plane.plus(-MOST_MINORS_BEHIND):
        first = before.plus(MOST_MINORS_BEHIND)
        return (
            f"nodes run {old}, more than {MOST_MINORS_BEHIND} minor versions behind a control "
            f'plane of {control_plane}: deploy cluster.version "{first}" first'
        )
    return None
