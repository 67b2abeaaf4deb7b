"""What runs in the cluster."""

from typing import NotRequired, TypedDict

import pulumi

from components.apps import graceful_web_app
from components.apps.web_app_volumes import Contents
from components.cluster import load_balancer_controller

from .inputs import Packaged, behind, build, shutdown_budget
from .nodes import oidc_provider


class LoadBalancerControllerInputs(TypedDict):
    """Inputs of LoadBalancerController."""

    cluster_name: pulumi.Input[str]
    """The cluster's name."""
    oidc_arn: pulumi.Input[str]
    """The ARN of the cluster's identity provider."""
    oidc_issuer: pulumi.Input[str]
    """Its issuer's URL without the scheme."""
    vpc_id: pulumi.Input[str]
    """The VPC of its load balancers."""
    region: str
    """The AWS region."""
    partition: str
    """The AWS partition, such as aws."""
    account_id: str
    """The AWS account."""
    replicas: int
    """Its pods, two or more."""
    after: pulumi.Input[list[str]]
    """Outputs of what must be there before it and outlive it: nodes and cluster DNS."""
    tags: dict[str, str]
    """Carried by its role and by every load balancer that it makes."""


class LoadBalancerController(Packaged):
    """The AWS Load Balancer Controller with a role of its own."""

    release_id: pulumi.Output[str]
    """The Helm release, for every Ingress to wait for."""
    role_arn: pulumi.Output[str]
    """The ARN of its role."""

    def __init__(
        self,
        name: str,
        args: LoadBalancerControllerInputs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, opts)
        plain = build(
            load_balancer_controller.LoadBalancerControllerArgs,
            args,
            cluster_name=args["cluster_name"],
            oidc=oidc_provider(args),
            vpc_id=args["vpc_id"],
            after=behind(args["after"]),
        )
        made = load_balancer_controller.LoadBalancerController(name, plain, self._child)
        self.release_id, self.role_arn = made.release.id, made.role_arn
        self.finish()


class ContainerInputs(TypedDict):
    """The one container of a web application."""

    image: str
    """With a tag or a digest."""
    port: int
    """Where it listens for HTTP, above 1023."""
    health_path: str
    """Answers 200 while the process can serve, and as long as it drains."""
    user_id: int
    """The user that it runs as, not 0."""
    command: NotRequired[list[str]]
    """In place of the image's own."""
    environment: NotRequired[dict[str, str]]
    """Variables, none of them secret."""
    cpu_request: str
    """What a pod is promised, such as 200m."""
    cpu_limit: str
    """What a pod gets at most."""
    memory_request: str
    """What a pod is promised, such as 64Mi."""
    memory_limit: str
    """What a pod gets at most."""


class ShutdownInputs(TypedDict):
    """The numbers of a graceful stop, in seconds; what is not given is derived."""

    propagation_seconds: NotRequired[int]
    """Assumed lag from a pod's deletion to its last new request."""
    longest_request_seconds: NotRequired[int]
    """The longest request that must not be cut."""
    pre_stop_seconds: NotRequired[int]
    """The pod's sleep before the stop signal."""
    grace_seconds: NotRequired[int]
    """Time until the pod is killed, from before the sleep."""
    deregistration_delay_seconds: NotRequired[int]
    """How long the load balancer lets requests under way end."""
    idle_timeout_seconds: NotRequired[int]
    """When the load balancer closes a connection without traffic."""
    keep_alive_seconds: NotRequired[int]
    """How long the application keeps an idle connection."""
    drain_limit_seconds: NotRequired[int]
    """How long the application may take from the stop signal to its end."""


class GracefulWebAppInputs(TypedDict):
    """Inputs of GracefulWebApp."""

    container: ContainerInputs
    """What runs."""
    files: NotRequired[dict[str, str]]
    """Texts that the container reads, by absolute path; no two of one base name."""
    min_replicas: int
    """Two or more, spread over zones."""
    max_replicas: int
    """The most pods that the autoscaler makes."""
    scheme: str
    """Who reaches the load balancer: internal or internet-facing."""
    load_balancer_blocks: list[str]
    """The subnets of the load balancer, whence all requests come."""
    reachable_blocks: NotRequired[list[str]]
    """Where the application may open connections to; without any: nowhere."""
    hostname: NotRequired[str]
    """The host name of the Ingress rule; without it: any."""
    certificate_arn: NotRequired[str]
    """An ACM certificate; with it HTTPS, without it HTTP."""
    access_logs_bucket: NotRequired[str]
    """An S3 bucket that admits the load balancer's logs; without it none are kept."""
    shutdown: NotRequired[ShutdownInputs]
    """The numbers of a graceful stop."""
    after: pulumi.Input[list[str]]
    """The load balancer controller's releaseId, which must outlive the Ingress."""
    tags: dict[str, str]
    """Carried by the load balancer."""


class GracefulWebApp(Packaged):
    """A namespace with an HTTP application in it that leaves without dropping a request."""

    ingress_hostname: pulumi.Output[str]
    """The load balancer's own host name."""

    def __init__(
        self, name: str, args: GracefulWebAppInputs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        plain = build(
            graceful_web_app.GracefulWebAppArgs,
            args,
            contents=Contents(files=args.get("files", {})),
            shutdown=shutdown_budget(args.get("shutdown", {})),
            after=behind(args["after"]),
        )
        made = graceful_web_app.GracefulWebApp(name, plain, self._child)
        self.ingress_hostname = made.ingress_hostname
        self.finish()
