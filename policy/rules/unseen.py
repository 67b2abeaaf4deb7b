"""What a rule cannot see, it does not judge."""

from pulumi_policy.proxy import UnknownValueError


class NotCheckedError(UnknownValueError):
    """What a rule needs is not part of the stack, or not known before the deployment.

    Pulumi reports it as an advisory of the policy, next to values that are unknown in a preview.
    """

    def __init__(self, reason: str) -> None:
        Exception.__init__(self, reason)
        self.message = reason
