"""AWS's own limits: every property has its place in the API, and what it refuses is refused."""

import re
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi import _types as sdk_types

from deployment import types
from offline import schema
from offline.aws_api import check
from offline.aws_api.calls import CALLS, UNSENT
from offline.aws_api.rules import RULES
from offline.aws_api.shapes import entry_of, pair_of, shape_of
from offline.providers.aws_resources import CREATORS


def test_each_type_says_by_which_calls_it_is_made() -> None:
    assert CALLS.keys() == CREATORS.keys()


@pytest.mark.parametrize("token", sorted(CALLS))
def test_each_property_goes_to_a_call_or_says_why_it_does_not(token: str) -> None:
    unsent = {name for names in CALLS[token].unsent.values() for name in names.split()}
    nowhere = {path for path, shape in _properties(token) if shape is None}

    assert nowhere - UNSENT.keys() == unsent


@pytest.mark.parametrize("token", sorted(CALLS))
def test_no_other_name_is_of_a_property_that_is_not_there(token: str) -> None:
    known = {path for path, _ in _properties(token)}

    assert {path for path in CALLS[token].renamed if path != "tags"} <= known
    assert RULES.get(token, {}).keys() <= known


def test_each_pattern_of_a_property_is_one_that_python_reads() -> None:
    shapes = [shape for token in CALLS for _, shape in _properties(token) if shape]
    pairs = [part for shape in shapes for part in pair_of(shape) or ()]
    patterns = {shape.metadata.get("pattern") for shape in (*map(entry_of, shapes), *pairs)}

    assert len([check.compiled(pattern) for pattern in patterns if pattern]) > 10


@pytest.mark.parametrize(
    ("token", "path", "words"),
    [
        (types.NODE_GROUP, "instanceTypes", "0-20 instance types"),
        (types.NODE_GROUP, "updateConfig.maxUnavailable", "maximum number is 100"),
        (types.KEY, "deletionWindowInDays", "between 7 and 30"),
        (types.LAUNCH_TEMPLATE, "blockDeviceMappings.ebs.volumeSize", "gp3: 1 - 65,536 GiB"),
        (types.LAUNCH_TEMPLATE, "blockDeviceMappings.ebs.iops", "gp3: 3,000 - 80,000 IOPS"),
        (types.LAUNCH_TEMPLATE, "blockDeviceMappings.ebs.iops", "io2: 100 - 256,000 IOPS"),
        (types.LAUNCH_TEMPLATE, "blockDeviceMappings.ebs.throughput", "Maximum value of 2,000"),
        (types.SECURITY_GROUP, "name", "Up to 255 characters"),
        (types.FLOW_LOG, "maxAggregationInterval", "60 seconds (1 minute) or 600 seconds"),
        (types.LOG_GROUP, "retentionInDays", "2557, 2922, 3288, and 3653"),
    ],
)
def test_what_no_model_limits_its_documentation_still_says(
    token: str, path: str, words: str
) -> None:
    documentation = dict(_properties(token))[path].documentation

    assert words in re.sub(r"<[^>]+>", "", documentation)


_MANY = {f"key{number}": "value" for number in range(51)}


@pytest.mark.parametrize(
    ("token", "inputs", "place", "reason"),
    [
        (types.CLUSTER, {"name": "shop.eu"}, "name", "must match"),
        (types.CLUSTER, {"name": "x" * 101}, "name", "at most 100 characters, got 101"),
        (types.CLUSTER, {"tags": _MANY}, "tags", "at most 50 entries, got 51"),
        (types.CLUSTER, {"tags": {"k": "v" * 257}}, "tags.k", "at most 256 characters"),
        (types.CLUSTER, {"tags": {"AWS:owner": "v"}}, "tags", "must not begin with aws:"),
        (
            types.CLUSTER,
            {"enabledClusterLogTypes": ["api", "all"]},
            "enabledClusterLogTypes[1]",
            "one of api,",
        ),
        (
            types.CLUSTER,
            {"upgradePolicy": {"supportType": "LONG"}},
            "upgradePolicy.supportType",
            "one of STANDARD, EXTENDED",
        ),
        (
            types.CLUSTER,
            {"vpcConfig": {"publicAccessCidrs": ["10.0.0.0/8"]}},
            "vpcConfig.publicAccessCidrs[0]",
            "10.0.0.0/8",
        ),
        (
            types.CLUSTER,
            {"vpcConfig": {"publicAccessCidrs": ["8.8.8.8/32"] * 41}},
            "vpcConfig.publicAccessCidrs",
            "at most 40",
        ),
        (types.NODE_GROUP, {"instanceTypes": ["m6i.large"] * 25}, "instanceTypes", "at most 20"),
        (types.NODE_GROUP, {"labels": {f"example.com/{'x' * 60}": "v"}}, "labels", "at most 63"),
        (types.NODE_GROUP, {"labels": {"team": ""}}, "labels.team", "at least 1 characters"),
        (
            types.NODE_GROUP,
            {"labels": {"node-role.kubernetes.io/x": "v"}},
            "labels",
            "Kubernetes's own",
        ),
        (
            types.NODE_GROUP,
            {"taints": [{"key": "k" * 64, "effect": "NO_EXECUTE"}]},
            "taints[0].key",
            "at most 63",
        ),
        (
            types.NODE_GROUP,
            {"taints": [{"key": "k", "effect": "NoExecute"}]},
            "taints[0].effect",
            "one of NO_SCHEDULE",
        ),
        (
            types.NODE_GROUP,
            {"scalingConfig": {"maxSize": 0}},
            "scalingConfig.maxSize",
            "at least 1",
        ),
        (types.NODE_GROUP, {"amiType": "AL2023_x86_64"}, "amiType", "such as AL2"),
        (
            types.ACCESS_ENTRY,
            {"principalArn": "arn:aws:iam::111122223333:role/a/"},
            "principalArn",
            "IAM role or user",
        ),
        (types.ROLE, {"name": "x" * 65}, "name", "at most 64"),
        (types.ROLE, {"description": "→"}, "description", "must match"),
        (types.ROLE, {"maxSessionDuration": 60}, "maxSessionDuration", "at least 3600"),
        (types.ROLE, {"inlinePolicies": [{"name": "a b"}]}, "inlinePolicies[0].name", "must match"),
        (types.KEY, {"deletionWindowInDays": 5}, "deletionWindowInDays", "7 to 30"),
        (types.KEY, {"rotationPeriodInDays": 30}, "rotationPeriodInDays", "at least 90"),
        (types.ALIAS, {"name": "alias/aws/own"}, "name", "does not begin with aws/"),
        (types.LOG_GROUP, {"name": "a b"}, "name", "must match"),
        (types.LOG_GROUP, {"retentionInDays": 2}, "retentionInDays", "one of 0, 1, 3"),
        (
            types.FILE_SYSTEM,
            {"lifecyclePolicies": [{"transitionToIa": "AFTER_2_DAYS"}]},
            "lifecyclePolicies[0].transitionToIa",
            "AFTER_7_DAYS",
        ),
        (types.FILE_SYSTEM, {"tags": {"a!": "b"}}, "tags.a!", "must match"),
        (types.MOUNT_TARGET, {"subnetId": "subnet-0000000g"}, "subnetId", "must match"),
        (
            types.LAUNCH_TEMPLATE,
            {"blockDeviceMappings": [{"ebs": {"volumeType": "gp3", "volumeSize": 65537}}]},
            "blockDeviceMappings[0].ebs",
            "1 to 65536",
        ),
        (
            types.LAUNCH_TEMPLATE,
            {"tagSpecifications": [{"resourceType": "disk"}]},
            "tagSpecifications[0].resourceType",
            "such as",
        ),
        (types.LAUNCH_TEMPLATE, {"name": "ab"}, "name", "3 to 128"),
        (types.VPC, {"cidrBlock": "10.0.0.0/8"}, "cidrBlock", "/16 to /28"),
        (types.VPC_ENDPOINT, {"vpcEndpointType": "Private"}, "vpcEndpointType", "one of Interface"),
        (
            types.VPC_ENDPOINT,
            {"serviceName": "com.amazonaws.r.com.amazonaws.r.sts"},
            "serviceName",
            "twice",
        ),
        (types.INGRESS_RULE, {"description": "a\nb"}, "description", "at most 255"),
        (types.OIDC_PROVIDER, {"thumbprintLists": ["ab"]}, "thumbprintLists[0]", "at least 40"),
    ],
)
def test_what_aws_refuses_is_refused(
    token: str, inputs: dict[str, Any], place: str, reason: str
) -> None:
    found = [(where, why) for where, why in check.failures(token, inputs) if where == place]

    assert found
    assert reason in found[0][1]


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (types.CLUSTER, {"name": "x" * 100, "tags": {"Größe 1": "ä b"}}),
        (types.CLUSTER, {"vpcConfig": {"publicAccessCidrs": ["0.0.0.0/0"]}}),
        (types.CLUSTER, {"vpcConfig": {"publicAccessCidrs": ["203.0.113.0/24", "192.169.0.0/16"]}}),
        # An object for Pulumi, and a list of one for EKS.
        (types.CLUSTER, {"encryptionConfig": {"provider": {"keyArn": "k"}, "resources": ["s"]}}),
        (types.NODE_GROUP, {"labels": {"node.kubernetes.io/pool": "a"}, "instanceTypes": []}),
        (types.NODE_GROUP, {"taints": [{"key": "k", "value": "", "effect": "NO_EXECUTE"}]}),
        (types.ROLE, {"description": "", "path": "/a/b/"}),
        (types.POLICY, {"policy": {"Version": "2012-10-17", "Statement": []}}),
        (types.LOG_GROUP, {"retentionInDays": 0}),
        (
            types.LAUNCH_TEMPLATE,
            {
                "blockDeviceMappings": [
                    {"ebs": {"volumeType": "io2", "volumeSize": 65536, "iops": 256000}}
                ]
            },
        ),
        (types.SUBNET, {"mapPublicIpOnLaunch": False, "cidrBlock": None}),
    ],
)
def test_what_aws_takes_is_taken(token: str, inputs: dict[str, Any]) -> None:
    assert not list(check.failures(token, inputs))


def _properties(token: str) -> Iterator[tuple[str, Any]]:
    """Yields each property of a type by its path, with the shape that it is sent as."""
    yield from _below(token, schema.arguments_class(schema.resource_class(token)), "", None, ())


def _below(
    token: str, arguments: type, prefix: str, parent: Any, seen: tuple[type, ...]
) -> Iterator[tuple[str, Any]]:
    for key, annotation in schema.types_of(arguments).items():
        path = f"{prefix}{key}"
        shape = shape_of(token, path, parent)
        yield path, shape
        inner = _innermost(annotation)
        is_object = isinstance(inner, type) and sdk_types.is_input_type(inner)
        if is_object and inner not in seen and shape and entry_of(shape).type_name == "structure":
            yield from _below(token, inner, f"{path}.", shape, (*seen, inner))


def _innermost(annotation: Any) -> Any:
    """Returns the type of what is in lists and maps of a type."""
    annotation = schema.unwrapped(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Union or not arguments:
        return annotation
    return _innermost(arguments[-1])
