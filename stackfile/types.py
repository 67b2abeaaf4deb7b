"""The types of a stack file's values; each says what is allowed, with its message."""

import re
from ipaddress import IPv4Network
from typing import Annotated, Final

from pydantic import Field, ValidatorFunctionWrapHandler, WithJsonSchema, WrapValidator
from pydantic_core import to_json

import versions
from planning import aws_limits, quantities
from planning.aws_place import REGION_FORM
from planning.endpoints import endpoint_fault
from planning.node_images import IMAGES, name_fault
from planning.scheduling.placement import NODES_LABEL
from planning.subnets import (
    LARGEST_VPC_PREFIX,
    POD_RANGE,
    SMALLEST_POD_PREFIX,
    SMALLEST_VPC_PREFIX,
    VPC_RANGE,
    VPC_REASON,
    ZONE_LETTERS,
)
from planning.volumes import VOLUME_GIB

from .checks import Check, at_most, block, one_of, text
from .names import SAMPLE_APP
from .placeholders import ACCOUNT, DOMAIN, MIRROR_ACCOUNT, PUBLIC_BLOCK


def _block(value: object, handler: ValidatorFunctionWrapHandler) -> IPv4Network:
    try:
        parsed: IPv4Network = handler(value)
    except ValueError:
        # pydantic's own message is that of whichever check of the ipaddress module fails.
        wanted = "must be an IPv4 block with no host bits, such as 172.30.0.0/16"
        raise ValueError(f"{wanted}, got {to_json(value).decode()}") from None
    return parsed


_Block = Annotated[IPv4Network, WrapValidator(_block)]
Clients = Annotated[_Block, block(0, 32, "must be /0 to /32")]
VpcBlock = Annotated[
    _Block, block(LARGEST_VPC_PREFIX, SMALLEST_VPC_PREFIX, f"{VPC_RANGE} {VPC_REASON}")
]
PodBlock = Annotated[_Block, block(LARGEST_VPC_PREFIX, SMALLEST_POD_PREFIX, POD_RANGE)]
# Wider than any block that one organisation owns or routes privately (10.0.0.0/8).
AccessBlock = Annotated[
    _Block,
    block(
        8,
        32,
        "opens the cluster's API to the world; list the networks that need it, /8 or narrower",
    ),
]
PublicBlock = Annotated[AccessBlock, Check(aws_limits.public_block_fault, {}), PUBLIC_BLOCK]

REGION: Final = text(REGION_FORM, "must be the name of an AWS region, such as ap-northeast-2")
Region = Annotated[str, REGION]
ZoneName = Annotated[
    str, text(f"{REGION_FORM}[{ZONE_LETTERS}]", "must be an availability zone such as us-west-1c")
]
ZoneId = Annotated[
    str, text(r"[a-z]+[0-9]+-az[0-9]+", "must be the ID of an availability zone, such as usw1-az1")
]
InstanceTypeName = Annotated[
    str, text(r"[a-z0-9-]+\.[a-z0-9-]+", "must be an instance type such as m5.large")
]
AmiType = Annotated[str, Check(name_fault, {"enum": [*IMAGES]})]
AmiId = Annotated[
    str, text("ami-([0-9a-f]{8}|[0-9a-f]{17})", "must be an image such as ami-0123456789abcdef0")
]
CapacityReservation = Annotated[
    str,
    text(
        "cr-([0-9a-f]{8}|[0-9a-f]{17})",
        "must be the ID of a capacity reservation, such as cr-0123456789abcdef0",
    ),
]
_SHARE_OF_NODES: Final = "([1-9][0-9]?|100)%"


def _unavailable(value: object, _: ValidatorFunctionWrapHandler) -> object:
    most = aws_limits.MOST_UNAVAILABLE
    if type(value) is int and 1 <= value <= most:
        return value
    if isinstance(value, str) and re.fullmatch(_SHARE_OF_NODES, value):
        return value
    got = to_json(value, fallback=str).decode()
    raise ValueError(f'must be 1 to {most} nodes, or a share such as "33%", got {got}')


Unavailable = Annotated[
    int | str,
    WrapValidator(_unavailable),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": aws_limits.MOST_UNAVAILABLE},
                {"type": "string", "pattern": f"^{_SHARE_OF_NODES}$"},
            ]
        }
    ),
]
_SUPPORTED: Final = sorted(versions.KUBERNETES_STANDARD_SUPPORT_ENDS)
KubernetesVersion = Annotated[
    str,
    text(
        "|".join(map(re.escape, _SUPPORTED)),
        f"must be in EKS standard support ({', '.join(_SUPPORTED)})",
        enum=_SUPPORTED,
    ),
]
AddonVersion = Annotated[
    str, text(r"v\d+\.\d+\.\d+-eksbuild\.\d+", "must be an add-on build such as v1.22.3-eksbuild.1")
]
ClusterName = Annotated[
    str,
    text(
        aws_limits.CLUSTER_NAME,
        "must be 1 to 100 letters, digits, '-' and '_', and begin with a letter or a digit",
    ),
]
_SERVICES: Final = aws_limits.SERVICE_PREFIXES.start, aws_limits.SERVICE_PREFIXES.stop - 1
ServiceBlock = Annotated[
    _Block,
    block(*_SERVICES, "must be /{} to /{}".format(*_SERVICES)),
    Check(aws_limits.service_block_fault, {}),
]
EndpointService = Annotated[
    str,
    text(r"[a-z0-9]+([.-][a-z0-9]+)*", "must be a service such as ecr.api"),
    Check(endpoint_fault, {}),
]
Principal = Annotated[
    str,
    text(
        aws_limits.PRINCIPAL,
        "must be the ARN of an IAM role or user, such as "
        "arn:aws:iam::111122223333:role/platform-admin",
    ),
    Check(aws_limits.service_role_fault, {}),
    ACCOUNT,
]
PolicyArn = Annotated[
    str,
    text(
        aws_limits.POLICY,
        "must be the ARN of an IAM policy, such as arn:aws:iam::111122223333:policy/boundary",
    ),
    ACCOUNT,
]
RolePath = Annotated[
    str,
    text(
        aws_limits.ROLE_PATH,
        "must begin and end with '/', such as /platform/, with letters, digits and .,+@=_- between "
        f"slashes, be at most {aws_limits.LONGEST_ROLE_PATH} characters, and not begin with "
        "/aws-service-role/ or /aws-reserved/",
    ),
]
Certificate = Annotated[
    str,
    text(
        r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]{36}",
        "must be the ARN of an ACM certificate (arn:aws:acm:REGION:ACCOUNT:certificate/ID)",
    ),
    ACCOUNT,
]
TlsPolicy = Annotated[
    str,
    text(
        rf"({'|'.join(aws_limits.MODERN_TLS)})[A-Za-z0-9-]*",
        f"must be a TLS policy of TLS 1.2 or later, such as {aws_limits.TLS_POLICY}",
    ),
]
_HOST_LABEL: Final = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HostName = Annotated[
    str,
    text(
        rf"(?=.{{4,{aws_limits.LONGEST_HOST_HEADER}}}$)"
        rf"(\*|{_HOST_LABEL})(\.{_HOST_LABEL})*\.[a-z]{{2,63}}",
        "must be a host name such as app.example.com or *.example.com, of at most "
        f"{aws_limits.LONGEST_HOST_HEADER} characters, which a load balancer's rule takes",
    ),
    DOMAIN,
]
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
Bucket = Annotated[
    str,
    text(
        r"(?!xn--|sthree-|amzn-s3-demo-|.*\.\.)(?![0-9]+(\.[0-9]+){3}$)"
        r"(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)"
        r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "must be the name of an S3 bucket: 3 to 63 of a-z, 0-9, '-' and '.', not like an address, "
        "not beginning with xn--, sthree- or amzn-s3-demo-, and not ending in -s3alias, --ol-s3, "
        ".mrap, --x-s3 or --table-s3",
    ),
]
_REPOSITORY: Final = r"([a-z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*"
_TAG: Final = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_DIGEST: Final = r"@sha256:[0-9a-f]{64}"
_REGISTRY: Final = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(:[0-9]+)?"
RegistryName = Annotated[str, text(_REGISTRY, "must be a registry such as docker.io")]
ImageMirror = Annotated[
    str,
    text(
        rf"{_REGISTRY}(/[a-z0-9]+([._/-]+[a-z0-9]+)*)?",
        "must be a registry, with or without the first parts of a name, such as "
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/docker-hub",
    ),
    MIRROR_ACCOUNT,
]
Image = Annotated[
    str,
    text(rf"{_REPOSITORY}(:{_TAG})?({_DIGEST})?", "must be an image such as nginx:1.30.5"),
    text(
        rf"{_REPOSITORY}(:(?!latest$){_TAG}|(:{_TAG})?{_DIGEST})",
        "must have a tag other than latest, or a digest",
    ),
]
Cpu = Annotated[
    str,
    text(quantities.PATTERN, "must be CPU time such as 200m, 0.5 or 1"),
    Check(quantities.cpu_fault, {}),
]
Memory = Annotated[
    str,
    text(quantities.PATTERN, "must be memory such as 64Mi, 1.5Gi or 512M"),
    Check(quantities.memory_fault, {}),
]
Share = Annotated[
    str, text(r"(?!.*/\.\.(/|$))/[\w./-]*", "must be an absolute path such as /exports/team")
]

_NAME: Final = "[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?"
_NAMED: Final = "must be at most 40 of a-z, 0-9 and '-'"
NodeGroupName = Annotated[str, text(_NAME, _NAMED)]
TeamName = Annotated[str, text(_NAME, _NAMED)]
ClassName = Annotated[str, text(f"(?!gp[23]$){_NAME}", f"{_NAMED}, and not be gp2 or gp3")]
# Also the name of its namespace.
AppName = Annotated[
    str,
    text(
        f"(?!kube-|default$|{SAMPLE_APP}$)(?=[a-z]){_NAME}",
        f"{_NAMED}, begin with a letter, and not be {SAMPLE_APP}, default or kube-…",
    ),
]
_LABEL: Final = "[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
# EKS counts the prefix (https://docs.aws.amazon.com/eks/latest/APIReference/API_Taint.html).
TaintKey = Annotated[
    str,
    text(
        f"(?=.{{1,{aws_limits.LONGEST_LABEL_KEY}}}$)"
        f"([a-z0-9]([a-z0-9.-]{{0,251}}[a-z0-9])?/)?{_LABEL}",
        "must be a Kubernetes label key of at most "
        f"{aws_limits.LONGEST_LABEL_KEY} characters with its prefix",
    ),
]
LabelKey = Annotated[
    TaintKey,
    Check(aws_limits.node_label_fault, {}),
    Check(
        lambda key: (
            None
            if key != NODES_LABEL
            else "is the platform's own label, of nodes that a "
            f"section asks for by its key nodes, got {key!r}"
        ),
        {},
    ),
]
_VALUE: Final = "must be at most 63 letters, digits, '-', '_' or '.'"
TaintValue = Annotated[str, text(f"({_LABEL})?", _VALUE)]
# EKS takes no empty one
# (https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html).
LabelValue = Annotated[str, text(_LABEL, f"{_VALUE}, and not be empty")]
# JavaScript's \w is of ASCII alone, so that editors know the ASCII that is refused
# (https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html).
_TAG_TEXT: Final = r"[^!-*,;<>?\[-^`{-~]"
TagKey = Annotated[
    str,
    text(
        # The load balancer controller splits tags in an annotation at the first equals sign, and
        # takes spaces away (ParseStringMapAnnotation in
        # https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/pkg/annotations/parser.go).
        r"(?! |(?i:aws):)(?u:[\w .:/+@-]{1,128})(?<! )",
        "must be 1 to 128 letters, digits, spaces inside or _.:/+-@, without aws: in front and "
        "without =, at which the load balancer controller splits",
        pattern=rf"^(?! |.* $|[Aa][Ww][Ss]:|[^=]*=){_TAG_TEXT}{{1,128}}$",
    ),
    Check(aws_limits.tag_key_fault, {}),
]
TagValue = Annotated[
    str,
    text(
        r"(?u:[\w .:/=+@-]{0,256})",
        "must be letters, digits, spaces or _.:/=+-@",
        pattern=rf"^{_TAG_TEXT}{{0,256}}$",
    ),
]
_MOST_TAGGED: Final = max(aws_limits.OTHER_TAGS, key=lambda kind: len(aws_limits.OTHER_TAGS[kind]))
_OTHER_TAGS: Final = len(aws_limits.OTHER_TAGS[_MOST_TAGGED])
MOST_TAGS: Final = at_most(
    aws_limits.MOST_TAGS - _OTHER_TAGS,
    f"AWS takes {aws_limits.MOST_TAGS} on a resource, and {_MOST_TAGGED} gets {_OTHER_TAGS} others",
    "maxProperties",
)

Seconds = Annotated[int, Field(ge=0, le=3600)]
_GP3: Final = VOLUME_GIB["gp3"]
GiB = Annotated[int, Field(ge=_GP3.start, le=_GP3.stop - 1)]
RetentionDays = Annotated[int, one_of(aws_limits.RETENTION_DAYS)]
LifecycleDays = Annotated[int, one_of(aws_limits.LIFECYCLE_DAYS)]
