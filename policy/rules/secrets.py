"""Secrets that AWS Secrets Manager keeps."""

from collections.abc import Iterator
from typing import Final

from deployment.types import KEPT_SECRET, SECRET_POLICY
from policy.catalogue import Severity, Subject, rule
from policy.documents import allowing

# The key of an account that Secrets Manager makes where none is named
# (https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html).
DEFAULT_KEY: Final = "alias/aws/secretsmanager"


@rule([KEPT_SECRET, SECRET_POLICY], Severity.CRITICAL, "BP")
def kept_secrets_not_for_everybody(subject: Subject) -> Iterator[str]:
    """A secret whose policy has the principal * can be read from any AWS account.

    Name the roles in policy, or leave it out: roles of the same account read by their own policies.
    """
    for statement in allowing(subject.resource.properties, "policy"):
        if statement.is_for_everybody:
            yield "can be read by everybody"


@rule(KEPT_SECRET, Severity.MEDIUM, "CKV_AWS_149")
def kept_secrets_have_a_key_of_their_own(subject: Subject) -> Iterator[str]:
    """With the account's common key, whoever may read secrets needs no right to any key.

    Name a KMS key of yours in kmsKeyId.

    SecretStore in components/secrets/store.py makes the key of all secrets.
    """
    key = subject.text("kmsKeyId")
    if not key or key.endswith(DEFAULT_KEY):
        yield "is encrypted with the key that the account has for all secrets"
