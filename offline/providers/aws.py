"""The simulated ``aws`` provider: checks of the SDK and of IAM, and what AWS computes."""

from collections.abc import Iterator, Mapping
from typing import Any

from offline import formats, schema
from planning.placeholders import DOCUMENTATION_ACCOUNT

from . import aws_functions
from .aws_request import Request
from .aws_resources import CREATORS
from .simulated import Creation, NotSimulatedError, SimulatedProvider, no_repetition


class AwsProvider(SimulatedProvider):
    """AWS in one region, as far as the platform uses it.

    :param region: the provider's region, or ``None`` where none is configured.
    """

    def __init__(self, region: str | None) -> None:
        self._region = region

    def failures(self, token: str, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yields what the SDK's class, IAM or the form of an ARN, block or JSON text refuses."""
        if token not in CREATORS:
            message = f"the simulated AWS has no resource type {token}"
            raise NotSimulatedError(message)
        yield from no_repetition(
            [*schema.failures(token, inputs), *formats.failures(token, inputs)]
        )

    def creation(self, token: str, urn: str, inputs: Mapping[str, Any]) -> Creation:
        """Returns the ID and every property that the program may read."""
        region = self._required_region()
        partition = aws_functions.partition_of(region)
        request = Request(
            urn=urn,
            inputs=inputs,
            region=region,
            partition=partition,
            account_id=DOCUMENTATION_ACCOUNT,
        )
        creation = CREATORS[token](request)
        declared = schema.output_names(token)
        if unknown := sorted(creation.computed.keys() - declared):
            message = f"{token} has no property {', '.join(unknown)}"
            raise NotSimulatedError(message)
        common = {"region": region, "tagsAll": inputs.get("tags") or {}}
        computed = {key: value for key, value in common.items() if key in declared}
        return Creation(id=creation.id, computed={**computed, **creation.computed})

    def result(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns what the AWS function returns."""
        region = self._required_region()
        if token == "aws:index/getCallerIdentity:getCallerIdentity":  # noqa: S105  no secret
            return aws_functions.caller_identity(region, DOCUMENTATION_ACCOUNT)
        if token not in aws_functions.FUNCTIONS:
            message = f"the simulated AWS has no function {token}"
            raise NotSimulatedError(message)
        return aws_functions.FUNCTIONS[token](region, arguments)

    def _required_region(self) -> str:
        if self._region is None:
            message = "aws:region is not set"
            raise NotSimulatedError(message)
        return self._region
