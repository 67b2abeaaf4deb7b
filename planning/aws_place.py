"""Where in AWS a stack is, and the names that follow from it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsPlace:
    """A region of an account.

    :param partition: such as ``aws`` or ``aws-cn``.
    :param region: such as ``eu-central-1``.
    :param account_id: the account's twelve digits.
    """

    partition: str
    region: str
    account_id: str

    def arn(self, service: str, resource: str) -> str:
        """Returns the ARN of something in this region and account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """Returns the ARN of something in this account that is in no region."""
        return f"arn:{self.partition}:{service}::{self.account_id}:{resource}"

    def managed_policy(self, name: str) -> str:
        """Returns the ARN of an IAM policy that AWS manages."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"
