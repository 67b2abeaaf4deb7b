"""An application to copy: NGINX as a graceful web application."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components.pods.placement import ANYWHERE, Placement
from planning.shutdown import ShutdownBudget

from .delivery import Delivery
from .graceful_web_app import GracefulWebApp, GracefulWebAppArgs
from .nginx_config import HEALTH_PATH, PORT, index_html, nginx_conf
from .web_app_exposure import Exposure
from .web_app_pods import Container, Resources, Scaling
from .web_app_volumes import SCRATCH_DIRECTORY, Contents

# The user that NGINX's own images, privileged or not, make for it.
_NGINX_USER: Final = 101


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleAppArgs:
    """Inputs of :class:`SampleApp`.

    :param image: an NGINX image with a tag or a digest.

    The others are those of :class:`components.apps.graceful_web_app.GracefulWebAppArgs`.
    """

    image: str
    resources: Resources
    scaling: Scaling
    exposure: Exposure
    shutdown: ShutdownBudget
    placement: Placement = ANYWHERE
    delivery: Delivery | None = None
    depends_on: Sequence[pulumi.Resource]


class SampleApp(pulumi.ComponentResource):
    """NGINX with a page, whose own time-outs come from the numbers of its graceful stop.

    Creates a :class:`components.apps.graceful_web_app.GracefulWebApp` of its name, which is
    ``app``. Output: ``ingress_hostname``.
    """

    app: GracefulWebApp
    ingress_hostname: pulumi.Output[str]

    def __init__(
        self, name: str, args: SampleAppArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:sample_app:SampleApp", name, None, opts)
        self.app = GracefulWebApp(
            name,
            GracefulWebAppArgs(
                container=Container(
                    image=args.image,
                    port=PORT,
                    health_path=HEALTH_PATH,
                    user_id=_NGINX_USER,
                    command=("nginx", "-c", "/etc/nginx/nginx.conf"),
                    resources=args.resources,
                ),
                contents=Contents(
                    files={
                        "/etc/nginx/nginx.conf": nginx_conf(args.shutdown, SCRATCH_DIRECTORY),
                        "/usr/share/nginx/html/index.html": index_html(name),
                    }
                ),
                scaling=args.scaling,
                exposure=args.exposure,
                shutdown=args.shutdown,
                placement=args.placement,
                delivery=args.delivery,
                depends_on=args.depends_on,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.ingress_hostname = self.app.ingress_hostname
        self.register_outputs({"ingressHostname": self.ingress_hostname})
