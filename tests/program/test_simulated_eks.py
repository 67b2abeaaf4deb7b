"""The simulated pulumi-eks registers what the real one was recorded to register."""

import json
from pathlib import Path
from typing import Any

from programs import run_text

from offline.providers.aws import AUTO_NAMED

RECORDING = Path(__file__).parents[1] / "recordings" / "pulumi-eks-cluster.json"
PROGRAM = """
import pulumi_aws as aws
import pulumi_eks as eks
eks.Cluster(
    "c",
    name="platform",
    version="1.36",
    vpc_id="vpc-1",
    private_subnet_ids=["subnet-a", "subnet-b"],
    endpoint_private_access=True,
    endpoint_public_access=False,
    authentication_mode=eks.AuthenticationMode.API,
    upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
    skip_default_node_group=True,
    skip_default_security_groups=True,
    create_oidc_provider=False,
    use_default_vpc_cni=True,
    bootstrap_self_managed_addons=False,
    kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(enabled=False),
    coredns_addon_options=eks.CoreDnsAddonOptionsArgs(enabled=False),
)
"""
# Values that stand for the account that the recording was made with.
STAND_INS = {"roleArn", "role", "kubeconfig"}


def registered(tmp_path: Path) -> dict[str, dict[str, Any]]:
    resources = {}
    for resource in run_text(tmp_path, PROGRAM)["deployment"]["resources"]:
        qualified = resource["urn"].split("::")[2].split("$")
        name = resource["urn"].rsplit("::", maxsplit=1)[-1]
        if resource["type"] == "pulumi:pulumi:Stack" or name.startswith("default"):
            continue
        resources[f"{resource['type']} {name}"] = {
            "custom": resource["custom"],
            "parentType": qualified[-2] if len(qualified) > 1 else "",
            "inputs": resource["inputs"],
            "dependencies": sorted(
                urn.rsplit("::", maxsplit=1)[-1] for urn in resource.get("dependencies", [])
            ),
        }
    return resources


def test_it_registers_what_the_real_one_registers(tmp_path: Path) -> None:
    recorded = json.loads(RECORDING.read_text(encoding="utf-8"))["resources"]
    found = registered(tmp_path)
    assert found.keys() == {f"{resource['type']} {resource['name']}" for resource in recorded}
    for resource in recorded:
        simulated = found[f"{resource['type']} {resource['name']}"]
        for key in ("custom", "parentType"):
            assert simulated[key] == resource[key], resource["name"]
        assert simulated["dependencies"] == sorted(resource["dependencies"]), resource["name"]
        if resource["custom"]:
            wanted, given = resource["inputs"], simulated["inputs"]
            # The recording is of what the program registers: no provider has named anything, and
            # the engine has not added the provider's own version.
            added = {AUTO_NAMED.get(resource["type"], ""), "__internal", "version"} - wanted.keys()
            assert given.keys() - added == wanted.keys(), resource["name"]
            for key in wanted.keys() - STAND_INS:
                same = given[key] == wanted[key] or json.loads(given[key]) == json.loads(
                    wanted[key]
                )
                assert same, f"{resource['name']} {key}: {given[key]}"
