"""The section about monitoring: what is kept, and who is told of alerts."""

import re
from collections.abc import Iterator
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import Field

from planning.monitoring.pods import pods
from planning.quantities import mebibytes
from planning.scheduling.workloads import Workload
from planning.volumes import VOLUME_GIB

from .checks import Check
from .placed import PlacedSection
from .section import Section
from .types import Memory

_LEAST_GIB: Final = 10
_HOST: Final = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?"
_URL: Final = rf"https://{_HOST}(/[^\s?#]*)?"
# As long as no word is, with letters and digits: what services give as a key in an address.
_TOKEN: Final = re.compile(r"(?=[^/]*[0-9])(?=[^/]*[A-Za-z])[A-Za-z0-9_-]{20,}")


def _address_fault(address: str) -> str | None:
    """Returns what is wrong with an address, without what may be secret of it."""
    parts = urlsplit(address)
    if parts.username is not None or parts.query or any(map(_is_secret, parts.path.split("/"))):
        return f"must hold no secret, and {_place(parts)} looks like one: {_INSTEAD}"
    if not re.fullmatch(_URL, address):
        return f"must be an address such as https://alerts.corp.internal/hook, got {address!r}"
    return None


_INSTEAD: Final = "subscribe that address to the topic of alerts.sns"


def _is_secret(segment: str) -> bool:
    return bool(_TOKEN.fullmatch(segment))


def _place(parts: SplitResult) -> str:
    if parts.username is not None:
        return "what stands before the @"
    return "what stands behind the ?" if parts.query else f"a part of the path at {parts.hostname}"


Address = Annotated[str, Check(_address_fault, {"pattern": f"^{_URL}$"})]


class AlertSettings(Section):
    """``monitoring.alerts``: who is told of alerts."""

    sns: bool = True
    """A topic of SNS of the stack's own gets them, encrypted with a key of its own; people and
    services subscribe to it."""
    webhook: Address | None = Field(default=None, examples=["https://alerts.corp.internal/hook"])
    """They are posted to this address, beside the topic or in its place. An address with a key in
    it is a secret and belongs into a subscription of the topic."""

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yields that nobody is told."""
        if not self.sns and not self.webhook:
            yield "sns", "needs a receiver: set true, or set webhook, got false"


class MonitoringSettings(PlacedSection):
    """``monitoring``: Prometheus, alerts and Grafana; absent: none."""

    replicas: int = Field(default=1, ge=1, le=2)
    """How many of Prometheus, each with all samples, and as many of Alertmanager."""
    retention_days: int = Field(default=15, ge=1, le=3650)
    """Days for which samples are kept, if four fifths of the volume are enough for them."""
    volume_gib: int = Field(default=50, ge=_LEAST_GIB, le=VOLUME_GIB["gp3"].stop - 1)
    """Size of each Prometheus' volume, encrypted gp3."""
    memory: Memory = "2Gi"
    """Memory that each Prometheus is promised, and gets at most; it goes with the number of
    series."""
    cloudwatch: bool = True
    """Load balancers and certificates are read from CloudWatch, which AWS charges by the metric
    that is asked for; false: no alerts on them."""
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    """Who is told of alerts."""
    runbook_url: Address | None = Field(
        default=None, examples=["https://docs.corp.internal/eks-platform/alerts/"]
    )
    """Where your team reads the page docs/alerts.md, for the links in alerts."""

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """The pods that it makes."""
        return tuple(
            pods(
                replicas=self.replicas,
                memory_mib=mebibytes(self.memory),
                volume_gib=self.volume_gib,
                cloudwatch=self.cloudwatch,
            )
        )
