"""Where images are pulled from: their own registries, or copies of those."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

DOCKER_HUB: Final = "docker.io"
# Registries of the whole internet, of which no copy is in a VPC.
_PUBLIC: Final = re.compile(
    r"docker\.io|registry\.k8s\.io|public\.ecr\.aws|quay\.io|ghcr\.io|(.*\.)?gcr\.io|.*\.pkg\.dev|"
    r"container-registry\.oracle\.com|mcr\.microsoft\.com|registry\.gitlab\.com|nvcr\.io|registry\.access\.redhat\.com"
)
# https://docs.aws.amazon.com/general/latest/gr/ecr.html
_ECR: Final = re.compile(r"\d{12}\.dkr[.-]ecr(-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+")
# The accounts of EKS's own registries, where they are not the first one
# (https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html).
_FIRST_ACCOUNT: Final = "602401143452"
_OF_FIRST_ACCOUNT: Final = (
    "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 "
    "ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 "
    "us-east-2 us-west-1 us-west-2"
)
_EKS_ACCOUNTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(_OF_FIRST_ACCOUNT.split(), _FIRST_ACCOUNT),
    "af-south-1": "877085696533",
    "ap-east-1": "800184023465",
    "ap-east-2": "533267051163",
    "ap-south-2": "900889452093",
    "ap-southeast-3": "296578399912",
    "ap-southeast-4": "491585149902",
    "ap-southeast-5": "151610086707",
    "ap-southeast-6": "333609536671",
    "ap-southeast-7": "121268973566",
    "ca-west-1": "761377655185",
    "cn-north-1": "918309763551",
    "cn-northwest-1": "961992271922",
    "eu-central-2": "900612956339",
    "eu-south-1": "590381155156",
    "eu-south-2": "455263428931",
    "il-central-1": "066635153087",
    "me-central-1": "759879836304",
    "me-south-1": "558608220178",
    "mx-central-1": "730335286997",
    "us-gov-east-1": "151742754352",
    "us-gov-west-1": "013241004608",
}


@dataclass(frozen=True, slots=True)
class Images:
    """Where a stack's images are pulled from.

    :param mirrors: by registry, where copies of its images are: another one, with or without the
        first parts of a name.
    """

    mirrors: Mapping[str, str] = field(default_factory=dict[str, str])

    def of(self, image: str) -> str:
        """Returns the name by which an image is pulled."""
        registry = registry_of(image)
        if registry not in self.mirrors:
            return image
        name = image.removeprefix(f"{registry}/")
        if registry == DOCKER_HUB and "/" not in name:
            name = f"library/{name}"
        return f"{self.mirrors[registry]}/{name}"


# Images from the registries that their names say.
AS_NAMED: Final = Images()


def eks_registry(region: str, dns_suffix: str) -> str | None:
    """Returns EKS's own registry of a region, or ``None`` for a region that is not known."""
    account = _EKS_ACCOUNTS.get(region)
    return account and f"{account}.dkr.ecr.{region}.{dns_suffix}"


def registry_of(image: str) -> str:
    """Returns the registry that an image is pulled from.

    https://github.com/distribution/reference/blob/main/normalize.go: the first part of a name is a
    registry where it has a dot or a port.
    """
    first, slash, _ = image.partition("/")
    return first if slash and re.search(r"[.:]", first) else DOCKER_HUB


def registry_fault(registry: str, region: str) -> str | None:
    """Returns why nodes without the internet do not reach a registry, or ``None``.

    :param registry: of one that is neither ECR's nor of the whole internet, nothing is known.
    """
    if found := _ECR.fullmatch(registry):
        where = found[2]
        return None if where == region else f"is ECR of {where}, whose endpoints are not here"
    return "is on the internet" if _PUBLIC.fullmatch(registry) else None


def is_known(registry: str) -> bool:
    """Returns whether it is known of a registry who reaches it."""
    return bool(_ECR.fullmatch(registry) or _PUBLIC.fullmatch(registry))
