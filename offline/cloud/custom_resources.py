"""Kinds that a chart or an add-on brings: who knows them, and who ends what they stand for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from deployment import types
from planning.addons import SECRETS_DRIVER

from .behaviour import Behaviour
from .cloud import Cloud, Thing
from .conditions import addon, pods_failure
from .errors import CloudError
from .load_balancers import WAIT_SECONDS
from .objects import Object, chart_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """Pods that make true what objects of a kind say.

    :param chart: the last part of the name of the chart that brings them; empty: an add-on does.
    :param addon: the name of the add-on that does.
    :param ends: what they take away before an object goes, which has a finalizer until then;
        empty: it has none.
    """

    chart: str = ""
    addon: str = ""
    ends: str = ""

    def failure(self, cloud: Cloud) -> str:
        """Returns why nobody acts on an object; empty: somebody does."""
        if not self._is_there(cloud):
            return f"no {self.chart or self.addon} runs"
        return pods_failure(cloud)

    def _is_there(self, cloud: Cloud) -> bool:
        if self.addon:
            return addon(cloud, self.addon) is not None
        return any(chart_of(one.inputs) == self.chart for one in cloud.ready(types.RELEASE))

    def knows(self, cloud: Cloud, kind: str, version: str) -> None:
        """Refuses a kind of which the cluster has no definition."""
        if not self._is_there(cloud):
            raise CloudError(f'no matches for kind "{kind}" in version "{version}"')


class CustomResource(Object):
    """An object of such a kind."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    async def before_create(self, cloud: Cloud, thing: Thing) -> None:
        """Refuses what the cluster has no definition of."""
        await super().before_create(cloud, thing)
        self._operator.knows(cloud, thing.inputs["kind"], thing.inputs["apiVersion"])

    async def before_delete(self, cloud: Cloud, thing: Thing) -> None:
        """Waits in vain for the finalizer while nobody ends what the object stands for."""
        if self._operator.ends and (failure := self._operator.failure(cloud)):
            await cloud.clock.sleep(WAIT_SECONDS)
            raise CloudError(f"{thing.id} keeps the finalizer of {self._operator.ends}: {failure}")


_NODES: Final = Operator(chart="karpenter", ends="its nodes")
_MONITORING: Final = Operator(chart="kube-prometheus-stack")
CUSTOM_RESOURCES: Final[Mapping[str, Behaviour]] = {
    types.ALERT_RULES: CustomResource(_MONITORING),
    types.POD_MONITOR: CustomResource(_MONITORING),
    types.NODE_POOL: CustomResource(_NODES),
    types.NODE_CLASS: CustomResource(_NODES),
    types.SECRET_CLASS: CustomResource(Operator(addon=SECRETS_DRIVER)),
}
