"""An application to copy: NGINX as a graceful web application."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final, Literal

import pulumi

from planning.shutdown import ShutdownBudget

from .graceful_web_app import GracefulWebApp, GracefulWebAppArgs
from .nginx_config import HEALTH_PATH, PORT, index_html, nginx_conf
from .web_app_pods import Container
from .web_app_volumes import SCRATCH_DIRECTORY, Contents

# The user that NGINX's own images, privileged or not, make for it.
_NGINX_USER: Final = 101


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleAppArgs:
    """Inputs of :class:`SampleApp`.

    :param image: an NGINX image with a tag or a digest.
    :param cpu_request: what a pod is promised, such as ``200m``.
    :param cpu_limit: what a pod gets at most.

    The others are those of :class:`components.apps.graceful_web_app.GracefulWebAppArgs`.
    """

    image: str
    min_replicas: int
    max_replicas: int
    cpu_request: str
    cpu_limit: str
    scheme: Literal["internal", "internet-facing"]
    load_balancer_blocks: Sequence[IPv4Network]
    hostname: str | None = None
    certificate_arn: str | None = None
    access_logs_bucket: str | None = None
    shutdown: ShutdownBudget
    after: Sequence[pulumi.Resource]
    tags: Mapping[str, str]


class SampleApp(pulumi.ComponentResource):
    """NGINX with a page, whose own time-outs come from the numbers of its graceful stop.

    Creates a :class:`components.apps.graceful_web_app.GracefulWebApp` of its name.
    Output: ``ingress_hostname``.
    """

    ingress_hostname: pulumi.Output[str]

    def __init__(
        self, name: str, args: SampleAppArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:sample_app:SampleApp", name, None, opts)
        app = GracefulWebApp(
            name,
            GracefulWebAppArgs(
                container=Container(
                    image=args.image,
                    port=PORT,
                    health_path=HEALTH_PATH,
                    user_id=_NGINX_USER,
                    command=("nginx", "-c", "/etc/nginx/nginx.conf"),
                    cpu_request=args.cpu_request,
                    cpu_limit=args.cpu_limit,
                    memory_request="64Mi",
                    memory_limit="128Mi",
                ),
                contents=Contents(
                    files={
                        "/etc/nginx/nginx.conf": nginx_conf(args.shutdown, SCRATCH_DIRECTORY),
                        "/usr/share/nginx/html/index.html": index_html(name),
                    }
                ),
                min_replicas=args.min_replicas,
                max_replicas=args.max_replicas,
                scheme=args.scheme,
                load_balancer_blocks=args.load_balancer_blocks,
                hostname=args.hostname,
                certificate_arn=args.certificate_arn,
                access_logs_bucket=args.access_logs_bucket,
                shutdown=args.shutdown,
                after=args.after,
                tags=args.tags,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.ingress_hostname = app.ingress_hostname
        self.register_outputs({"ingressHostname": self.ingress_hostname})
