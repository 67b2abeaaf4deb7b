"""The section about the addresses of pods."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from planning.pod_ips.limits import CniMode
from planning.pod_ips.targets import WarmTargets, mistakes

from .section import Section, key_of
from .types import AddonVersion


class VpcCniSettings(Section):
    """``vpcCni``: how pods get their addresses."""

    mode: Literal["secondary-ip", "prefix", "custom-networking"] = "secondary-ip"
    """Single addresses of the nodes' subnets, /28 prefixes of them, or subnets of the pods' own in
    network.podCidr. Prefixes need Nitro instances."""
    prefix_delegation: bool = False
    """With mode custom-networking only: /28 prefixes in the pods' own subnets."""
    version: AddonVersion | None = Field(default=None, examples=["v1.22.3-eksbuild.1"])
    """The add-on's version, which moves one minor version at a time; absent: EKS's default when the
    add-on is created, which it then keeps."""
    network_policy: bool = True
    """Enforce NetworkPolicy objects; the sample application has one."""
    minimum_ip_target: Annotated[int, Field(ge=1, le=250)] | None = None
    """Addresses that a node holds at least (MINIMUM_IP_TARGET), with warmIpTarget only; at most the
    pods with addresses of each instance type."""
    warm_ip_target: Annotated[int, Field(ge=0, le=250)] | None = None
    """Free addresses that a node holds at least (WARM_IP_TARGET): 1 or more, with minimumIpTarget
    only."""
    warm_eni_target: Annotated[int, Field(ge=0, le=15)] | None = None
    """Free network interfaces that a node holds at least (WARM_ENI_TARGET), without prefixes and IP
    targets only."""
    warm_prefix_target: Annotated[int, Field(ge=0, le=16)] | None = None
    """Free prefixes that a node holds at least (WARM_PREFIX_TARGET): 1 or more, with prefixes and
    without IP targets only."""

    @property
    def cni_mode(self) -> CniMode:
        """The mode in the planner's terms."""
        return CniMode(
            prefix_delegation=self.mode == "prefix" or self.prefix_delegation,
            custom_networking=self.mode == "custom-networking",
        )

    @property
    def warm_targets(self) -> WarmTargets:
        """The targets that the stack names."""
        return self.values(WarmTargets)

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yields what has no effect, or harms."""
        if self.prefix_delegation and self.mode != "custom-networking":
            instead = "remove it" if self.mode == "prefix" else "remove it, or set mode prefix"
            yield "prefix_delegation", f"has no effect with mode {self.mode}; {instead}"
        prefixes = self.cni_mode.prefix_delegation
        yield from mistakes(self.warm_targets, prefixes=prefixes, key=key_of)
