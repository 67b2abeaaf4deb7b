"""The stack's own tags: carried by every AWS resource that can carry any."""

from collections.abc import Callable, Mapping
from typing import cast

import pulumi

Transformation = Callable[
    [pulumi.ResourceTransformationArgs], pulumi.ResourceTransformationResult | None
]


def tagging(tags: Mapping[str, str]) -> Transformation:
    """Returns what gives the tags to each AWS resource of a program, beside those of its own.

    What a resource says of a tag for itself stays. It does not reach what others make: the
    instances, volumes and interfaces of a launch template, the load balancers and the volumes that
    controllers make, and what another package makes of one component. Those get their tags
    explicitly.
    """

    def with_tags(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        # The class of a resource that takes tags tells them, too.
        if not args.type_.startswith("aws:") or not hasattr(type(args.resource), "tags"):
            return None
        own = cast("Mapping[str, str]", args.props.get("tags") or {})
        return pulumi.ResourceTransformationResult(
            {**args.props, "tags": {**tags, **own}}, args.opts
        )

    return with_tags


def name_tag(name: str) -> dict[str, str]:
    """Returns the tag by which people find a resource in the AWS console."""
    return {"Name": name}
