"""The simulated ``aws`` provider: checks of the SDK and of IAM, and what AWS computes."""

import re
from collections.abc import Mapping
from typing import Final

from deployment import types
from deployment.properties import without_nulls
from offline import formats, schema
from offline.aws_api import check
from offline.cloud.behaviour import Inputs
from offline.cloud.cloud import Cloud
from offline.schema import Failures
from stackfile.placeholders import DOCUMENTATION_ACCOUNT

from . import aws_functions
from .aws_resources import CREATORS
from .aws_templates import fields
from .simulated import Creation, NotSimulatedError, RegionalProvider, auto_name

# The types to which the AWS provider gives a name where the program gives none, and its key
# (https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming).
AUTO_NAMED: Final[Mapping[str, str]] = {
    types.LOG_GROUP: "name",
    types.LAUNCH_TEMPLATE: "name",
    types.SECURITY_GROUP: "name",
    types.CLUSTER: "name",
    types.NODE_GROUP: "nodeGroupName",
    types.POLICY: "name",
    types.ROLE: "name",
    types.ROLE_POLICY: "name",
    types.ALIAS: "name",
    types.QUEUE: "name",
    types.KEPT_SECRET: "name",
    types.EVENT_RULE: "name",
    types.INSTANCE_PROFILE: "name",
}
# What of a launch template is in no version of it: ``updateKeys`` of
# https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/ec2_launch_template.go
# has the rest.
_NOT_VERSIONED: Final = frozenset(
    ("name", "region", "tags", "defaultVersion", "updateDefaultVersion")
)


class AwsProvider(RegionalProvider):
    """AWS in one region of an account, as far as the platform uses it."""

    functions = tuple(aws_functions.FUNCTIONS)

    def __init__(
        self,
        region: str | None,
        cloud: Cloud | None = None,
        *,
        account: str = DOCUMENTATION_ACCOUNT,
    ) -> None:
        super().__init__(region, cloud)
        self._account = account

    def names(self, token: str, urn: str, inputs: Inputs, old: Inputs) -> Inputs:
        """Returns the name of a resource that must have one and was given none."""
        key = AUTO_NAMED.get(token)
        if key is None or inputs.get(key) is not None:
            return {}
        return {key: old.get(key) or auto_name(urn)}

    def _has(self, token: str, names: Inputs) -> bool:
        """A secret keeps its name until its recovery window ends; Pulumi then gives another."""
        if token == types.KEPT_SECRET and self.cloud:
            return names["name"] in self.cloud.account.secrets(self.region).secrets
        return super()._has(token, names)

    def name_failures(self, token: str, names: Inputs) -> Failures:
        """Yields what AWS's API refuses of names: most are too long."""
        return check.failures(token, names)

    def is_auto_named(self, token: str, urn: str, inputs: Inputs) -> bool:
        """Returns whether no name of the program's own is in the way of a second one."""
        key, own = AUTO_NAMED.get(token), re.escape(urn.rsplit("::", maxsplit=1)[-1])
        return key is None or bool(re.fullmatch(f"{own}-[0-9a-f]{{7}}", str(inputs.get(key))))

    def failures(self, token: str, inputs: Inputs) -> Failures:
        """Yields what the SDK's class, AWS's API, IAM or the form of a text refuses."""
        if token not in CREATORS:
            raise NotSimulatedError(f"the simulated AWS has no resource type {token}")
        found: dict[str, str] = {}
        checks = (schema.failures, formats.failures, check.failures)
        for path, reason in (failure for one in checks for failure in one(token, inputs)):
            found.setdefault(path, reason)
        yield from found.items()

    def creation(self, token: str, urn: str, inputs: Inputs) -> Creation:
        """Returns the ID and every property that the program may read."""
        region, account = self.region, self._account
        name = str(inputs.get(AUTO_NAMED.get(token, "name")) or auto_name(urn))
        creation = CREATORS[token](fields(urn, name, inputs, region, account))
        declared = schema.output_names(token)
        if unknown := sorted(creation.computed.keys() - declared):
            raise NotSimulatedError(f"{token} has no property {', '.join(unknown)}")
        common = {"region": region, "ownerId": account, "tagsAll": inputs.get("tags") or {}}
        computed = {key: value for key, value in common.items() if key in declared}
        return Creation(id=creation.id, computed={**computed, **creation.computed})

    def recomputed(self, token: str, old: Inputs, inputs: Inputs) -> Inputs:
        """Returns the version of a launch template, which goes up with each change of its data."""
        if token != types.LAUNCH_TEMPLATE:
            return {}
        given = schema.input_types(token).keys() & (old.keys() | inputs.keys())
        data = given - _NOT_VERSIONED
        changes = any(without_nulls(old.get(key)) != without_nulls(inputs.get(key)) for key in data)
        latest = old["latestVersion"] + int(changes)
        default = latest if inputs.get("updateDefaultVersion") else old["defaultVersion"]
        return {"latestVersion": latest, "defaultVersion": default}

    def result(self, token: str, arguments: Inputs) -> Inputs:
        """Returns what the AWS function returns."""
        if token == aws_functions.CALLER_IDENTITY:
            return aws_functions.caller_identity(self.region, self._account)
        if token == aws_functions.CLUSTERS and self.cloud:
            found = self.cloud.ready(types.CLUSTER)
            return aws_functions.clusters(self.region, [cluster.id for cluster in found])
        return aws_functions.result_of(token, self.region, arguments)
