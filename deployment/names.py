"""The forms of names, as regular expressions of Python's and of Rust's."""

from typing import Final

# https://www.pulumi.com/docs/iac/concepts/stacks/#stack-naming
STACK_NAME: Final = r"[A-Za-z0-9._-]{1,100}"
# The stack, the project, the types and the name (``URN.IsValid`` in
# https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/resource/urn/urn.go).
_URN: Final = rf"urn:pulumi:{STACK_NAME}::.*::.*::.*"
URN: Final = rf"(?s)^{_URN}$"
# The URN of a provider and its ID, or nothing (``ParseReference`` in
# https://github.com/pulumi/pulumi/blob/v3.274.1/sdk/go/common/providers/reference.go).
PROVIDER_REFERENCE: Final = rf"(?s)^({_URN}::.+)?$"
# The package, the module and the name.
TYPE: Final = r"^[^\s\p{C}]+$"
