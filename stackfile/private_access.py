"""What a stack without a way to the internet gets in its place."""

import versions
from planning.addons import SECRETS_DRIVER
from planning.images import Images
from planning.private_access import MONITORING, OPTIONAL, Feature, needed_endpoints

from .settings import Settings


def features(settings: Settings) -> frozenset[Feature]:
    """Returns what of a stack calls AWS from nodes and pods."""
    given = {*settings.addons_of_each_node, *settings.other_addons}
    if settings.secrets:
        given.add(SECRETS_DRIVER)
    if settings.monitoring:
        given.add(MONITORING)
    return frozenset({"nodes", "load balancers", "Session Manager", *given})


def needed(settings: Settings) -> tuple[str, ...]:
    """Returns the services that nodes and pods cannot do without."""
    return needed_endpoints(features(settings) - OPTIONAL)


def made_endpoints(settings: Settings) -> tuple[str, ...]:
    """Returns the services to which the platform makes interface endpoints."""
    network = settings.network
    if network.existing:
        return ()
    if network.nat != "none":
        return network.interface_endpoints
    own = needed_endpoints(features(settings))
    return tuple(sorted({*own, *network.interface_endpoints}))


def controller_repository(images: Images) -> str | None:
    """Returns where copies of the load balancer controller's image are, or ``None``."""
    own = versions.LOAD_BALANCER_CONTROLLER_IMAGE
    found = images.of(own)
    return None if found == own else found
