"""What the engine tells of a resource at different moments, put together.

The engine hands the inputs of each resource to policies for single resources, and the outputs of
all to policies for stacks. Before a deployment outputs are few: of a provider that is not
configured yet there are none at all
(https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/provider_plugin.go).
"""

from collections.abc import Mapping
from typing import Any

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE


def laid_over(inputs: Any, outputs: Any) -> Any:
    """Returns the outputs, and in place of what they do not say the inputs, at every depth."""
    if isinstance(inputs, Mapping) and isinstance(outputs, Mapping):
        return {
            **inputs,
            **{
                key: laid_over(inputs[key], value) if key in inputs else value
                for key, value in outputs.items()
            },
        }
    return inputs if outputs in (UNKNOWN_STRING_VALUE, None) else outputs
