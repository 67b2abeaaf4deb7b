"""The path and the permissions boundary of every role of a program."""

from collections.abc import Callable

import pulumi

# What registers a transform of all resources, such as that of the stack.
Register = Callable[[pulumi.ResourceTransform], None]


def give_roles(
    register: Register, *, permissions_boundary: str | None = None, path: str = "/"
) -> None:
    """Gives each role of a stack its path and its boundary, whoever registers it.

    The transform runs in the engine, so that it reaches the roles that another package makes of one
    component, too. What a role says for itself stays. Without a boundary or a path other than
    ``/``, nothing is registered.

    :param register: :func:`pulumi.runtime.register_stack_transform`.
    :param permissions_boundary: the ARN of an IAM policy, which says what a role may do at most.
    :param path: where roles are in IAM, such as ``/platform/``.
    """
    given = {
        **({"permissionsBoundary": permissions_boundary} if permissions_boundary else {}),
        **({"path": path} if path != "/" else {}),
    }

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:iam/role:Role":
            return None
        return pulumi.ResourceTransformResult(props={**given, **args.props}, opts=args.opts)

    if given:
        register(transform)
