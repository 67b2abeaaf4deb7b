"""Pods that end: what Jobs and CronJobs need beside what all pods need."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from deployment.resource import Resource
from deployment.types import CRON_JOB, JOB
from policy.catalogue import Severity, Subject, rule
from policy.controllers import controllers, in_auto_mode
from policy.graph import Graph, once
from policy.machines import has_karpenter
from policy.objects import pod, template
from policy.reading import labels, mapping, mappings, number, read, text, whole

JOBS: Final = (JOB, CRON_JOB)
# What the API takes of Jobs' pods
# (https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-template).
ENDING: Final = ("Never", "OnFailure")
# How often the controller looks at CronJobs, in seconds
# (https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline).
LOOK_SECONDS: Final = 10
# What keeps a pod's node, by whose autoscaler it is
# (https://karpenter.sh/docs/concepts/disruption/#pod-level-controls,
# https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#what-types-of-pods-can-prevent-ca-from-removing-a-node).
DO_NOT_DISRUPT: Final = "karpenter.sh/do-not-disrupt"
SAFE_TO_EVICT: Final = "cluster-autoscaler.kubernetes.io/safe-to-evict"
CLUSTER_AUTOSCALER: Final = "cluster-autoscaler"


@rule(JOBS, Severity.MEDIUM, "kube-score")
def jobs_come_to_an_end(subject: Subject) -> Iterator[str]:
    """A Job that hangs holds its node's room, and the update that waits for it, for ever.

    Set spec.activeDeadlineSeconds of the Job, in jobTemplate of a CronJob, and restartPolicy of its
    pods to Never or OnFailure, which the API wants.
    """
    if subject.text("kind", "Job") not in {"Job", "CronJob"}:
        # A custom kind, whose own keys say when it ends.
        return
    spec = pod(subject.resource)
    policy = text(spec, "restartPolicy", "Always")
    if policy not in ENDING:
        yield f"has pods with restartPolicy {policy}, which the API refuses"
    if not any(number(one, "activeDeadlineSeconds") for one in (_job(subject.resource), spec)):
        yield "may run for ever: it has no activeDeadlineSeconds"


@rule(CRON_JOB, Severity.MEDIUM, "kube-score")
def cron_jobs_do_not_pile_up(subject: Subject) -> Iterator[str]:
    """Runs of a CronJob that take longer than usual run beside the next ones, and slow them down.

    Set spec.concurrencyPolicy to Forbid or Replace, or to Allow where runs may overlap;
    startingDeadlineSeconds, where it is set, to 10 or more.
    """
    if read(subject.resource.properties, "spec.concurrencyPolicy") is None:
        yield "starts its next run while the last one goes on: it has no concurrencyPolicy"
    least = read(subject.resource.properties, "spec.startingDeadlineSeconds")
    if least is not None and subject.number("spec.startingDeadlineSeconds") < LOOK_SECONDS:
        yield (
            f"may miss its runs: startingDeadlineSeconds is {whole(least)}, and the controller "
            f"looks every {LOOK_SECONDS} s"
        )


@rule(JOBS, Severity.MEDIUM, "BP", of_stack=True)
def jobs_outlast_their_node(subject: Subject) -> Iterator[str]:
    """A Job that may not try again has failed as soon as an autoscaler takes its node away.

    Annotate the pods karpenter.sh/do-not-disrupt: "true", or with Cluster Autoscaler
    cluster-autoscaler.kubernetes.io/safe-to-evict: "false"; or raise backoffLimit; or ignore
    DisruptionTarget in podFailurePolicy.
    """
    job = _job(subject.resource)
    if read(job, "backoffLimit") is None or number(job, "backoffLimit") or _ignores_drains(job):
        return
    annotations = labels(template(subject.resource), "metadata.annotations")
    for who, key, value in _autoscalers(subject.graph):
        if annotations.get(key) != value:
            yield f"has backoffLimit 0, and {who} may take its node away"


def _job(resource: Resource) -> Mapping[str, Any]:
    """Returns the spec of a Job, or of the Jobs that a CronJob makes."""
    path = "spec.jobTemplate.spec" if resource.type == CRON_JOB else "spec"
    return mapping(resource.properties, path)


def _ignores_drains(job: Mapping[str, Any]) -> bool:
    """Returns whether pods that a drain ends do not count as failed.

    https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
    """
    return any(
        text(one, "action") == "Ignore"
        and "DisruptionTarget" in [text(met, "type") for met in mappings(one, "onPodConditions")]
        for one in mappings(job, "podFailurePolicy.rules")
    )


@once
def _autoscalers(graph: Graph) -> list[tuple[str, str, str]]:
    """Returns who takes nodes away, with the annotation by which it leaves a pod's alone."""
    found: list[tuple[str, str, str]] = []
    if has_karpenter(graph) or in_auto_mode(graph):
        found.append(("Karpenter", DO_NOT_DISRUPT, "true"))
    if controllers(graph, CLUSTER_AUTOSCALER):
        found.append(("Cluster Autoscaler", SAFE_TO_EVICT, "false"))
    return found
