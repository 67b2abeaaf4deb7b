"""What holds for all pods of a namespace that start after it: a LimitRange, and isolation."""

from deployment import types

from .cloud import Cloud, Thing
from .objects import Object, namespace_of


class Default(Object):
    """What new pods of a namespace get, and running ones do not."""

    async def fault_of(self, cloud: Cloud, thing: Thing) -> str:
        """Notes the pods that started before it."""
        selector = thing.inputs["spec"].get("podSelector") or {}
        if not selector.get("matchLabels"):
            cloud.harms += [
                f"pods of {other.id} started before {thing.id}"
                for token in (types.RELEASE, types.INNODB_CLUSTER, *types.SERVICES_OF_PODS)
                for other in cloud.ready(token)
                if namespace_of(other) == namespace_of(thing)
            ]
        return ""
