"""Whether texts are what AWS takes them for: ARNs, address blocks, JSON and IAM documents."""

import json
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, Final

from deployment.properties import has_unknown
from planning.aws_place import REGION_FORM

from .schema import Failures

_ARN: Final = re.compile(rf"arn:aws[a-z-]*:[a-z0-9-]+:({REGION_FORM})?:(\d{{12}}|aws)?:\S+")
_PARTITION: Final = re.compile(r"\barn:aws[a-z-]*:")
_TRUST_POLICY: Final = "assumeRolePolicy"
_KEY: Final = "aws:kms/key:Key"
_BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
# Which property of a type is a policy document, and the most characters that it may have, white
# space not counted (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html,
# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html,
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html).
_DOCUMENTS: Final[Mapping[str, tuple[str, int]]] = {
    "aws:iam/policy:Policy": ("policy", 6144),
    "aws:iam/rolePolicy:RolePolicy": ("policy", 10240),
    "aws:iam/role:Role": (_TRUST_POLICY, 2048),
    _KEY: ("policy", 32768),
    _BUCKET_POLICY: ("policy", 20480),
}


def failures(token: str, inputs: Mapping[str, Any]) -> Failures:
    """Yields property path and reason for each malformed text of an AWS resource."""
    for path, name, text in _texts("", "", inputs):
        if name == "arn" or name.endswith("Arn"):
            if not _ARN.fullmatch(text):
                yield path, f"is not an ARN: {text!r}"
        elif "cidr" in name.lower() and "ipv6" not in name.lower():
            yield from _block_failures(path, text)
    if "configurationValues" in inputs and not has_unknown(inputs["configurationValues"]):
        yield from _json_failures("configurationValues", inputs["configurationValues"])
    yield from _document_failures(token, inputs)


def _texts(path: str, name: str, value: Any) -> Iterator[tuple[str, str, str]]:
    """Yields path, nearest property name and text of every text below a value."""
    if isinstance(value, str):
        if not has_unknown(value):
            yield path, name, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            # Tags are people's own words, whatever their keys end in.
            if key not in {"tags", "labels"}:
                yield from _texts(f"{path}.{key}" if path else key, key, item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(f"{path}[{index}]", name, item)


def _block_failures(path: str, text: str) -> Failures:
    try:
        ip_network(text)
    except ValueError as error:
        yield path, f"is not an address block: {error}"


def _json_failures(path: str, text: str) -> Failures:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        yield path, f"is not JSON: {error}"


def _document_failures(token: str, inputs: Mapping[str, Any]) -> Failures:
    key, limit = _DOCUMENTS.get(token, ("", 0))
    text = inputs.get(key)
    if not isinstance(text, str) or has_unknown(text):
        return
    if broken := list(_json_failures(key, text)):
        yield from broken
        return
    size = len("".join(text.split()))
    if size > limit:
        yield key, f"has {size} characters, and IAM takes at most {limit}"
    # moto's validators say what IAM says; their package is slow to import.
    from moto.iam.exceptions import MalformedPolicyDocument
    from moto.iam.policy_validation import (
        IAMPolicyDocumentValidator,
        IAMTrustPolicyDocumentValidator,
    )

    # They know not every partition, and what a partition may be called is not theirs to say.
    text = _PARTITION.sub("arn:aws:", text)
    try:
        if key == _TRUST_POLICY:
            IAMTrustPolicyDocumentValidator(text).validate()
        else:
            IAMPolicyDocumentValidator(_as_identity_policy(token, text)).validate()
    except MalformedPolicyDocument as error:
        yield key, f"is not a policy that IAM takes: {error.message}"


def _as_identity_policy(token: str, text: str) -> str:
    """Returns a resource's policy without its principals, which identity policies do not have."""
    if token not in {_KEY, _BUCKET_POLICY}:
        return text
    policy = json.loads(text)
    for statement in policy["Statement"]:
        statement.pop("Principal", None)
    return json.dumps(policy)
