"""What AWS refuses beyond its API's models, each rule with its source.

What people can write into a stack file has its number in ``planning/aws_limits.py``.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final

from deployment import types
from planning import aws_limits
from planning.cluster_access import group_fault
from planning.volumes import volume_faults

_DOCS: Final = "https://docs.aws.amazon.com"
_EC2: Final = f"{_DOCS}/AWSEC2/latest/APIReference"
_EKS: Final = f"{_DOCS}/eks/latest/APIReference"
_CREATE_NODE_GROUP: Final = f"{_EKS}/API_CreateNodegroup.html"
_ENDPOINT_ACCESS: Final = f"{_DOCS}/eks/latest/userguide/config-cluster-endpoint.html"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What AWS refuses of a property.

    :param fault: returns what is wrong with a value, or ``None``.
    :param source: where AWS says so.
    """

    fault: Callable[[Any], str | None]
    source: str


def _at_most(most: int) -> Callable[[Any], str | None]:
    """Returns the check of a list's size."""
    return lambda value: (
        f"must have at most {most} entries, got {len(value)}"
        if isinstance(value, (list, Mapping)) and len(value) > most
        else None
    )


def _between(allowed: range) -> Callable[[Any], str | None]:
    return lambda value: (
        None
        if not isinstance(value, int) or value in allowed
        else f"must be {allowed.start} to {allowed.stop - 1}, got {value}"
    )


def _one_of(allowed: Collection[int]) -> Callable[[Any], str | None]:
    return lambda value: (
        None
        if value in allowed
        else f"must be one of {', '.join(map(str, allowed))}, got {value!r}"
    )


def _text(pattern: str, wanted: str) -> Callable[[Any], str | None]:
    whole = re.compile(pattern, re.ASCII)
    return lambda value: None if whole.fullmatch(str(value)) else f"must be {wanted}, got {value!r}"


def _public_block(value: Any) -> str | None:
    try:
        return aws_limits.public_block_fault(IPv4Network(value))
    except ValueError:
        # Not a block of IPv4, which is said elsewhere where it is wrong.
        return None


def _public_blocks(value: Any) -> str | None:
    return _at_most(aws_limits.MOST_PUBLIC_BLOCKS)(value) or (
        None if isinstance(value, list) else _public_block(value)
    )


def _service_block(value: Any) -> str | None:
    try:
        return aws_limits.service_block_fault(IPv4Network(value))
    except ValueError as error:
        return str(error)


def _group(value: Any) -> str | None:
    return group_fault(value) if isinstance(value, str) else None


def _labels(value: Any) -> str | None:
    faults = filter(None, map(aws_limits.node_label_fault, value))
    return next(faults, None) if isinstance(value, Mapping) else None


def _volume(value: Any) -> str | None:
    kind, size = value.get("volumeType") or "gp2", value.get("volumeSize")
    given = [value.get(name) for name in ("iops", "throughput")]
    # The size of a snapshot, and what is not known yet, are not judged.
    if not isinstance(size, int) or not all(one is None or isinstance(one, int) for one in given):
        return None
    names = {"size": "volumeSize"}
    faults = volume_faults(kind, size, *(one or None for one in given))
    return next((f"{names.get(name, name)} {fault}" for name, fault in faults), None)


def _tags(value: Any) -> str | None:
    if len(value) > aws_limits.MOST_TAGS:
        return f"must have at most {aws_limits.MOST_TAGS} entries, got {len(value)}"
    reserved = sorted(key for key in value if key.lower().startswith("aws:"))
    return f"must not begin with aws:, got {reserved[0]!r}" if reserved else None


def _endpoint_name(value: Any) -> str | None:
    prefixes = re.findall(r"com\.amazonaws\.", str(value))
    return f"names AWS twice, got {value!r}" if len(prefixes) > 1 else None


def _vpc_block(value: Any) -> str | None:
    length = str(value).rpartition("/")[2]
    in_range = not length.isdecimal() or int(length) in range(16, 29)
    return None if in_range else f"must be /16 to /28, got {value}"


_VPC_BLOCK: Final = Rule(
    fault=_vpc_block, source=f"{_DOCS}/vpc/latest/userguide/vpc-cidr-blocks.html"
)
_GROUP_TEXT: Final = Rule(
    fault=_text(
        r"[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}",
        "at most 255 of letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*",
    ),
    source=f"{_EC2}/API_CreateSecurityGroup.html",
)
_PRINCIPAL: Final = Rule(
    fault=aws_limits.principal_fault, source=f"{_EKS}/API_CreateAccessEntry.html"
)
_TAGS: Final = Rule(fault=_tags, source=f"{_DOCS}/general/latest/gr/aws_tagging.html")

# By type, then by the property's path without indexes: a rule sees the value that is there, and
# each entry of a list.
RULES: Final[Mapping[str, Mapping[str, Rule]]] = {
    types.CLUSTER: {
        "vpcConfig.publicAccessCidrs": Rule(fault=_public_blocks, source=_ENDPOINT_ACCESS),
        "kubernetesNetworkConfig.serviceIpv4Cidr": Rule(
            fault=_service_block, source=f"{_EKS}/API_KubernetesNetworkConfigRequest.html"
        ),
    },
    types.NODE_GROUP: {
        "instanceTypes": Rule(
            fault=_at_most(aws_limits.MOST_INSTANCE_TYPES), source=_CREATE_NODE_GROUP
        ),
        "labels": Rule(fault=_labels, source=_CREATE_NODE_GROUP),
        "nodeGroupName": Rule(
            fault=_text("[A-Za-z0-9][A-Za-z0-9_-]{0,62}", "at most 63 letters, digits, - and _"),
            source=f"{_DOCS}/eks/latest/userguide/create-managed-node-group.html",
        ),
        "taints": Rule(
            fault=_at_most(aws_limits.MOST_TAINTS),
            source="https://www.pulumi.com/registry/packages/aws/api-docs/eks/nodegroup/",
        ),
        "updateConfig.maxUnavailable": Rule(
            fault=_between(range(1, aws_limits.MOST_UNAVAILABLE + 1)),
            source=f"{_EKS}/API_NodegroupUpdateConfig.html",
        ),
    },
    types.ACCESS_ENTRY: {
        "principalArn": _PRINCIPAL,
        "kubernetesGroups": Rule(
            fault=_group,
            source="https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2915",
        ),
    },
    types.ACCESS_POLICY: {"principalArn": _PRINCIPAL},
    types.LOG_GROUP: {
        "retentionInDays": Rule(
            # 0 stands for never, to the provider.
            fault=_one_of((0, *aws_limits.RETENTION_DAYS)),
            source=f"{_DOCS}/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
        )
    },
    types.KEY: {
        "deletionWindowInDays": Rule(
            fault=_between(range(7, 31)),
            source=f"{_DOCS}/kms/latest/APIReference/API_ScheduleKeyDeletion.html",
        )
    },
    types.ALIAS: {
        "name": Rule(
            fault=_text("alias/(?!aws/).+", "alias/ and a name that does not begin with aws/"),
            source=f"{_DOCS}/kms/latest/APIReference/API_CreateAlias.html",
        )
    },
    types.LAUNCH_TEMPLATE: {
        "name": Rule(
            fault=_text(r"[A-Za-z0-9().\-/_]{3,128}", "3 to 128 letters, digits and ().-/_"),
            source=f"{_EC2}/API_LaunchTemplate.html",
        ),
        "blockDeviceMappings.ebs": Rule(fault=_volume, source=f"{_EC2}/API_CreateVolume.html"),
        "tagSpecifications.tags": _TAGS,
    },
    types.SECURITY_GROUP: {"name": _GROUP_TEXT, "description": _GROUP_TEXT},
    types.INGRESS_RULE: {"description": _GROUP_TEXT},
    types.FLOW_LOG: {
        "maxAggregationInterval": Rule(
            fault=_one_of((60, 600)), source=f"{_EC2}/API_CreateFlowLogs.html"
        )
    },
    types.VPC: {"cidrBlock": _VPC_BLOCK},
    types.MORE_BLOCKS: {"cidrBlock": _VPC_BLOCK},
    types.SUBNET: {"cidrBlock": _VPC_BLOCK},
    types.VPC_ENDPOINT: {
        "serviceName": Rule(
            fault=_endpoint_name,
            source=f"{_DOCS}/vpc/latest/privatelink/aws-services-privatelink-support.html",
        )
    },
    types.OIDC_PROVIDER: {
        "url": Rule(
            fault=_text("https://.+", "an address that begins with https://"),
            source=f"{_DOCS}/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html",
        )
    },
}


def rules_of(token: str, names: str) -> Iterator[Rule]:
    """Yields the rules of a property, with those of any type that has it."""
    if names == "tags":
        yield _TAGS
    if rule := RULES.get(token, {}).get(names):
        yield rule
