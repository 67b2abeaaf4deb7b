"""The sections about what runs in the cluster: controllers and applications."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal

from pydantic import Field

import versions
from planning import aws_limits
from planning.quantities import mebibytes, millicores
from planning.scheduling.amounts import Amounts, pod
from planning.scheduling.workloads import LOAD_BALANCER_CONTROLLER
from planning.shutdown import (
    FOLLOWS_FROM,
    LoadBalancer,
    NodeLimit,
    ShutdownBudget,
    broken,
    derive_budget,
)
from planning.weights import ALL

from .checks import DISTINCT, not_below
from .placed import PlacedSection
from .section import FollowsError, Section, key_of
from .types import (
    Bucket,
    Certificate,
    Clients,
    Cpu,
    GiB,
    HostName,
    Image,
    Memory,
    Seconds,
    TlsPolicy,
)

_IDLE: Final = aws_limits.IDLE_TIMEOUT_SECONDS
# One survives a drain (requirement 33).
FEWEST_REPLICAS: Final = 2
_CONTROLLER: Final = LOAD_BALANCER_CONTROLLER.each
Replicas = Annotated[int, Field(ge=FEWEST_REPLICAS, le=1000)]


class IngressClassSettings(Section):
    """``ingressClass``: what holds for every Ingress of the class alb, whatever it says itself."""

    scheme: Literal["internal", "internet-facing"] | None = None
    """Who reaches its load balancers; absent: each Ingress says it."""
    inbound_cidrs: Annotated[tuple[Clients, ...], DISTINCT] = ()
    """Who may open connections to its load balancers; empty: each Ingress says it, and else
    everybody may who reaches them."""


class LoadBalancerControllerSettings(Section):
    """``loadBalancerController``: the AWS Load Balancer Controller."""

    replicas: int = Field(default=2, ge=FEWEST_REPLICAS, le=5)
    """Pods of the controller; two, so that one survives a drain."""
    cpu_request: Cpu = _CONTROLLER.cpu_quantity
    """CPU time that each of them is promised."""
    memory_request: Memory = _CONTROLLER.memory_quantity
    """Memory that each of them is promised."""
    memory_limit: Annotated[Memory, not_below("memory_request", measure=mebibytes)] = "256Mi"
    """Memory that each of them gets at most, memoryRequest or more."""
    waf: bool = True
    """Ingresses may have a web ACL of AWS WAF; false also takes the permissions for it away."""
    shield: bool = True
    """Ingresses may ask for AWS Shield Advanced; false also takes the permissions for it away."""
    tls_policy: TlsPolicy | None = Field(
        default=None, examples=["ELBSecurityPolicy-TLS13-1-3-2021-06"]
    )
    """The TLS policy of the stack's applications, and of Ingresses of others that name none;
    absent: ELBSecurityPolicy-TLS13-1-2-2021-06 for the applications, the controller's for others.
    """
    ingress_class: IngressClassSettings = Field(default_factory=IngressClassSettings)
    """What holds for every Ingress of the class alb."""

    @property
    def each(self) -> Amounts:
        """What one of its pods asks for."""
        return pod(cpu=millicores(self.cpu_request), memory=mebibytes(self.memory_request))


class ShutdownSettings(Section):
    """``shutdown``: how pods leave without dropping a request; what is absent is derived."""

    # An ALB takes a deregistration delay of at most 3,600 s, which has to cover both of these.
    propagation_seconds: int = Field(default=20, ge=1, le=600)
    """L: assumed lag from a pod's deletion to its last new request."""
    longest_request_seconds: int = Field(default=20, ge=0, le=2700)
    """R: the longest request that must not be cut."""
    pre_stop_seconds: Seconds | None = None
    """P: the pod's sleep before the stop signal, above L. Derived: L + 10."""
    grace_seconds: Seconds | None = None
    """G: time until the pod is killed, from before the sleep; P + R + 15 or more. Derived: P + R +
    15."""
    deregistration_delay_seconds: (
        Annotated[int, Field(ge=0, le=aws_limits.DEREGISTRATION_DELAY_SECONDS.stop - 1)] | None
    ) = None
    """How long the load balancer lets requests under way end; L + R or more. Derived: L + R + 5."""
    idle_timeout_seconds: Annotated[int, Field(ge=_IDLE.start, le=_IDLE.stop - 1)] | None = None
    """When the load balancer closes a connection without traffic. Derived: R, and at least 60."""
    keep_alive_seconds: Annotated[int, Field(ge=0, le=7200)] | None = None
    """How long the web server keeps an idle connection, above idleTimeoutSeconds. Derived:
    idleTimeoutSeconds + 15."""
    drain_limit_seconds: Seconds | None = None
    """How long the web server may take from the stop signal to its end, R to G - P.
    Derived: G - P."""

    @property
    def budget(self) -> ShutdownBudget:
        """All numbers, derived where the stack file gives none."""
        return derive_budget(**self.model_dump())

    def conflicts(
        self,
        *,
        on_spot: bool = False,
        behind: LoadBalancer | None = None,
        limits: Sequence[NodeLimit] = (),
    ) -> Iterator[tuple[str, FollowsError]]:
        """Yields the numbers that break a rule of the shutdown.

        :param on_spot: whether the pod may run on a spot node.
        :param behind: the load balancer that sends to it, which the section alone does not know.
        :param limits: how long nodes that an autoscaler takes away wait for it.
        """
        found = broken(self.budget, on_spot=on_spot, behind=behind or "alb", limits=limits)
        if behind is None:
            found = [verdict for verdict in found if set(verdict.rule.behind) == {"alb", "nlb"}]
        for verdict in found:
            causes = map(key_of, FOLLOWS_FROM[verdict.field])
            yield verdict.field, FollowsError(verdict.message, *causes)


class WebAppSettings(PlacedSection):
    """What all applications behind a load balancer have."""

    scheme: Literal["internal", "internet-facing"] = "internal"
    """Who reaches the load balancer."""
    load_balancer: LoadBalancer = "alb"
    """What is in front of it: an ALB of an Ingress, or an NLB of a Service with pods for targets,
    which hands connections through and needs shutdown.propagationSeconds 120 or more."""
    hostname: HostName | None = Field(default=None, examples=["app.example.com"])
    """The host name of the Ingress rule; absent: any host."""
    certificate_arn: Certificate | None = None
    """With it HTTPS, and HTTP redirects to it; without it plain HTTP."""
    access_logs_bucket: Bucket | None = None
    """Keeps the load balancer's access logs, under the application's name; the bucket is yours and
    has to admit them. Absent: no access logs."""
    shutdown: ShutdownSettings = Field(default_factory=ShutdownSettings)
    """The numbers of a graceful stop, in seconds."""

    def url(self, balancer: str) -> str:
        """Returns where it is reached, by its host name or else by its load balancer's."""
        return f"{'https' if self.certificate_arn else 'http'}://{self.hostname or balancer}"

    def conflicts(self) -> Iterator[tuple[str, str | FollowsError]]:
        """Yields what an NLB has no place for."""
        if self.load_balancer == "nlb":
            if self.hostname is not None:
                yield "hostname", f"an NLB knows no host names; remove it, got {self.hostname!r}"
            if self.access_logs_bucket and not self.certificate_arn:
                yield ("access_logs_bucket", "an NLB logs TLS alone: set certificateArn, too")


class CandidateSettings(Section):
    """``candidate``: a second version of an application, beside the stable one; absent: none."""

    image: Image = Field(examples=["nginx:1.30.6"])
    """Its image; all else is as of the stable version."""
    weight: Annotated[int, Field(ge=0, le=ALL)] | None = None
    """How much of the requests it gets with canary, in percent; absent: 0. The stable version gets
    the others."""
    live: bool | None = None
    """With blueGreen: true, and it gets all requests; false or absent, and the stable version gets
    them."""
    min_replicas: Replicas | None = None
    """The fewest pods of it, at most maxReplicas; absent: as many as of the stable version."""

    @property
    def share(self) -> int:
        """How much of the requests it gets, in percent."""
        return ALL if self.live else self.weight or 0


class DeliverySettings(Section):
    """``delivery``: how a new version of an application comes to its requests."""

    strategy: Literal["rolling", "canary", "blueGreen"] = "rolling"
    """New pods in the place of old ones, one after the other; or a candidate beside the stable
    version, which gets a part of the requests, or all at once."""
    candidate: CandidateSettings | None = None
    """The second version, with canary and blueGreen; absent: none for now."""

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yields what is another strategy's."""
        candidate = self.candidate
        if candidate is None:
            return
        if self.strategy == "rolling":
            yield "candidate", "needs strategy canary or blueGreen beside it, got 'rolling'"
        elif self.strategy == "canary" and candidate.live is not None:
            yield "candidate.live", "is of blueGreen; with canary set weight, 0 to 100"
        elif self.strategy == "blueGreen" and candidate.weight is not None:
            yield "candidate.weight", "is of canary; with blueGreen set live, true or false"


class SampleAppSettings(WebAppSettings):
    """``sampleApp``, and each entry of ``apps``: a graceful web application; absent: none."""

    image: Image = versions.SAMPLE_APP_IMAGE
    """An NGINX image, with a tag other than latest or a digest; the unprivileged variant works,
    too: the pod runs as user 101 with a configuration of its own."""
    min_replicas: Replicas = 2
    """The fewest pods, spread over zones."""
    max_replicas: Annotated[Replicas, not_below("min_replicas")] = 6
    """The most pods that the autoscaler makes, minReplicas or more."""
    cpu_request: Cpu = "200m"
    """CPU time that a pod is promised; the autoscaler aims at 70 % of it."""
    cpu_limit: Annotated[Cpu, not_below("cpu_request", measure=millicores)] = "500m"
    """CPU time that a pod gets at most, cpuRequest or more."""
    memory_request: Memory = "64Mi"
    """Memory that a pod is promised."""
    memory_limit: Annotated[Memory, not_below("memory_request", measure=mebibytes)] = "128Mi"
    """Memory that a pod gets at most, memoryRequest or more; above it the kernel kills the pod."""
    per_node: bool = False
    """No two pods of a version share a node, so that a lost node takes one of them; the nodes at
    desiredSize have to be minReplicas or more."""
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    """How a new version comes to its requests."""

    def conflicts(self) -> Iterator[tuple[str, str | FollowsError]]:
        """Yields what does not go with a second version, too."""
        yield from super().conflicts()
        delivery = self.delivery
        if self.load_balancer == "nlb" and delivery.strategy != "rolling":
            fault = "needs loadBalancer alb: an NLB shares out connections, not requests"
            yield "delivery.strategy", f"{fault}; set rolling, got {delivery.strategy!r}"
        least = self.candidate.min_replicas if self.candidate else None
        if least is not None and least > self.max_replicas:
            fault = f"must be at most maxReplicas {self.max_replicas}, got {least}"
            yield "delivery.candidate.min_replicas", fault

    @property
    def candidate(self) -> CandidateSettings | None:
        """The second version, if there is one."""
        return self.delivery.candidate


class WordpressSettings(WebAppSettings):
    """``wordpress``: WordPress with MySQL on shared storage; absent: none."""

    storage_class: str | None = None
    """The class of nfs for the shared files; absent: the default one, or else the first by name."""
    content_gib: GiB = 10
    """What is asked of that class, which NFS does not enforce."""
    database: Literal["own", "mysql"] = "own"
    """Where its database is: on a server of its own, or on those of the section mysql. What is in
    one is not in the other: docs/mysql.md says how to move it."""
    database_gib: GiB = 10
    """With database own: size of the database's volume, encrypted gp3."""

    def conflicts(self) -> Iterator[tuple[str, str | FollowsError]]:
        """Yields what an NLB has no place for, and what WordPress asks of an ALB.

        Its image learns from X-Forwarded-Proto alone that TLS ended before it
        (https://github.com/docker-library/wordpress/blob/master/wp-config-docker.php).
        """
        yield from super().conflicts()
        if self.database == "mysql" and "database_gib" in self.model_fields_set:
            yield "database_gib", "is for database own, and database is mysql: see mysql.volumeGiB"
        if self.load_balancer == "nlb" and self.certificate_arn:
            yield (
                "certificate_arn",
                "needs loadBalancer alb: an NLB tells WordPress of no TLS, which then redirects",
            )
