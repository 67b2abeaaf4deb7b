"""Node groups of other images than the shipped ones, from nothing to nothing."""

import base64
import tomllib
from typing import Any, Final

from engine.session import Session

_SIZES: Final = {"minSize": 1, "desiredSize": 1, "maxSize": 2}
BOTTLEROCKET: Final = {**_SIZES, "instanceTypes": ["m6i.large"], "amiType": "BOTTLEROCKET_x86_64"}
OWN: Final = {**BOTTLEROCKET, "amiId": "ami-0123456789abcdef0"}
GROUP: Final = "NodeGroup nodes-more"
TEMPLATE: Final = "LaunchTemplate nodes-more"


def settings(session: Session) -> dict[str, Any]:
    """Returns what nodes of the group read at boot."""
    (template,) = [
        thing
        for thing in session.cloud.of("aws:ec2/launchTemplate:LaunchTemplate")
        if thing.name == "nodes-more"
    ]
    text = base64.b64decode(template.inputs["userData"]).decode()
    kubernetes: dict[str, Any] = tomllib.loads(text)["settings"]["kubernetes"]
    return kubernetes


def test_bottlerocket_comes_becomes_an_image_of_ones_own_and_goes(deployed: Session) -> None:
    deployed.set("nodeGroups.more", BOTTLEROCKET)
    assert deployed.up().steps.operations == dict.fromkeys((GROUP, TEMPLATE), "create")
    assert settings(deployed).keys() == {"max-pods"}

    # EKS takes no image and no version beside one's own, so that the group is another one.
    deployed.set("nodeGroups.more", OWN)
    assert deployed.up().steps.operations == {TEMPLATE: "update", GROUP: "replace"}
    told = settings(deployed)
    assert told.keys() == {"max-pods", "cluster-name", "api-server", "cluster-certificate"}
    assert told["cluster-name"] == f"eks-platform-{deployed.stack}"

    deployed.set("nodeGroups.more.amiId", "ami-0123456789abcdef1")
    changed = deployed.up().steps.operations
    assert changed == dict.fromkeys((TEMPLATE, GROUP), "update")
    assert deployed.preview().operations == {}
    assert not deployed.cloud.harms

    deployed.unset("nodeGroups.more")
    assert deployed.up().steps.operations == dict.fromkeys((GROUP, TEMPLATE), "delete")
    assert deployed.preview().operations == {}
