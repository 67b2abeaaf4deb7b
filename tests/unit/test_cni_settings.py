"""What a stack file may say of pod addresses."""

from typing import Any, Final

import pytest
from test_settings import DEV, changed, load, mistakes, row, told

CNI: Final = "eks-platform:vpcCni"
POD_CIDR: Final = "eks-platform:network.podCidr"
IP_TARGETS: Final = {"minimumIpTarget": 6, "warmIpTarget": 2}


def custom(**cni: Any) -> dict[str, Any]:
    """Returns dev's file with custom networking."""
    sections = changed("network/podCidr", "100.64.0.0/16", DEV)
    return changed("vpcCni", {"mode": "custom-networking", **cni}, sections)


POD_ADDRESS_MISTAKES: Final = [
    row("vpcCni", {"mode": "custom-networking"}, f"{CNI}.mode", "needs network.podCidr"),
    row("network/podCidr", "100.64.0.0/16", f"{CNI}.mode", "leaves network.podCidr 100.64",
        "got 'secondary-ip'"),
    row("network/podCidr", "100.64.0.0/22", POD_CIDR, "between /16 and /21"),
    row("network/podCidr", "10.0.0.0/16", POD_CIDR, "must lie in 100.64.0.0/10 or 172.16.0.0"),
    row("network/podCidr", "172.30.128.0/17", POD_CIDR, "overlaps the VPC's own"),
    row("network/podCidr", "172.31.0.0/16", POD_CIDR, "AWS refuses 172.31.0.0/16"),
    row("network/podCidr", "172.17.0.0/18", POD_CIDR, "overlaps 172.17.0.0/16"),
    row("vpcCni", {"prefixDelegation": True}, f"{CNI}.prefixDelegation",
        "no effect with mode secondary-ip"),
    row("vpcCni", {"warmIpTarget": 2}, f"{CNI}.warmIpTarget", "set minimumIpTarget, too"),
    row("vpcCni", {"warmIpTarget": 0}, f"{CNI}.warmIpTarget", "0 alone is the same as none"),
    row("vpcCni", {"minimumIpTarget": 6}, f"{CNI}.warmIpTarget", "must be at least 1 beside"),
    row("vpcCni/warmIpTarget", 0, f"{CNI}.warmIpTarget", "or pods above minimumIpTarget get"),
    row("vpcCni/warmEniTarget", 1, f"{CNI}.warmEniTarget",
        "no effect beside minimumIpTarget and warmIpTarget"),
    row("vpcCni", {"mode": "prefix", "warmEniTarget": 1}, f"{CNI}.warmEniTarget",
        "no effect with prefixes; set warmPrefixTarget"),
    row("vpcCni", {"mode": "prefix", "warmPrefixTarget": 0}, f"{CNI}.warmPrefixTarget",
        "at least 1"),
    row("vpcCni", {"mode": "prefix", "warmPrefixTarget": 1, **IP_TARGETS},
        f"{CNI}.warmPrefixTarget", "no effect beside minimumIpTarget and warmIpTarget"),
    row("vpcCni/minimumIpTarget", 16, f"{CNI}.minimumIpTarget", "at most 15",
        "t3.medium in nodeGroups.default, got 16"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "key", "fragments"), POD_ADDRESS_MISTAKES)
def test_a_mistake_about_pod_addresses_is_one_line_with_its_key(
    path: str, value: object, key: str, fragments: tuple[str, ...]
) -> None:
    told(path, value, key, fragments, DEV)


@pytest.mark.parametrize(
    ("sections", "key"),
    [
        pytest.param(changed("vpcCni", {"mode": "prefix"}, DEV), "mode", id="prefix"),
        pytest.param(custom(prefixDelegation=True), "prefixDelegation", id="custom networking"),
    ],
)
def test_prefixes_are_for_nitro_instances(sections: dict[str, Any], key: str) -> None:
    types = ["t3.medium", "t2.medium"]
    (line,) = mistakes(changed("nodeGroups/default/instanceTypes", types, sections))

    assert line.startswith(f"{CNI}.{key}: ")
    assert "nodeGroups.default has t2.medium" in line


def test_custom_networking_needs_a_second_interface() -> None:
    types = ["hpc6id.32xlarge"]
    (line,) = mistakes(changed("nodeGroups/default/instanceTypes", types, custom()))

    assert line.startswith(f"{CNI}.mode: leaves no interface for pods on hpc6id.32xlarge")


@pytest.mark.parametrize(
    "sections",
    [
        pytest.param(custom(), id="custom networking"),
        pytest.param(custom(prefixDelegation=True, warmPrefixTarget=2), id="with prefixes"),
        pytest.param(custom(**IP_TARGETS), id="with IP targets"),
        pytest.param(
            changed("vpcCni", {"minimumIpTarget": 15, "warmIpTarget": 1}, DEV), id="the highest"
        ),
        pytest.param(changed("vpcCni", {"warmEniTarget": 0}, DEV), id="no warm interface"),
        pytest.param(
            changed("vpcCni", {"mode": "prefix", **IP_TARGETS}, DEV), id="IP targets of prefixes"
        ),
        pytest.param(
            changed("network/podCidr", "172.29.0.0/16", custom()), id="the VPC's own range"
        ),
    ],
)
def test_what_the_cni_heeds_is_allowed(sections: dict[str, Any]) -> None:
    assert load(sections)


def test_a_mistaken_target_hides_no_other_mistake() -> None:
    sections = changed("vpcCni", {"minimumIpTarget": 0, "warmIpTarget": -1, "mode": "x"}, DEV)

    keys = {line.split(": ")[0] for line in mistakes(sections)}

    assert keys == {f"{CNI}.minimumIpTarget", f"{CNI}.warmIpTarget", f"{CNI}.mode"}
