"""What a stack asks for that its network does not reach."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import versions
from planning.images import Images, eks_registry, registry_fault, registry_of
from planning.private_access import without_endpoint

from .infrastructure import NetworkSettings
from .section import Cloud, FollowsError, Place

# The key because of which something is not reached.
_WITHOUT_NAT: Final[Place] = ("network", "nat")
_NOT_ON_THE_INTERNET: Final = "none"


def unreachable(
    images: Iterable[str], earlier: Mapping[str, Any], place: Place = ()
) -> Iterator[tuple[Place, FollowsError]]:
    """Yields each registry of these images that nodes without the internet do not reach.

    :param earlier: the sections before.
    :param place: of the image in its section.
    """
    network: NetworkSettings | None = earlier.get("network")
    if network is None or network.nat != _NOT_ON_THE_INTERNET or "region" not in earlier:
        return
    known, region = Images(earlier.get("image_mirrors", {})), earlier["region"]
    for image in images:
        registry = registry_of(known.of(image))
        if fault := registry_fault(registry, region):
            yield (
                place,
                FollowsError(
                    f"with network.nat none nodes do not reach {registry}, which {fault}, for "
                    f"{image}: say in imageMirrors.{registry_of(image)} where copies are, such as "
                    f"in ECR of {region}" + ("" if not place else ", or name an image there"),
                    _WITHOUT_NAT,
                ),
            )


def unreachable_controller(
    earlier: Mapping[str, Any], cloud: Cloud | None
) -> Iterator[tuple[Place, FollowsError]]:
    """Yields that nodes do not reach the load balancer controller's image.

    Of a region that is known they pull it from EKS's own registry.
    """
    own = versions.LOAD_BALANCER_CONTROLLER_IMAGE
    has_copy = registry_of(own) in earlier.get("image_mirrors", {})
    if cloud and (has_copy or not eks_registry(earlier["region"], "")):
        yield from unreachable([own], earlier)


def unreachable_addons(
    names: Iterable[str], earlier: Mapping[str, Any]
) -> Iterator[tuple[Place, FollowsError]]:
    """Yields the add-ons that call what has no endpoint."""
    network: NetworkSettings | None = earlier.get("network")
    if network is None or network.nat != _NOT_ON_THE_INTERNET:
        return
    for name in names:
        if service := without_endpoint(name):
            text = f"calls {service}, which has no endpoint, and network.nat is none; leave it out"
            yield (name,), FollowsError(text, _WITHOUT_NAT)


def unreachable_features(
    written: Iterable[str], earlier: Mapping[str, Any]
) -> Iterator[tuple[Place, FollowsError]]:
    """Yields each switch of the load balancer controller that is on for what has no endpoint.

    :param written: the switches that are on in the file, by their keys.
    """
    network: NetworkSettings | None = earlier.get("network")
    if network is None or network.nat != _NOT_ON_THE_INTERNET:
        return
    for key in written:
        text = "asks for what has no endpoint, and network.nat is none: set false, or leave it out"
        yield (key,), FollowsError(f"{text}, got true", _WITHOUT_NAT)


def without_public_subnets(
    scheme: str, earlier: Mapping[str, Any]
) -> Iterator[tuple[Place, FollowsError]]:
    """Yields that a load balancer that faces the internet has no subnets."""
    network: NetworkSettings | None = earlier.get("network")
    if network is None or scheme != "internet-facing":
        return
    if network.existing and network.existing.subnets.public is None:
        fault, cause = "names none: add public there", ("network", "existing", "subnets")
    elif network.existing is None and network.nat == _NOT_ON_THE_INTERNET:
        fault, cause = "none makes none: set single or per-zone", _WITHOUT_NAT
    else:
        return
    key = ".".join(cause)
    text = f"needs public subnets, and {key} {fault}, or set internal, got 'internet-facing'"
    yield ("scheme",), FollowsError(text, cause)


# What each autoscaler cannot do without and nodes without the internet do not reach: IAM and prices
# have no endpoint in most regions, and the autoscalers' images are in registries of the internet
# (https://karpenter.sh/docs/getting-started/getting-started-with-karpenter/#private-clusters).
_OF_AUTOSCALERS: Final[Mapping[str, str]] = {
    "cluster-autoscaler": "its image is in registry.k8s.io, and it calls autoscaling",
    "karpenter": "its image and chart are in public.ecr.aws, and it calls iam and pricing",
}


def unreachable_autoscaler(
    mode: str, earlier: Mapping[str, Any]
) -> Iterator[tuple[Place, FollowsError]]:
    """Yields that an autoscaler does not reach what it calls without the internet."""
    network: NetworkSettings | None = earlier.get("network")
    if network is None or network.nat != _NOT_ON_THE_INTERNET or mode not in _OF_AUTOSCALERS:
        return
    text = f"is not for network.nat none: {_OF_AUTOSCALERS[mode]}; got {mode!r}"
    yield ("mode",), FollowsError(text, _WITHOUT_NAT)
