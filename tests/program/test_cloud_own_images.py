"""The simulated EKS refuses with an image of one's own what EKS refuses."""

from typing import Any

import pytest

from deployment import types
from offline.cloud.clock import Clock
from offline.cloud.cloud import Cloud, Thing
from offline.cloud.eks import NodeGroup
from offline.cloud.errors import CloudError


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({}, ""),
        ({"amiType": "AL2023_x86_64_STANDARD"}, "amiType"),
        ({"version": "1.36"}, "version"),
        ({"releaseVersion": "1.36.1-20261101"}, "releaseVersion"),
    ],
)
@pytest.mark.parametrize("image", ["", "ami-0123456789abcdef0"])
def test_with_an_own_image_eks_takes_no_image_and_no_version(
    image: str, given: dict[str, Any], refused: str
) -> None:
    cloud = Cloud(Clock(0.0))
    template = {"imageId": image} if image else {}
    cloud.make(types.LAUNCH_TEMPLATE, "lt-1", template)
    inputs = {"launchTemplate": {"id": "lt-1"}, **given}
    thing = Thing(token=types.NODE_GROUP, urn="u", id="g", inputs=inputs, properties={})

    if image and refused:
        with pytest.raises(CloudError, match=f"cannot specify the field {refused} "):
            NodeGroup.check_image(cloud, thing.inputs)
    else:
        NodeGroup.check_image(cloud, thing.inputs)
