"""Mutants of the control plane."""

import json
from typing import Any

from deployment.types import ACCESS_POLICY, ADDON, CLUSTER
from policy_mutants.registry import Deployment, Properties, breaks, keeps


@breaks("control-plane-logs", CLUSTER)
def audit_is_not_logged(cluster: Properties) -> None:
    cluster["enabledClusterLogTypes"].remove("audit")


@breaks("control-plane-logs", CLUSTER)
def nothing_is_logged(cluster: Properties) -> None:
    del cluster["enabledClusterLogTypes"]


@keeps("control-plane-logs", CLUSTER)
def logs_in_another_order(cluster: Properties) -> None:
    cluster["enabledClusterLogTypes"].reverse()


@breaks("api-not-open-to-the-world", CLUSTER)
def the_api_is_open(cluster: Properties) -> None:
    cluster["vpcConfig"].update(endpointPublicAccess=True, publicAccessCidrs=["0.0.0.0/0"])


@breaks("api-not-open-to-the-world", CLUSTER)
def the_api_is_open_in_two_halves(cluster: Properties) -> None:
    halves = ["0.0.0.0/1", "128.0.0.0/1"]
    cluster["vpcConfig"].update(endpointPublicAccess=True, publicAccessCidrs=halves)


@keeps("api-not-open-to-the-world", CLUSTER)
def a_private_api_lists_the_world(cluster: Properties) -> None:
    cluster["vpcConfig"].update(endpointPublicAccess=False, publicAccessCidrs=["0.0.0.0/0"])


@breaks("public-api-only-for-listed-networks", CLUSTER)
def the_api_is_public_without_a_list(cluster: Properties) -> None:
    cluster["vpcConfig"].update(endpointPublicAccess=True)
    cluster["vpcConfig"].pop("publicAccessCidrs", None)


@breaks("public-api-only-for-listed-networks", CLUSTER)
def the_api_says_nothing(cluster: Properties) -> None:
    del cluster["vpcConfig"]["endpointPublicAccess"]
    cluster["vpcConfig"].pop("publicAccessCidrs", None)


@keeps("public-api-only-for-listed-networks", CLUSTER)
def the_api_is_public_for_an_office(cluster: Properties) -> None:
    cluster["vpcConfig"].update(endpointPublicAccess=True, publicAccessCidrs=["198.51.100.7/32"])


@breaks("private-api", CLUSTER)
def the_private_endpoint_is_off(cluster: Properties) -> None:
    del cluster["vpcConfig"]["endpointPrivateAccess"]


@keeps("private-api", CLUSTER)
def both_endpoints_are_on(cluster: Properties) -> None:
    cluster["vpcConfig"].update(endpointPublicAccess=True, publicAccessCidrs=["198.51.100.0/24"])


@breaks("secrets-encrypted", CLUSTER)
def secrets_are_in_clear(cluster: Properties) -> None:
    del cluster["encryptionConfig"]


@keeps("secrets-encrypted", CLUSTER)
def secrets_have_another_key(cluster: Properties) -> None:
    key = "arn:aws:kms:ap-northeast-2:111122223333:key/00000000-0000-0000-0000-000000000000"
    cluster["encryptionConfig"]["provider"]["keyArn"] = key


@breaks("kubernetes-version-supported", CLUSTER)
def the_version_is_old(cluster: Properties) -> None:
    cluster["version"] = "1.31"


@breaks("kubernetes-version-supported", CLUSTER)
def the_version_is_left_to_eks(cluster: Properties) -> None:
    del cluster["version"]


@keeps("kubernetes-version-supported", CLUSTER)
def the_version_is_the_one_before(cluster: Properties) -> None:
    cluster["version"] = "1.35"


@breaks("kubernetes-support-not-ending-soon", CLUSTER)
def the_version_has_days_left(cluster: Properties) -> None:
    cluster["version"] = "1.34"


@keeps("kubernetes-support-not-ending-soon", CLUSTER)
def the_version_has_months_left(cluster: Properties) -> None:
    cluster["version"] = "1.35"


@breaks("authentication-by-access-entries", CLUSTER)
def the_config_map_counts_too(cluster: Properties) -> None:
    cluster["accessConfig"]["authenticationMode"] = "API_AND_CONFIG_MAP"


@breaks("authentication-by-access-entries", CLUSTER)
def authentication_is_the_default(cluster: Properties) -> None:
    del cluster["accessConfig"]


@keeps("authentication-by-access-entries", CLUSTER)
def the_creator_is_no_admin(cluster: Properties) -> None:
    cluster["accessConfig"]["bootstrapClusterCreatorAdminPermissions"] = False


@breaks("deletion-protection", CLUSTER)
def the_cluster_can_be_deleted(cluster: Properties) -> None:
    del cluster["deletionProtection"]


@keeps("deletion-protection", CLUSTER, stack="dev")
def a_lab_is_protected(cluster: Properties) -> None:
    cluster["deletionProtection"] = True


@breaks("standard-support", CLUSTER)
def support_is_extended(cluster: Properties) -> None:
    cluster["upgradePolicy"]["supportType"] = "EXTENDED"


@breaks("standard-support", CLUSTER)
def support_is_the_default(cluster: Properties) -> None:
    del cluster["upgradePolicy"]


@keeps("standard-support", CLUSTER)
def the_cluster_shifts_zones(cluster: Properties) -> None:
    cluster["zonalShiftConfig"] = {"enabled": True}


@breaks("cluster-in-private-zones", CLUSTER)
def the_cluster_is_in_one_zone(cluster: Properties) -> None:
    del cluster["vpcConfig"]["subnetIds"][1:]


@breaks("cluster-in-private-zones")
def the_cluster_is_in_a_public_subnet(deployment: Deployment) -> None:
    (public, *_) = deployment.all("aws:ec2/subnet:Subnet", "network-public")
    deployment.change(CLUSTER, "", lambda c: c["vpcConfig"]["subnetIds"].append(public["id"]))


@keeps("cluster-in-private-zones", CLUSTER)
def the_cluster_is_in_two_zones(cluster: Properties) -> None:
    del cluster["vpcConfig"]["subnetIds"][2:]


@breaks("vpc-cni-has-its-own-role", ADDON, "vpc-cni")
def the_cni_has_no_role(addon: Properties) -> None:
    del addon["serviceAccountRoleArn"]


@breaks("vpc-cni-has-its-own-role", also=("nodes-after-the-vpc-cni",))
def there_is_no_cni_addon(deployment: Deployment) -> None:
    deployment.remove(ADDON, "vpc-cni")


@keeps("vpc-cni-has-its-own-role", ADDON, "vpc-cni")
def the_cni_has_a_version(addon: Properties) -> None:
    addon["addonVersion"] = "v1.22.3-eksbuild.1"


def _configured(addon: Properties, **values: Any) -> None:
    found = json.loads(addon.get("configurationValues", "{}"))
    addon["configurationValues"] = json.dumps({**found, **values})


@breaks("network-policies-enforced", ADDON, "vpc-cni")
def the_cni_enforces_nothing(addon: Properties) -> None:
    _configured(addon, enableNetworkPolicy="false")


@breaks("network-policies-enforced", ADDON, "vpc-cni")
def the_cni_has_no_configuration(addon: Properties) -> None:
    del addon["configurationValues"]


@keeps("network-policies-enforced", ADDON, "vpc-cni")
def the_cni_has_more_configuration(addon: Properties) -> None:
    _configured(addon, env={"WARM_ENI_TARGET": "1"})


@breaks("cluster-access-is-named-and-scoped", ACCESS_POLICY)
def a_whole_account_is_admin(association: Properties) -> None:
    association["principalArn"] = "arn:aws:iam::111122223333:root"


@breaks("cluster-access-is-named-and-scoped", ACCESS_POLICY)
def access_is_for_no_namespace(association: Properties) -> None:
    association["accessScope"] = {"type": "namespace"}


@keeps("cluster-access-is-named-and-scoped", ACCESS_POLICY)
def access_is_for_one_namespace(association: Properties) -> None:
    association["accessScope"] = {"type": "namespace", "namespaces": ["shop"]}


@keeps("cluster-access-is-named-and-scoped", ACCESS_POLICY)
def access_is_for_namespaces_of_a_team(association: Properties) -> None:
    association["policyArn"] = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
    association["accessScope"] = {"type": "namespace", "namespaces": ["shop", "shop-*"]}


@breaks("cluster-access-is-named-and-scoped", ACCESS_POLICY)
def access_is_for_an_empty_list_of_namespaces(association: Properties) -> None:
    association["accessScope"] = {"type": "namespace", "namespaces": []}
