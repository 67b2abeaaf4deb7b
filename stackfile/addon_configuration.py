"""What the configuration of add-ons may be, as far as their schemas are known.

EKS checks an add-on's configuration against a schema of its own, which only an account can ask for
(https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAddonConfiguration.html). Known are
those of ``coredns`` v1.10.1-eksbuild.11 and ``kube-proxy`` v1.28.8-eksbuild.5
(https://github.com/cloudbees/terraform-aws-cloudbees-ci-eks-addon/blob/main/blueprints/03-windows-builds/README.md),
and the mode ``nftables`` (https://docs.aws.amazon.com/eks/latest/best-practices/nftables.html).
Later versions have more keys: one that is not known is said to be not checked, and refused where it
is a slip of a known one. The models change nothing of the data, which goes to EKS as it is.
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from planning.addons import COREDNS, KUBE_PROXY, METRICS_SERVER
from planning.quantities import mebibytes, millicores
from planning.scheduling.amounts import pod
from planning.scheduling.workloads import Workload

from .section import Place
from .types import Cpu, Memory

_Objects = list[dict[str, Any]]
_Texts = dict[str, str]
_Pods = Annotated[int, Field(ge=1, le=1000)]


class _Part(BaseModel):
    """A map all of whose keys are known."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True)


class _Amounts(_Part):
    cpu: Cpu | None = None
    memory: Memory | None = None


class _Resources(_Part):
    limits: _Amounts | None = None
    requests: _Amounts | None = None


class _Open(_Part):
    """A map that may have keys which are not known."""

    model_config = ConfigDict(extra="allow")


class _Common(_Open):
    pod_annotations: _Texts | None = None
    pod_labels: _Texts | None = None
    resources: _Resources | None = None


class _AutoScaling(_Open):
    enabled: bool
    min_replicas: Annotated[int, Field(ge=2, le=1000)] | None = None
    max_replicas: Annotated[int, Field(ge=2, le=1000)] | None = None


class CorednsConfiguration(_Common):
    """The configuration of ``coredns``."""

    affinity: dict[str, Any] | None = None
    auto_scaling: _AutoScaling | None = None
    compute_type: str | None = None
    corefile: str | None = None
    node_selector: _Texts | None = None
    pod_disruption_budget: dict[str, Any] | None = None
    replica_count: _Pods | None = None
    tolerations: _Objects | None = None
    topology_spread_constraints: _Objects | None = None


class _Ipvs(_Open):
    scheduler: str | None = None


class KubeProxyConfiguration(_Common):
    """The configuration of ``kube-proxy``."""

    ipvs: _Ipvs | None = None
    mode: Literal["iptables", "ipvs", "nftables"] | None = None


class MetricsServerConfiguration(_Open):
    """The configuration of ``metrics-server``, whose keys are those of its chart.

    https://github.com/kubernetes-sigs/metrics-server/blob/master/charts/metrics-server/values.yaml
    """

    replicas: _Pods | None = None
    resources: _Resources | None = None


_MODELS: Final[Mapping[str, type[_Open]]] = MappingProxyType(
    {
        COREDNS: CorednsConfiguration,
        KUBE_PROXY: KubeProxyConfiguration,
        METRICS_SERVER: MetricsServerConfiguration,
    }
)


def configuration_faults(
    name: str, configuration: Mapping[str, Any]
) -> Iterator[tuple[Place, str]]:
    """Yields place and text of what EKS would refuse of an add-on's configuration."""
    if name not in _MODELS:
        return
    try:
        _MODELS[name].model_validate_json(json.dumps(configuration))
    except ValidationError as error:
        for found in error.errors(include_url=False):
            fault = found.get("ctx", {}).get("error")
            own = f"{found['msg'][0].lower()}{found['msg'][1:]}, got {json.dumps(found['input'])}"
            yield found["loc"], str(fault or own)
    known = _known(name)
    for key in unchecked_keys(name, configuration):
        if near := difflib.get_close_matches(key, known, n=1, cutoff=0.8):
            yield (key,), f"is not a known key of {name}; did you mean {near[0]}?"


def unchecked_keys(name: str, configuration: Mapping[str, Any]) -> list[str]:
    """Returns the keys of an add-on's configuration about which nothing is known."""
    return sorted(configuration.keys() - _known(name))


def _known(name: str) -> set[str]:
    return {to_camel(field) for field in _MODELS[name].model_fields} if name in _MODELS else set()


def tuned(workload: Workload, configuration: Mapping[str, Any], *, at_maximum: bool) -> Workload:
    """Returns an add-on's pods as its configuration makes them, as far as it is known.

    :param at_maximum: whether an autoscaler has made as many as it may.
    """
    scaling = configuration.get("autoScaling") or {}
    if scaling.get("enabled"):
        few = scaling.get("minReplicas", workload.count)
        count = scaling.get("maxReplicas", few) if at_maximum else few
    else:
        count = configuration.get("replicaCount") or configuration.get("replicas")
    requests = _Amounts.model_validate(
        (configuration.get("resources") or {}).get("requests") or {}, strict=False
    )
    each = workload.each
    return replace(
        workload,
        count=count or workload.count,
        each=pod(
            cpu=millicores(requests.cpu) if requests.cpu else each.cpu,
            memory=mebibytes(requests.memory) if requests.memory else each.memory,
        ),
    )
