"""The simulated ``kubernetes`` provider: manifests against the API's schema, charts against
their default values.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Network
from typing import Any, Final

from deployment import types
from deployment.properties import has_unknown, without_nulls
from offline import schema
from offline.aws_api import ingress
from offline.cloud.behaviour import Inputs
from offline.cloud.client import KUBERNETES_RETRIES
from offline.cloud.cloud import Cloud
from offline.cloud.objects import chart_of
from offline.derived import digest
from offline.schema import Failures

from .simulated import Creation, NotSimulatedError, SimulatedProvider, auto_name

# How the Kubernetes provider marks an object that it named.
_AUTO_NAMED: Final = "pulumi.com/autonamed"
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
# Kinds that live in no namespace (https://kubernetes.io/docs/reference/kubernetes-api/).
_CLUSTER_KINDS: Final = frozenset({"Namespace", "StorageClass", "NodePool", "EC2NodeClass"})
# One of the two blocks of which EKS takes Services' addresses where nobody names one
# (https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html).
_SERVICES: Final = IPv4Network("172.20.0.0/16")


class KubernetesProvider(SimulatedProvider):
    """The API of one cluster.

    :param version: the cluster's Kubernetes version, whose schema manifests must meet.
    :param dns_suffix: the domain that load balancers are in.
    :param services: where Services have their addresses; ``None``: in a block that EKS chooses.
    """

    retries = KUBERNETES_RETRIES
    # https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg/await/await.go: an update
    # waits as a creation does.
    waits_again = True

    def __init__(
        self,
        version: str,
        cloud: Cloud | None = None,
        dns_suffix: str = "amazonaws.com",
        services: IPv4Network | None = None,
    ) -> None:
        super().__init__(cloud)
        self._version, self._dns_suffix = version, dns_suffix
        self._services = services or _SERVICES

    def names(self, token: str, urn: str, inputs: Inputs, old: Inputs) -> Inputs:
        """Returns an object's metadata with the name that it was not given; a release's name."""
        if token == _RELEASE:
            name = inputs.get("name") or old.get("name") or auto_name(urn)
            return {"name": name} if not inputs.get("name") else {}
        metadata = inputs.get("metadata") or {}
        if not isinstance(metadata, Mapping) or metadata.get("name"):
            return {}
        before = (old.get("metadata") or {}).get("name")
        annotations = {**metadata.get("annotations", {}), _AUTO_NAMED: "true"}
        named = {**metadata, "name": before or auto_name(urn), "annotations": annotations}
        return {"metadata": named}

    def takes_over(self, token: str) -> bool:
        """Returns that every object is applied, and only a chart's release is not.

        With server-side apply a create is a patch, which makes the object or changes it
        (https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg/await/await.go); Helm
        says of a release "cannot re-use a name that is still in use"
        (https://github.com/helm/helm/blob/main/pkg/action/install.go).
        """
        return token != _RELEASE

    def is_auto_named(self, token: str, urn: str, inputs: Inputs) -> bool:
        """Returns whether the provider gave the name."""
        _ = token, urn
        metadata = inputs.get("metadata") or {}
        return _AUTO_NAMED in (metadata.get("annotations") or {})

    def failures(self, token: str, inputs: Inputs) -> Failures:
        """Yields what the API's schema, or a chart, refuses."""
        if token == _RELEASE:
            yield from schema.failures(token, inputs)
            defaults = _chart_defaults(chart_of(inputs), str(inputs.get("version")))
            yield from _value_failures(defaults, inputs.get("values") or {}, "values")
        elif token.endswith("Patch"):
            yield from schema.failures(token, inputs)
            # A patch is a part of an object that is there: only its name says of which.
            if not (inputs.get("metadata") or {}).get("name"):
                yield "metadata.name", "is required: a patch names the object that it changes"
        else:
            yield from self._manifest_failures(token, inputs)
            if token == types.INGRESS:
                yield from ingress.failures(inputs)

    def creation(self, token: str, urn: str, inputs: Inputs) -> Creation:
        """Returns the object as the API server and its controllers complete it."""
        if token == _RELEASE:
            name = str(inputs.get("name") or auto_name(urn))
            namespace = str(inputs.get("namespace") or "default")
            status = {
                "name": name,
                "namespace": namespace,
                "chart": inputs["chart"],
                "version": inputs["version"],
                "status": "deployed",
                "revision": 1,
            }
            return Creation(id=f"{namespace}/{name}", computed={"name": name, "status": status})
        metadata = {"name": auto_name(urn), **(inputs.get("metadata") or {})}
        if inputs["kind"] not in _CLUSTER_KINDS:
            metadata.setdefault("namespace", "default")
        metadata["uid"] = digest(urn, 32)
        identifier = "/".join(filter(None, [metadata.get("namespace"), metadata["name"]]))
        computed: dict[str, Any] = {"metadata": metadata}
        is_balanced = (inputs.get("spec") or {}).get("type") == "LoadBalancer"
        if inputs["kind"] == "Ingress" or is_balanced:
            hostname = f"k8s-{digest(urn, 32)}.elb.{self._dns_suffix}"
            computed["status"] = {"loadBalancer": {"ingress": [{"hostname": hostname}]}}
        if inputs["kind"] == "Service":
            place = int(digest(urn, 2) + digest(urn[::-1], 2), 16) % self._services.num_addresses
            computed["spec"] = {**inputs["spec"], "clusterIP": str(self._services[place])}
        return Creation(id=identifier, computed=computed)

    def _manifest_failures(self, token: str, inputs: Inputs) -> Failures:
        import kubernetes_validate

        _read_schemas_once()
        manifest = without_nulls(inputs)
        if definition := _definition(str(inputs.get("apiVersion")), str(inputs.get("kind"))):
            yield from _definition_failures(definition, manifest)
            return
        try:
            kubernetes_validate.validate(manifest, self._version, strict=True)
        except kubernetes_validate.SchemaNotFoundError as error:
            raise NotSimulatedError(f"{token}: {error.message}") from error
        except kubernetes_validate.ValidationError as error:
            parts = (f"[{x}]" if isinstance(x, int) else f".{x}" for x in error.absolute_path)
            if not has_unknown(error.instance):
                yield "".join(parts).removeprefix("."), error.message


@cache
def _definition(api_version: str, kind: str) -> Inputs | None:
    """Returns the schema of a kind that a chart defines, or ``None``."""
    name = f"{api_version.replace('/', '-')}-{kind}.schema.json"
    resource = files("offline") / "crds" / name
    if not resource.is_file():
        return None
    found: Inputs = json.loads(resource.read_text(encoding="utf-8"))
    return found


def _definition_failures(definition: Inputs, manifest: Inputs) -> Failures:
    import jsonschema

    for error in jsonschema.Draft7Validator(definition).iter_errors(manifest):
        if not has_unknown(error.instance):
            yield error.json_path.removeprefix("$."), error.message


@cache
def _read_schemas_once() -> None:
    """Makes the validator keep what it reads: it would read megabytes for each manifest."""
    from kubernetes_validate import utils

    utils.schema_contents = cache(utils.schema_contents)


def _value_failures(defaults: Inputs, values: Inputs, path: str) -> Failures:
    """Yields each value that the chart does not know, and would silently ignore."""
    for key, value in values.items():
        if key not in defaults:
            yield f"{path}.{key}", "is not a value of the chart, which would ignore it"
        # An empty map among the defaults takes whatever people put into it.
        elif isinstance(defaults[key], Mapping) and defaults[key]:
            if isinstance(value, Mapping):
                yield from _value_failures(defaults[key], value, f"{path}.{key}")
            else:
                yield f"{path}.{key}", f"must be a map, got {value!r}"


@cache
def _chart_defaults(chart: str, version: str) -> Inputs:
    resource = files("offline") / "charts" / f"{chart}-{version}.values.json"
    try:
        found: Inputs = json.loads(resource.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotSimulatedError(
            f"chart {chart} {version}: its default values are not known here; put them into "
            f"offline/charts/{chart}-{version}.values.json"
        ) from error
    return found
