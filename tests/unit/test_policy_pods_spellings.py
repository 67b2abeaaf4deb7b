"""Policies that forget cluster DNS, those that do not, and what Jobs and DaemonSets need."""

from typing import Any, Final

import pytest
from foreign import OF_POD, manifest, resource, said, web

from deployment import types

NAMES: Final = "network-policies-let-names-resolve"
END: Final = "jobs-come-to-an-end"
PILE: Final = "cron-jobs-do-not-pile-up"
OUTLAST: Final = "jobs-outlast-their-node"
REACH: Final = "daemon-sets-reach-tainted-nodes"
ROOM: Final = "daemon-sets-find-room"
UPDATE: Final = "daemon-sets-update-node-by-node"


def home(name: str) -> dict[str, Any]:
    """Returns the namespace of a name, as a peer."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


OWN: Final = {"matchLabels": OF_POD}
TO_DB: Final = {"to": [{"podSelector": {"matchLabels": {"app": "db"}}}], "ports": [{"port": 5432}]}
FORGOTTEN: Final = ["lets pods open connections, and not ask cluster DNS for names"]
BY_TCP: Final = ["lets pods ask for names by TCP alone, and they ask by UDP"]
AT_HOME: Final = ["looks for cluster DNS in its own namespace: namespaceSelector is missing there"]
UDP: Final = {"port": 53, "protocol": "UDP"}
SYSTEM: Final = home("kube-system")
CORE_DNS: Final = {"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}


def out(*rules: Any, name: str = "out", pods: Any = OWN, **spec: Any) -> dict[str, Any]:
    """Returns a policy on what pods may reach."""
    given = {"podSelector": pods, "policyTypes": ["Egress"], "egress": list(rules), **spec}
    return manifest(types.NETWORK_POLICY, name, given)


def to(*peers: Any, ports: Any = (UDP,)) -> dict[str, Any]:
    return {"to": list(peers), **({"ports": list(ports)} if ports else {})}


def block(cidr: str, *left_out: str) -> dict[str, Any]:
    return {"ipBlock": {"cidr": cidr, **({"except": [*left_out]} if left_out else {})}}


def port(number: Any, protocol: str | None = "UDP", **more: Any) -> dict[str, Any]:
    return {"port": number, **({"protocol": protocol} if protocol else {}), **more}


@pytest.mark.parametrize(
    ("asks", "lines"),
    [
        # Ways to cluster DNS.
        (to({**SYSTEM, **CORE_DNS}), []),
        (to(SYSTEM), []),
        (to(CORE_DNS, SYSTEM), []),
        (to({"namespaceSelector": {}}), []),
        (to({"namespaceSelector": {}, **CORE_DNS}), []),
        (to({"namespaceSelector": {"matchLabels": {"dns": "here"}}}), []),
        (to(block("169.254.20.10/32")), []),
        (to(block("172.20.0.0/16")), []),
        (to(block("0.0.0.0/0")), []),
        ({"ports": [UDP]}, []),
        ({}, []),
        (to({"podSelector": {"matchLabels": {"app": "unbound"}}}), []),
        # Ways to say the port.
        (to(SYSTEM, ports=[port("dns")]), []),
        (to(SYSTEM, ports=[port("53")]), []),
        (to(SYSTEM, ports=[port(1, endPort=1024)]), []),
        (to(SYSTEM, ports=[{"protocol": "UDP"}]), []),
        (to(SYSTEM, ports=[port(53, "TCP"), UDP]), []),
        (to(SYSTEM, ports=()), []),
        (to({"namespaceSelector": {}}, ports=()), []),
        (to(block("0.0.0.0/0"), ports=()), []),
        (to(block("10.0.0.0/8"), ports=()), []),
        (to(block("0.0.0.0/0", "172.16.0.0/12"), ports=()), []),
        # None of them.
        (TO_DB, FORGOTTEN),
        (to({"podSelector": {}}, ports=()), FORGOTTEN),
        (to({"podSelector": {}}), FORGOTTEN),
        (to(block("0.0.0.0/0"), ports=[port(443, "TCP")]), FORGOTTEN),
        (to(block("0.0.0.0/0", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),
            ports=()), FORGOTTEN),
        (to(block("8.8.8.0/24"), ports=()), FORGOTTEN),
        ({"ports": [port(443, "TCP")]}, FORGOTTEN),
        (to(SYSTEM, ports=[port(54)]), FORGOTTEN),
        (to(home("db"), ports=()), FORGOTTEN),
        # Mistakes on the way.
        (to({**SYSTEM, **CORE_DNS}, ports=[port(53, None)]), BY_TCP),
        (to({**SYSTEM, **CORE_DNS}, ports=[port(53, "TCP")]), BY_TCP),
        (to(CORE_DNS), AT_HOME),
        # Whose namespaces are not there.
        (to({"namespaceSelector": {"matchLabels": {"team": "dns"}}}, ports=()),
         ["? the namespaces that it names are not part of the stack"]),
    ],
)  # fmt: skip
def test_a_policy_lets_pods_ask_for_names_or_forgets_it(asks: Any, lines: list[str]) -> None:
    assert said(NAMES, out(TO_DB, asks)) == lines


@pytest.mark.parametrize(
    "others",
    [
        # Nothing is let out, and nobody is asked.
        [out()],
        [manifest(types.NETWORK_POLICY, "in", {"podSelector": OWN, "ingress": [{}]})],
        [out(to(block("10.0.0.7/32"), ports=[port(5432, "TCP")]))],
        # Policies add up.
        [out(TO_DB), out(to(SYSTEM), name="dns")],
        [out(TO_DB), out(to(SYSTEM), name="dns", pods={})],
        [out(TO_DB, pods={"matchLabels": {**OF_POD, "tier": "a"}}), out({}, name="dns")],
        [out(TO_DB), out(name="deny", pods={}), out(to(SYSTEM), name="dns", policyTypes=None)],
        # The pods there are may all ask, by one policy or another.
        [web(), out(TO_DB, pods={}), out(to(SYSTEM), name="dns")],
        [
            web(),
            out(TO_DB, pods={}),
            out(
                to(SYSTEM),
                name="dns",
                pods={"matchExpressions": [{"key": "app", "operator": "Exists"}]},
            ),
        ],
    ],
)
def test_policies_that_together_forget_nothing(others: Any) -> None:
    assert said(NAMES, *others) == []


def test_a_policy_of_other_pods_does_not_help() -> None:
    of_others = out(to(SYSTEM), name="dns", pods={"matchLabels": {"app": "other"}})
    assert said(NAMES, out(TO_DB), of_others) == FORGOTTEN
    assert said(NAMES, web(), out(TO_DB, pods={}), of_others) == FORGOTTEN
    elsewhere = manifest(
        types.NETWORK_POLICY,
        "dns",
        {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]},
        namespace="other",
    )
    assert said(NAMES, out(TO_DB), elsewhere) == FORGOTTEN
    cilium = manifest("kubernetes:cilium.io/v2:CiliumNetworkPolicy", "mine", {})
    (line,) = said(NAMES, out(TO_DB), cilium)
    assert line.startswith("? mine is a CiliumNetworkPolicy of another network")
    # A namespace of the stack with these labels is where it leads.
    of_stack = {"metadata": {"name": "db", "labels": {"team": "dns"}}}
    to_home = to({"namespaceSelector": {"matchLabels": {"team": "dns"}}}, ports=())
    assert said(NAMES, out(to_home), resource(types.NAMESPACE, "db", of_stack)) == FORGOTTEN


def test_cluster_dns_is_at_home_in_its_own_namespace() -> None:
    spec = {"podSelector": OWN, "policyTypes": ["Egress"], "egress": [to(CORE_DNS)]}
    assert said(NAMES, manifest(types.NETWORK_POLICY, "out", spec, namespace="kube-system")) == []


def job(token: str = types.JOB, *, pod: Any = None, annotations: Any = None, **said: Any) -> Any:
    """Returns a Job, or a CronJob that makes such Jobs."""
    metadata = {"annotations": annotations} if annotations else {}
    whole = {"restartPolicy": "Never", "containers": [], **(pod or {})}
    spec = {"activeDeadlineSeconds": 60, **said, "template": {"metadata": metadata, "spec": whole}}
    if token == types.CRON_JOB:
        spec = {"schedule": "@daily", "jobTemplate": {"spec": spec}}
    return manifest(token, "report", spec)


@pytest.mark.parametrize("token", [types.JOB, types.CRON_JOB, "kubernetes:batch/v1beta1:CronJob"])
@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ({}, []),
        ({"pod": {"restartPolicy": "OnFailure"}}, []),
        ({"activeDeadlineSeconds": None, "pod": {"activeDeadlineSeconds": 60}}, []),
        ({"activeDeadlineSeconds": None}, ["may run for ever: it has no activeDeadlineSeconds"]),
        (
            {"pod": {"restartPolicy": None}},
            ["has pods with restartPolicy Always, which the API refuses"],
        ),
    ],
)
def test_a_job_ends(token: str, given: Any, lines: list[str]) -> None:
    made = job(types.CRON_JOB if "CronJob" in token else token, **given)
    assert said(END, {**made, "type": token}) == lines


def test_a_kind_of_its_own_ends_as_it_says() -> None:
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "a"}]}}
    found = manifest("kubernetes:example.com/v1:Experiment", "a", {"template": template})
    found["inputs"]["kind"] = found["outputs"]["kind"] = "Experiment"
    assert said(END, found) == []


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ({"concurrencyPolicy": "Forbid"}, []),
        ({"concurrencyPolicy": "Allow", "startingDeadlineSeconds": 10}, []),
        ({}, ["starts its next run while the last one goes on: it has no concurrencyPolicy"]),
        (
            {"concurrencyPolicy": "Replace", "startingDeadlineSeconds": 9},
            [
                "may miss its runs: startingDeadlineSeconds is 9, and the controller looks every "
                "10 s"
            ],
        ),
    ],
)
def test_cron_jobs_start_one_after_the_other(given: Any, lines: list[str]) -> None:
    made = job(types.CRON_JOB)
    made["inputs"]["spec"].update(given)
    made["outputs"]["spec"].update(given)
    assert said(PILE, made) == lines


KARPENTER: Final = manifest(types.NODE_POOL, "general", {})
SCALER: Final = resource(types.RELEASE, "scaler", {"chart": "cluster-autoscaler", "version": "1"})
IGNORES: Final = {
    "rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]
}


@pytest.mark.parametrize(
    ("given", "others", "lines"),
    [
        ({"backoffLimit": 0}, [], []),
        ({}, [KARPENTER, SCALER], []),
        ({"backoffLimit": 1}, [KARPENTER], []),
        ({"backoffLimit": 0, "podFailurePolicy": IGNORES}, [KARPENTER], []),
        (
            {"backoffLimit": 0, "annotations": {"karpenter.sh/do-not-disrupt": "true"}},
            [KARPENTER],
            [],
        ),
        (
            {
                "backoffLimit": 0,
                "annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
            },
            [SCALER],
            [],
        ),
        (
            {"backoffLimit": 0, "annotations": {"karpenter.sh/do-not-disrupt": "true"}},
            [SCALER],
            ["has backoffLimit 0, and Cluster Autoscaler may take its node away"],
        ),
        (
            {"backoffLimit": 0},
            [KARPENTER],
            ["has backoffLimit 0, and Karpenter may take its node away"],
        ),
    ],
)
@pytest.mark.parametrize("token", [types.JOB, types.CRON_JOB])
def test_a_job_that_may_not_try_again_keeps_its_node(
    token: str, given: Any, others: Any, lines: list[str]
) -> None:
    assert said(OUTLAST, job(token, **given), *others) == lines


def daemon(pod: Any = None, **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": OF_POD}, "spec": {"containers": [], **(pod or {})}}
    return manifest(types.DAEMON_SET, "agent", {"template": template, **spec})


def nodes(**taint: str) -> dict[str, Any]:
    taints = [{"key": "gpu", "value": "a", "effect": "NO_SCHEDULE", **taint}]
    return resource(types.NODE_GROUP, "gpu", {"taints": taints})


def tolerates(**toleration: str) -> dict[str, Any]:
    return {"tolerations": [toleration]}


POOL: Final = manifest(
    types.NODE_POOL,
    "pool",
    {"template": {"spec": {"taints": [{"key": "gpu", "effect": "NoExecute"}]}}},
)
MISSED: Final = ["does not run on gpu, whose taint is gpu=a"]


@pytest.mark.parametrize(
    ("pod", "group", "lines"),
    [
        ({}, nodes(), MISSED),
        ({}, POOL, ["does not run on pool, whose taint is gpu"]),
        (tolerates(operator="Exists", effect="NoExecute"), nodes(), MISSED),
        (tolerates(key="other", operator="Exists"), nodes(), MISSED),
        ({}, nodes(effect="PREFER_NO_SCHEDULE"), []),
        ({}, nodes(key="node.kubernetes.io/unschedulable"), []),
        (tolerates(operator="Exists"), nodes(), []),
        (tolerates(operator="Exists"), POOL, []),
        (tolerates(key="gpu", value="a", effect="NoSchedule"), nodes(), []),
        (tolerates(key="gpu", operator="Exists"), nodes(), []),
        # Who names one of the taints, or nodes, has chosen.
        (tolerates(key="gpu", value="b"), nodes(), []),
        ({"nodeSelector": {"gpu": "no"}}, nodes(), []),
        ({"affinity": {"nodeAffinity": {"x": []}}}, nodes(), []),
    ],
)
def test_an_agent_runs_where_it_is_needed(pod: Any, group: Any, lines: list[str]) -> None:
    assert said(REACH, daemon(pod), group) == lines


@pytest.mark.parametrize(
    ("pod", "is_heard"),
    [({}, True), ({"priorityClassName": "system-node-critical"}, False), ({"priority": 1}, False)],
)
def test_an_agent_finds_room(pod: Any, *, is_heard: bool) -> None:
    assert bool(said(ROOM, daemon(pod))) is is_heard


@pytest.mark.parametrize(
    ("strategy", "lines"),
    [
        (None, []),
        ({"type": "RollingUpdate"}, []),
        ({"rollingUpdate": {"maxUnavailable": "10%"}}, []),
        ({"rollingUpdate": {"maxUnavailable": 3}}, []),
        ({"type": "OnDelete"}, ["keeps its old pods after an update: updateStrategy is OnDelete"]),
        (
            {"rollingUpdate": {"maxUnavailable": "100%"}},
            ["ends its pods on all nodes at once: maxUnavailable is 100%"],
        ),
    ],
)
def test_agents_are_updated_one_after_the_other(strategy: Any, lines: list[str]) -> None:
    assert said(UPDATE, daemon(updateStrategy=strategy)) == lines
