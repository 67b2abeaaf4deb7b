"""Mutants of secrets that AWS Secrets Manager keeps, which the shipped dev and prod have not."""

import json
from collections.abc import Mapping
from typing import Any, Final

from deployment.types import KEPT_SECRET, KEY, SECRET_POLICY
from policy_mutants.registry import Deployment, breaks, keeps

_READ: Final[Mapping[str, Any]] = {
    "Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": "*",
}
_EVERYBODY: Final = json.dumps({"Statement": [{**_READ, "Principal": "*"}]})
_REPORTER: Final = "arn:aws:iam::111122223333:role/reporter"


def _add(deployment: Deployment, **properties: Any) -> None:
    """Adds a secret with the key of the cluster."""
    key = deployment.all(KEY)[0]["outputs"]["arn"]
    tags = deployment.all(KEY)[0]["inputs"].get("tags", {})
    deployment.add(KEPT_SECRET, "kept", {"kmsKeyId": key, "tags": tags, **properties})


@breaks("kept-secrets-not-for-everybody")
def a_secret_is_for_everybody(deployment: Deployment) -> None:
    _add(deployment, policy=_EVERYBODY)


@breaks("kept-secrets-not-for-everybody")
def a_policy_of_its_own_opens_a_secret(deployment: Deployment) -> None:
    deployment.add(SECRET_POLICY, "kept", {"secretArn": "arn", "policy": _EVERYBODY})


@keeps("kept-secrets-not-for-everybody")
def a_secret_is_for_a_role(deployment: Deployment) -> None:
    one = {**_READ, "Principal": {"AWS": _REPORTER}}
    _add(deployment, policy=json.dumps({"Statement": [one]}))


@breaks("kept-secrets-have-a-key-of-their-own")
def a_secret_names_no_key(deployment: Deployment) -> None:
    _add(deployment, kmsKeyId=None)


@breaks("kept-secrets-have-a-key-of-their-own")
def a_secret_names_the_common_key(deployment: Deployment) -> None:
    _add(deployment, kmsKeyId="alias/aws/secretsmanager")


@keeps("kept-secrets-have-a-key-of-their-own")
def a_secret_has_a_key(deployment: Deployment) -> None:
    _add(deployment)
