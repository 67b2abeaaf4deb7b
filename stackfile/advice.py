"""What a reader of a preview should know of a stack that is valid."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from planning.aws_place import NO_CONTROL_PLANE, AwsPlace
from planning.endpoints import KNOWN
from planning.images import Images, is_known, registry_of
from planning.instance_types import NEURON, NVIDIA, InstanceType
from planning.node_images import is_unchecked
from planning.private_access import is_known as is_known_feature

from .addons import advice_on_addons
from .names import full_key
from .private_access import features
from .section import Cloud
from .settings import Settings
from .unknown import declaring

# What the accelerated images of EKS leave out
# (https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-k8s-device-plugin.html).
_PLUGINS: Final[Mapping[str, str]] = MappingProxyType(
    {NVIDIA: "nvidia.com/gpu", NEURON: "aws.amazon.com/neuron"}
)
# The partitions whose nodes reach registries of the whole internet.
_OPEN_PARTITIONS: Final = frozenset({"aws", "aws-us-gov", "aws-eusc"})


def advice(settings: Settings, cloud: Cloud, place: AwsPlace) -> Iterator[str]:
    """Yields what is not checked, and what is left to whoever deploys."""
    yield from _unchecked_reach(settings)
    yield from _unchecked_zones(settings, cloud)
    if unknown := sorted(set(settings.network.interface_endpoints) - KNOWN):
        yield (
            f"{full_key(['network', 'interfaceEndpoints'])}: not checked whether there are "
            f"endpoints for {', '.join(unknown)}, which this release does not know; "
            "`aws ec2 describe-vpc-endpoint-services` lists what there is"
        )
    for name, group in settings.node_groups.items():
        kinds = [kind for kind in map(cloud.instance_type, group.instance_types) if kind]
        key = full_key(["nodeGroups", name, "instanceTypes"])
        yield from _unchecked_offers(key, kinds, group.zones_of(settings.network.zones))
        for kind in kinds:
            if group.ami_type and not group.ami_id and is_unchecked(group.ami_type, kind):
                yield f"{key}: not checked whether {group.ami_type} is for {kind.name}"
        for maker in sorted({kind.accelerator for kind in kinds} & _PLUGINS.keys()):
            yield (
                f"{key}: the image has {maker}'s driver and no device plugin: pods get no "
                f"{_PLUGINS[maker]} until you install it; a taint keeps other pods away"
            )
    for where, text in advice_on_addons(settings.addons):
        yield f"{full_key(['addons', *where])}: {text}"
    if place.partition not in _OPEN_PARTITIONS:
        yield (
            f"{full_key(['region'])}: nodes in {place.partition} may not reach registry.k8s.io and "
            "docker.io, where the images of the NFS driver and of the applications are: see "
            "docs/places.md"
        )


def _unchecked_reach(settings: Settings) -> Iterator[str]:
    if settings.network.nat != "none":
        return
    if unknown := sorted(name for name in features(settings) if not is_known_feature(name)):
        yield (
            f"{full_key(['addons'])}: not checked which services {', '.join(unknown)} calls: name "
            "their endpoints in network.interfaceEndpoints"
        )
    known = Images(settings.image_mirrors)
    apps = settings.all_apps.values()
    images = [one.image for app in apps for one in (app, app.candidate) if one]
    registries = {registry_of(known.of(image)) for image in images}
    registries |= {registry_of(f"{mirror}/image") for mirror in settings.image_mirrors.values()}
    if unknown := sorted(registry for registry in registries if not is_known(registry)):
        yield (
            f"{full_key(['network', 'nat'])}: not checked whether nodes reach {', '.join(unknown)} "
            "without the internet"
        )


def _unchecked_zones(settings: Settings, cloud: Cloud) -> Iterator[str]:
    refused = NO_CONTROL_PLANE.get(settings.region)
    unknown = [zone for zone in settings.network.zones if not cloud.zones.get(zone)]
    if refused and unknown and not settings.network.found:
        yield (
            f"{full_key(['network', 'zones'])}: not checked whether {' or '.join(unknown)} is "
            f"{refused}, where EKS has no control plane: each account has names of its own for "
            f"zones; {declaring('zones', settings.region, cloud)}"
        )


def _unchecked_offers(key: str, kinds: list[InstanceType], zones: tuple[str, ...]) -> Iterator[str]:
    for kind in kinds:
        if unknown := sorted(kind.unknown_zones.intersection(zones)):
            yield f"{key}: not checked whether {kind.name} is offered in {', '.join(unknown)}"
