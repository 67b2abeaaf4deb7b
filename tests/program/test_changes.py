"""What a change of inputs means: nothing, a change in place, or another resource."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployment.properties import UNKNOWN
from offline import schema
from offline.changes import Change, Kind, changes
from offline.immutable import IMMUTABLE, fixed_of
from offline.providers.aws_resources import CREATORS

ADDON = "aws:eks/addon:Addon"
CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

KEYS = st.text("abc", min_size=1, max_size=2)
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
INPUTS = st.dictionaries(KEYS, VALUES, max_size=4)
OPPOSITE = {Kind.ADD: Kind.DELETE, Kind.DELETE: Kind.ADD, Kind.UPDATE: Kind.UPDATE}


def replaced(token: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, bool]:
    """Returns each path that changes, and whether it needs another resource."""
    return {change.path: change.replaces for change in changes(token, old, new)}


@given(INPUTS)
def test_equal_inputs_change_nothing(inputs: dict[str, Any]) -> None:
    assert changes(NODE_GROUP, inputs, copy.deepcopy(inputs)) == []


@given(INPUTS, INPUTS)
def test_the_way_back_changes_the_same_paths(old: dict[str, Any], new: dict[str, Any]) -> None:
    there = {change.path: change.kind for change in changes(NODE_GROUP, old, new)}
    back = {change.path: OPPOSITE[change.kind] for change in changes(NODE_GROUP, new, old)}
    assert there == back


@given(INPUTS, KEYS, LEAVES.filter(lambda leaf: leaf is not None))
def test_one_more_key_is_one_addition(inputs: dict[str, Any], key: str, leaf: Any) -> None:
    without = {name: value for name, value in inputs.items() if name != key}
    assert changes(NODE_GROUP, without, {**without, key: leaf}) == [
        Change(place=(key,), kind=Kind.ADD, replaces=False)
    ]


def test_a_key_without_a_value_is_as_good_as_none() -> None:
    assert changes(NODE_GROUP, {"labels": None}, {}) == []


def test_the_path_of_a_change_leads_into_objects_and_lists() -> None:
    old = {"taints": [{"key": "a", "effect": "X"}, {"key": "b"}]}
    new = {"taints": [{"key": "a", "effect": "Y"}]}
    assert changes(NODE_GROUP, old, new) == [
        Change(place=("taints", 0, "effect"), kind=Kind.UPDATE, replaces=False),
        Change(place=("taints", 1), kind=Kind.DELETE, replaces=False),
    ]


@pytest.mark.parametrize(
    ("token", "old", "new", "expected"),
    [
        (NODE_GROUP, {"scalingConfig": {"minSize": 1}}, {"scalingConfig": {"minSize": 2}}, False),
        (NODE_GROUP, {"version": "1.35"}, {"version": "1.36"}, False),
        (NODE_GROUP, {"instanceTypes": ["m7g.large"]}, {"instanceTypes": ["m7g.xlarge"]}, True),
        (NODE_GROUP, {"subnetIds": ["a"]}, {"subnetIds": ["a", "b"]}, True),
        (
            NODE_GROUP,
            {"launchTemplate": {"version": "1"}},
            {"launchTemplate": {"version": "2"}},
            False,
        ),
        (NODE_GROUP, {"launchTemplate": {"id": "lt-1"}}, {"launchTemplate": {"id": "lt-2"}}, True),
        (NODE_GROUP, {"nodeRoleArn": "arn:a"}, {"nodeRoleArn": UNKNOWN}, True),
        (NODE_GROUP, {"launchTemplate": {"id": "lt-1"}}, {"launchTemplate": UNKNOWN}, True),
        (CLUSTER, {"version": "1.35"}, {"version": "1.36"}, False),
        (CLUSTER, {"vpcConfig": {"subnetIds": ["a"]}}, {"vpcConfig": {"subnetIds": ["b"]}}, False),
        (CLUSTER, {"roleArn": "arn:a"}, {"roleArn": "arn:b"}, True),
        (CLUSTER, {}, {"encryptionConfig": {"resources": ["secrets"]}}, False),
        (CLUSTER, {"encryptionConfig": {"resources": ["secrets"]}}, {}, True),
        (RULE, {"cidrIpv4": "10.0.0.0/16"}, {"cidrIpv4": "10.1.0.0/16"}, False),
        (RULE, {"cidrIpv4": "10.0.0.0/16"}, {"referencedSecurityGroupId": "sg-1"}, True),
        ("aws:ec2/subnet:Subnet", {"cidrBlock": "10.0.0.0/24"}, {"cidrBlock": "10.0.1.0/24"}, True),
        ("aws:ec2/subnet:Subnet", {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, False),
        ("aws:ec2/vpc:Vpc", {"region": "eu-west-1"}, {"region": "eu-west-2"}, True),
        ("aws:ec2/vpc:Vpc", {}, {"instanceTenancy": "dedicated"}, True),
        ("aws:ec2/vpc:Vpc", {"enableDnsHostnames": False}, {"enableDnsHostnames": True}, False),
        (ADDON, {"addonVersion": "v1"}, {"addonVersion": "v2"}, False),
        (ADDON, {}, {"namespaceConfig": {"namespace": "a"}}, True),
        (
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            {"routeTableId": "rtb-1"},
            {"routeTableId": "rtb-2"},
            False,
        ),
        ("kubernetes:core/v1:ConfigMap", {"data": {"a": "1"}}, {"data": {"a": "2"}}, True),
        (
            "kubernetes:storage.k8s.io/v1:StorageClass",
            {"reclaimPolicy": "Delete"},
            {"reclaimPolicy": "Retain"},
            False,
        ),
        (
            "kubernetes:core/v1:Namespace",
            {"metadata": {"name": "a"}},
            {"metadata": {"name": "b"}},
            True,
        ),
        (
            "kubernetes:core/v1:Namespace",
            {"metadata": {"name": "a", "labels": {}}},
            {"metadata": {"name": "a", "labels": {"b": "c"}}},
            False,
        ),
        (
            "kubernetes:core/v1:PersistentVolumeClaim",
            {"spec": {"resources": {"requests": {"storage": "1Gi"}}}},
            {"spec": {"resources": {"requests": {"storage": "2Gi"}}}},
            False,
        ),
        (
            "kubernetes:apps/v1:Deployment",
            {"spec": {"selector": {"matchLabels": {"app": "a"}}, "replicas": 1}},
            {"spec": {"selector": {"matchLabels": {"app": "b"}}, "replicas": 1}},
            True,
        ),
        ("kubernetes:helm.sh/v3:Release", {"version": "1"}, {"version": "2"}, False),
        ("kubernetes:helm.sh/v3:Release", {"namespace": "a"}, {"namespace": "b"}, True),
    ],
)
def test_what_cannot_change_in_place_is_replaced(
    token: str, old: dict[str, Any], new: dict[str, Any], *, expected: bool
) -> None:
    found = replaced(token, old, new)
    assert found
    assert any(found.values()) == expected


def test_each_type_of_the_simulated_aws_is_in_the_table() -> None:
    assert {token for token in IMMUTABLE if token.startswith("aws:")} == set(CREATORS)


@pytest.mark.parametrize("token", IMMUTABLE)
def test_the_table_names_properties_that_the_sdk_has(token: str) -> None:
    fixed = IMMUTABLE[token]
    for path in (*fixed.paths, *fixed.kinds, *fixed.lasting):
        assert leads_to_a_property(token, path), path


def leads_to_a_property(token: str, path: str) -> bool:
    """Returns whether the SDK's class of arguments has a path."""
    known = schema.input_types(token)
    *outer, last = path.split(".")
    for key in outer:
        known = schema.types_of(schema.unwrapped(known[key]))
    return last in known


def test_each_source_is_an_address() -> None:
    sources = {fixed.source for token in IMMUTABLE for fixed in fixed_of(token)}
    assert all(source.startswith("https://") for source in sources)
