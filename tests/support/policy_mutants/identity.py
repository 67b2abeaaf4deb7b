"""Mutants of roles, policies and keys."""

import json
from typing import Any

from deployment.types import (
    ATTACHMENT,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    KEY,
    OIDC_PROVIDER,
    POLICY,
    ROLE,
    ROLE_POLICY,
)
from policy_mutants.registry import Deployment, Properties, breaks, keeps


def _equals(role: Properties, suffix: str, value: str | None) -> None:
    trust = json.loads(role["assumeRolePolicy"])
    equals = trust["Statement"][0]["Condition"]["StringEquals"]
    key = next(key for key in equals if key.endswith(suffix))
    if value is None:
        del equals[key]
    else:
        equals[key] = value
    role["assumeRolePolicy"] = json.dumps(trust)


@breaks("service-account-roles-are-pinned", ROLE, "vpc-cni")
def a_role_is_for_all_service_accounts(role: Properties) -> None:
    _equals(role, ":sub", "system:serviceaccount:*:*")


@breaks("service-account-roles-are-pinned", ROLE, "vpc-cni")
def a_role_names_no_service_account(role: Properties) -> None:
    _equals(role, ":sub", None)


@breaks("service-account-roles-are-pinned", ROLE, "vpc-cni")
def a_role_has_another_audience(role: Properties) -> None:
    _equals(role, ":aud", "somebody.example.com")


@breaks("service-account-roles-are-pinned", ROLE, "vpc-cni")
def a_role_names_no_audience(role: Properties) -> None:
    _equals(role, ":aud", None)


@breaks("service-account-roles-are-pinned", ROLE, "vpc-cni")
def a_role_matches_by_pattern(role: Properties) -> None:
    role["assumeRolePolicy"] = role["assumeRolePolicy"].replace("StringEquals", "StringLike")
    role["assumeRolePolicy"] = role["assumeRolePolicy"].replace("aws-node", "aws-*")


@keeps("service-account-roles-are-pinned", ROLE, "vpc-cni")
def a_role_compares_by_a_pattern_without_stars(role: Properties) -> None:
    role["assumeRolePolicy"] = role["assumeRolePolicy"].replace("StringEquals", "StringLike")


@keeps("service-account-roles-are-pinned", ROLE, "vpc-cni")
def a_role_is_for_another_service_account(role: Properties) -> None:
    _equals(role, ":sub", "system:serviceaccount:kube-system:other")


@breaks("roles-not-for-everybody", ROLE, "nodes")
def a_role_is_for_everybody(role: Properties) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    role["assumeRolePolicy"] = json.dumps({"Version": "2012-10-17", "Statement": statement})


@keeps("roles-not-for-everybody", ROLE, "nodes")
def a_role_denies_everybody_else(role: Properties) -> None:
    trust = json.loads(role["assumeRolePolicy"])
    trust["Statement"].append({"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": "*"})
    role["assumeRolePolicy"] = json.dumps(trust)


def _allow(policy: Properties, **statement: Any) -> None:
    document = json.loads(policy["policy"])
    document["Statement"].append({"Effect": "Allow", **statement})
    policy["policy"] = json.dumps(document)


@breaks("no-wildcard-actions", POLICY, "manage")
def a_policy_allows_a_whole_service(policy: Properties) -> None:
    _allow(policy, Action="ec2:*", Resource="arn:aws:ec2:*:*:vpc/*")


@breaks("no-wildcard-actions", ROLE_POLICY)
def a_policy_allows_all_but_something(policy: Properties) -> None:
    _allow(policy, NotAction="iam:PassRole", Resource="arn:aws:ec2:*:*:vpc/*")


@keeps("no-wildcard-actions", POLICY, "manage")
def a_policy_allows_actions_by_prefix(policy: Properties) -> None:
    _allow(policy, Action="logs:Get*", Resource="arn:aws:logs:*:*:log-group:shop:*")


@breaks("all-resources-only-where-there-is-no-way-round", POLICY, "manage")
def a_policy_is_for_all_resources(policy: Properties) -> None:
    _allow(policy, Action=["elasticloadbalancing:RegisterTargets"], Resource="*")


@keeps("all-resources-only-where-there-is-no-way-round", POLICY, "manage")
def a_policy_for_all_resources_has_a_condition(policy: Properties) -> None:
    condition = {"StringEquals": {"aws:ResourceTag/owner": "platform"}}
    _allow(policy, Action="ec2:DeleteVolume", Resource="*", Condition=condition)


@keeps("all-resources-only-where-there-is-no-way-round", POLICY, "read")
def a_policy_describes_more(policy: Properties) -> None:
    _allow(policy, Action="ec2:DescribeImages", Resource="*")


@breaks("no-administrator-access", ATTACHMENT, "vpc-cni")
def a_controller_is_administrator(attachment: Properties) -> None:
    attachment["policyArn"] = "arn:aws:iam::aws:policy/AdministratorAccess"


@keeps("no-administrator-access", ATTACHMENT, "vpc-cni")
def a_controller_has_a_policy_of_ours(attachment: Properties) -> None:
    attachment["policyArn"] = "arn:aws:iam::111122223333:policy/cni"


@breaks("oidc-provider-for-sts-only", OIDC_PROVIDER)
def tokens_have_another_audience(provider: Properties) -> None:
    provider["clientIdLists"].append("kubernetes")


@keeps("oidc-provider-for-sts-only", OIDC_PROVIDER)
def the_provider_has_a_thumbprint(provider: Properties) -> None:
    provider["thumbprintLists"] = ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]


@breaks("keys-rotate", KEY, "secrets")
def the_key_does_not_rotate(key: Properties) -> None:
    key["enableKeyRotation"] = False


@keeps("keys-rotate", KEY, "secrets")
def a_key_that_signs_cannot_rotate(key: Properties) -> None:
    key.update(customerMasterKeySpec="RSA_2048", keyUsage="SIGN_VERIFY", enableKeyRotation=False)


@breaks("keys-not-for-everybody", KEY, "secrets")
def the_key_is_for_everybody(key: Properties) -> None:
    _allow(key, Action="kms:Decrypt", Resource="*", Principal={"AWS": ["*"]})


@keeps("keys-not-for-everybody", KEY, "secrets")
def the_key_is_for_a_service(key: Properties) -> None:
    _allow(key, Action="kms:Decrypt", Resource="*", Principal={"Service": "ec2.amazonaws.com"})


def _role(*verbs: str) -> Properties:
    rules = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": list(verbs)}]
    return {"metadata": {"name": "reader"}, "rules": rules}


@breaks("no-wildcards-in-kubernetes-roles")
def a_role_may_do_everything(deployment: Deployment) -> None:
    deployment.add(CLUSTER_ROLE, "reader", _role("*"))


@keeps("no-wildcards-in-kubernetes-roles")
def a_role_may_read(deployment: Deployment) -> None:
    deployment.add(CLUSTER_ROLE, "reader", _role("get", "list", "watch"))


def _binding(role: str, kind: str = "ServiceAccount", name: str = "robot") -> Properties:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    subjects = [{"kind": kind, "name": name, "namespace": "shop"}]
    return {"metadata": {"name": "robots"}, "roleRef": reference, "subjects": subjects}


@breaks("no-cluster-admin-bindings")
def robots_are_cluster_admin(deployment: Deployment) -> None:
    deployment.add(CLUSTER_ROLE_BINDING, "robots", _binding("cluster-admin"))


@keeps("no-cluster-admin-bindings")
def robots_may_view(deployment: Deployment) -> None:
    deployment.add(CLUSTER_ROLE_BINDING, "robots", _binding("view"))
