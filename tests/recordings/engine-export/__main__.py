"""A program with one of each thing that an export tells of a resource."""

from collections.abc import Mapping
from typing import cast

import pulumi
import pulumi_aws as aws
import pulumi_random as random


class Pair(pulumi.ComponentResource):
    """A component with inputs and outputs."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        """Makes two networks, the second after the first."""
        super().__init__("my:own:Pair", name, {"kind": "pair", "count": 2}, opts)
        self.first = aws.ec2.Vpc(
            f"{name}-first",
            cidr_block="10.0.0.0/16",
            tags={"Name": "first", "environment": "test"},
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=["tags"],
                replace_on_changes=["cidrBlock"],
                custom_timeouts=pulumi.CustomTimeouts(create="1h30m", delete="90s"),
            ),
        )
        self.second = aws.ec2.Vpc(
            f"{name}-second",
            cidr_block="10.1.0.0/16",
            opts=pulumi.ResourceOptions(
                parent=self, protect=False, depends_on=[self.first], hooks=binding
            ),
        )
        self.register_outputs({"first": self.first, "ids": [self.first.id, self.second.id]})


class Empty(pulumi.ComponentResource):
    """A component that registers no output."""

    def __init__(self, name: str) -> None:
        """Makes nothing."""
        super().__init__("my:own:Empty", name, {"unused": [1, 2.5, None, {"a": True}]})


def allow(_: pulumi.ResourceHookArgs) -> None:
    """Allows every update."""


def tag_all(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Returns the resource with a tag more, and with the hook."""
    given = cast("Mapping[str, str]", args.props.get("tags") or {})
    tags = {**given, "owner": "platform"}
    options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(hooks=binding))
    return pulumi.ResourceTransformResult(props={**args.props, "tags": tags}, opts=options)


hook = pulumi.ResourceHook("allow", allow, opts=pulumi.ResourceHookOptions(on_dry_run=True))
binding = pulumi.ResourceHookBinding(before_update=[hook], after_create=[hook])
password = random.RandomPassword("password", length=20, special=False)
pair = Pair("pair", pulumi.ResourceOptions(protect=True, retain_on_delete=True))
empty = Empty("empty")
elsewhere = aws.Provider("elsewhere", region="eu-central-1")
role = aws.iam.Role(
    "role",
    assume_role_policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"Service": "ec2.amazonaws.com"},
                }
            ],
        }
    ),
    description=password.result,
    opts=pulumi.ResourceOptions(
        provider=elsewhere,
        delete_before_replace=True,
        additional_secret_outputs=["uniqueId"],
        aliases=[pulumi.Alias(name="earlier")],
        replace_with=[pair.first],
    ),
)
subnet = aws.ec2.Subnet(
    "subnet",
    vpc_id=pair.first.id,
    cidr_block="10.0.0.0/24",
    map_public_ip_on_launch=False,
    opts=pulumi.ResourceOptions(
        depends_on=[pair, empty], deleted_with=pair.first, transforms=[tag_all]
    ),
)
pulumi.export("subnet", subnet)
pulumi.export("password", password.result)
pulumi.export("figures", {"whole": 3, "part": 0.5, "none": None, "list": [], "map": {}})
