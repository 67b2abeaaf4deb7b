"""Rules see the same thing in all its spellings, and ask whether what is there works."""

import json
from typing import Any

import pytest
from foreign import OF_POD, ZONE, container, manifest, resource, said, web

from deployment import types

SPREAD = "pods-spread-over-zones"
POLICY = "workloads-have-a-network-policy"
DRAIN = "deployments-survive-a-drain"
GAP = "rollouts-leave-no-gap"
STOP = "shutdown-numbers-agree"
SECRETS = "no-secrets-in-environment-variables"
ACCOUNT = "own-service-account"
HARDENED = "containers-hardened"
NO_ZONES = ["is not spread over zones"]
NONE_OF_THEM = [f"{NO_ZONES[0]}: its labelSelector selects none of these pods"]
OWN = {"matchLabels": OF_POD}
BY_EXPRESSION = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}


def _spread(**constraint: Any) -> dict[str, Any]:
    whole = {"topologyKey": ZONE, "whenUnsatisfiable": "DoNotSchedule", **constraint}
    return web({"topologySpreadConstraints": [whole]})


def _apart(kind: str, **term: Any) -> dict[str, Any]:
    return web({"affinity": {"podAntiAffinity": {kind: [{"topologyKey": ZONE, **term}]}}})


@pytest.mark.parametrize(
    ("deployment", "lines"),
    [
        (_spread(labelSelector=OWN), []),
        (_spread(labelSelector=BY_EXPRESSION), []),
        (_spread(labelSelector={}), []),
        (_spread(labelSelector=OWN, topologyKey="topology.k8s.aws/zone-id"), []),
        (_spread(labelSelector={"matchLabels": {"app": "other"}}), NONE_OF_THEM),
        (_spread(), NONE_OF_THEM),
        (_spread(labelSelector=OWN, topologyKey="kubernetes.io/hostname"), NO_ZONES),
        (_spread(labelSelector=OWN, whenUnsatisfiable="ScheduleAnyway"), NO_ZONES),
        (_apart("requiredDuringSchedulingIgnoredDuringExecution", labelSelector=OWN), []),
        (_apart("preferredDuringSchedulingIgnoredDuringExecution", weight=1), NO_ZONES),
        (
            web({"nodeSelector": {ZONE: "eu-west-1a"}}),
            [f"is kept in one zone by the nodeSelector {ZONE}"],
        ),
    ],
)
def test_a_spread_that_selects_nothing_is_none(deployment: Any, lines: list[str]) -> None:
    assert said(SPREAD, deployment) == lines


def _policy(**spec: Any) -> dict[str, Any]:
    return manifest(types.NETWORK_POLICY, "rules", {"podSelector": OWN, **spec})


@pytest.mark.parametrize(
    ("others", "lines"),
    [
        ([_policy()], []),
        ([_policy(podSelector=BY_EXPRESSION)], []),
        ([_policy(podSelector={})], []),
        ([_policy(ingress=[{"ports": [{"port": 80}]}])], []),
        ([_policy(ingress=[{}])], ["is reached by everybody, whom rules lets in"]),
        ([_policy(policyTypes=["Egress"])], ["is reached by everybody, whom rules lets in"]),
        (
            [_policy(podSelector={"matchLabels": {"app": "x"}})],
            ["is selected by no network policy"],
        ),
        (
            [manifest("kubernetes:cilium.io/v2:CiliumNetworkPolicy", "mine", {})],
            ["? mine is a CiliumNetworkPolicy of another network, which may select it"],
        ),
    ],
)
def test_a_network_policy_that_lets_everybody_in_is_none(others: Any, lines: list[str]) -> None:
    assert said(POLICY, web(), *others) == lines
    assert said(POLICY, web({"hostNetwork": True}), *others) == []


def _cni(mode: str) -> dict[str, Any]:
    values = json.dumps({"env": {"NETWORK_POLICY_ENFORCING_MODE": mode}})
    return resource(types.ADDON, "cni", {"addonName": "vpc-cni", "configurationValues": values})


@pytest.mark.parametrize(
    ("others", "lines"),
    [
        ([], []),
        ([_policy(policyTypes=["Egress"])], []),
        ([_policy(ingress=[{}])], ["is reached by everybody, whom rules lets in"]),
    ],
)
def test_where_nobody_is_let_in_by_default_no_policy_is_needed(
    others: Any, lines: list[str]
) -> None:
    assert said(POLICY, web(), _cni("strict"), *others) == lines
    assert said(POLICY, web(), _cni("standard"), *others) != []


def _budget(token: str = types.DISRUPTION_BUDGET, **spec: Any) -> dict[str, Any]:
    return manifest(token, "keep", {"selector": OWN, **spec})


ALL_GO = ["has the disruption budget keep, which lets all pods go at once"]
NONE_GOES = ["has the disruption budget keep, which lets no pod go and no node end"]
NO_BUDGET = ["has no disruption budget"]


@pytest.mark.parametrize(
    ("budget", "lines"),
    [
        (_budget(maxUnavailable=1), []),
        (_budget("kubernetes:policy/v1beta1:PodDisruptionBudget", maxUnavailable=1), []),
        (_budget(minAvailable="50%"), []),
        (_budget(maxUnavailable=1, selector=BY_EXPRESSION), []),
        (_budget(minAvailable=0), ALL_GO),
        (_budget(maxUnavailable="100%"), ALL_GO),
        (_budget(maxUnavailable="0%"), NONE_GOES),
        (_budget(minAvailable="100%"), NONE_GOES),
        (_budget(minAvailable=4), NONE_GOES),
        (_budget(maxUnavailable=1, selector=None), NO_BUDGET),
        (_budget(maxUnavailable=1, selector={"matchLabels": {"app": "x"}}), NO_BUDGET),
    ],
)
def test_a_budget_that_protects_nothing_is_none(budget: Any, lines: list[str]) -> None:
    assert said(DRAIN, web(replicas=4), budget) == lines


@pytest.mark.parametrize(
    ("target", "lines"),
    [
        ({"kind": "Deployment", "name": "web"}, ["may have 1 replica"]),
        ({"kind": "StatefulSet", "name": "web"}, []),
        ({"kind": "Deployment", "name": "gone"}, []),
    ],
)
def test_an_autoscaler_of_others_says_nothing(target: Any, lines: list[str]) -> None:
    scaler = manifest(types.AUTOSCALER, "scale", {"scaleTargetRef": target, "minReplicas": 1})
    assert said(DRAIN, web(replicas=3), _budget(maxUnavailable=1), scaler) == lines


SERVICE = manifest(types.SERVICE, "web", {"selector": OF_POD})
FIRST = ["takes pods away before new ones are there"]


@pytest.mark.parametrize(
    ("strategy", "lines"),
    [
        ({"rollingUpdate": {"maxUnavailable": 0}}, []),
        ({"rollingUpdate": {"maxUnavailable": "0%"}}, []),
        ({"rollingUpdate": {"maxUnavailable": "10%"}}, []),
        ({}, FIRST),
        ({"rollingUpdate": {"maxUnavailable": "50%"}}, FIRST),
        ({"rollingUpdate": {"maxUnavailable": "0%", "maxSurge": 0}}, FIRST),
        ({"type": "Recreate"}, FIRST),
    ],
)
def test_what_goes_first_counts_in_pods(strategy: Any, lines: list[str]) -> None:
    assert said(GAP, web(replicas=4, strategy=strategy), SERVICE) == lines
    # What nobody sends to drops nothing; a Service without a selector sends elsewhere.
    assert said(GAP, web(replicas=4, strategy=strategy)) == []
    outside = manifest(types.SERVICE, "other", {})
    assert said(GAP, web(replicas=4, strategy=strategy), outside) == []


UNCLEAR = ["? lifecycle.preStop does not say how long it takes"]
KILLED = [
    "web sleeps 30 s before it stops, and is killed after 30 s (terminationGracePeriodSeconds)"
]


def _command(*words: str) -> dict[str, Any]:
    return {"exec": {"command": list(words)}}


@pytest.mark.parametrize(
    ("hook", "lines"),
    [
        ({"sleep": {"seconds": 30}}, KILLED),
        (_command("sleep", "30"), KILLED),
        (_command("/bin/sleep", "0.5m"), KILLED),
        (_command("/bin/sh", "-c", "sleep 30"), KILLED),
        (_command("sh", "-c", "sleep 30 && nginx -s quit"), KILLED),
        (_command("/bin/bash", "-ec", "echo bye; sleep 10; sleep 20"), KILLED),
        (_command("sh", "-c", "sleep 29; nginx -s quit"), []),
        (_command("sh", "-c", "while true; do sleep 1; done"), UNCLEAR),
        (_command("sh", "-c", "sleep $SECONDS_TO_WAIT"), UNCLEAR),
        (_command("/drain.sh"), UNCLEAR),
        ({"httpGet": {"path": "/stop"}}, UNCLEAR),
        ({}, []),
    ],
)
@pytest.mark.parametrize("token", [types.DEPLOYMENT, types.STATEFUL_SET, types.DAEMON_SET])
def test_a_hook_that_takes_the_grace_period_is_seen(
    token: str, hook: Any, lines: list[str]
) -> None:
    spec = {"template": {"spec": container(lifecycle={"preStop": hook})}}
    assert said(STOP, manifest(token, "web", spec)) == lines


@pytest.mark.parametrize(
    ("name", "value", "is_secret"),
    [
        ("DB_PASSWORD", "hunter2", True),
        ("PGPASSWORD", "hunter2", True),
        ("dbPassword", "hunter2", True),
        ("spring.datasource.password", "hunter2", True),
        ("GITHUB_TOKEN", "ghp_x", True),
        ("AWS_SECRET_ACCESS_KEY", "x", True),
        ("API_KEY_1", "x", True),
        ("TLS_PRIVATE_KEY", "x", True),
        ("DATABASE_URL", "postgres://shop:hunter2@db/shop", True),
        ("CERTIFICATE", "-----BEGIN RSA PRIVATE KEY-----", True),
        ("DB_PASSWORD_FILE", "hunter2", True),
        ("DB_PASSWORD_FILE", "/run/secrets/db", False),
        ("MAX_TOKEN_COUNT", "4096", False),
        ("MAX_TOKENS", "4096", False),
        ("TOKENIZERS_PARALLELISM", "false", False),
        ("PASSWORD_MIN_LENGTH", "12", False),
        ("TOKEN_URL", "https://id.example.com/token", False),
        ("SECRET_NAME", "shop", False),
        ("AWS_ACCESS_KEY_ID", "AKIA", False),
        ("MYSQL_ALLOW_EMPTY_PASSWORD", "yes", False),
        ("REFRESH_TOKEN", "3600", False),
        ("DB_PASSWORD", "$(FROM_ELSEWHERE)", False),
        ("DATABASE_URL", "postgres://shop:$(DB_PASSWORD)@db/shop", False),
        ("DATABASE_URL", "postgres://db/shop", False),
        ("KEYCLOAK_URL", "https://id.example.com:8443/realms@x", False),
        ("PWD", "/srv", False),
        ("DB_SECRET", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x", False),
    ],
)
def test_a_variable_is_a_secret_by_what_it_holds(
    name: str,
    value: str,
    is_secret: bool,  # noqa: FBT001
) -> None:
    found = said(SECRETS, web(container(env=[{"name": name, "value": value}])))
    assert bool(found) == is_secret, found


def _account(**said_: Any) -> dict[str, Any]:
    metadata = {"name": "web", "namespace": "shop"}
    return resource(types.SERVICE_ACCOUNT, "web", {"metadata": metadata, **said_})


def _binding(name: str) -> dict[str, Any]:
    subjects = [{"kind": "ServiceAccount", "name": name, "namespace": "shop"}]
    return resource(types.ROLE_BINDING, "bound", {"subjects": subjects})


TOKEN = ["carries a token of its service account"]


@pytest.mark.parametrize(
    ("spec", "others", "lines"),
    [
        ({"serviceAccountName": "web"}, [_account(automountServiceAccountToken=False)], []),
        ({"serviceAccount": "web"}, [_account(automountServiceAccountToken=False)], []),
        ({"serviceAccountName": "web"}, [_account()], TOKEN),
        ({"serviceAccountName": "web"}, [_account(), _binding("web")], []),
        ({"serviceAccountName": "web"}, [_account(), _binding("other")], TOKEN),
        (
            {"serviceAccountName": "web", "automountServiceAccountToken": True},
            [_account(automountServiceAccountToken=False)],
            TOKEN,
        ),
        ({"serviceAccountName": "web"}, [], ["? its service account is not part of the stack"]),
        ({}, [], ["runs as the default service account", *TOKEN]),
    ],
)
def test_a_token_is_the_pod_s_or_the_account_s(spec: Any, others: Any, lines: list[str]) -> None:
    assert said(ACCOUNT, web(spec), *others) == lines


SOUND = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
ROOT = ["web may run as root"]


@pytest.mark.parametrize(
    ("of_pod", "of_container", "lines"),
    [
        ({}, {"runAsNonRoot": True}, []),
        ({}, {"runAsUser": 1000}, []),
        ({"runAsUser": 1000}, {}, []),
        ({"runAsUser": 0}, {"runAsUser": 1000}, []),
        ({"runAsUser": 1000}, {"runAsUser": 0}, ROOT),
        ({"runAsNonRoot": True}, {"runAsNonRoot": False}, ROOT),
        ({}, {"capabilities": {"drop": ["all"]}, "runAsUser": 1}, []),
        ({}, {}, ROOT),
    ],
)
def test_a_container_s_context_counts_more_than_its_pod_s(
    of_pod: Any, of_container: Any, lines: list[str]
) -> None:
    spec = container(securityContext={**SOUND, **of_container})
    assert said(HARDENED, web({**spec, "securityContext": of_pod})) == lines


@pytest.mark.parametrize(
    "windows", [{"os": {"name": "windows"}}, {"nodeSelector": {"kubernetes.io/os": "windows"}}]
)
def test_what_has_no_meaning_on_windows_is_not_asked_for(windows: Any) -> None:
    assert said(HARDENED, web({**container(), **windows})) == []


@pytest.mark.parametrize(
    ("image", "lines"),
    [
        ("nginx:1.29", []),
        (f"nginx@sha256:{'0' * 64}", []),
        (f"nginx@sha512:{'0' * 128}", []),
        ("registry.example.com:5000/nginx", ["web runs registry.example.com:5000/nginx"]),
        ("nginx:stable", ["web runs nginx:stable"]),
        ("nginx:latest", ["web runs nginx:latest"]),
    ],
)
def test_a_tag_without_a_number_is_no_version(image: str, lines: list[str]) -> None:
    assert said("images-pinned", web(container(image=image))) == lines


def test_a_list_is_its_items_and_an_older_version_the_same_kind() -> None:
    pods = [
        {"metadata": {"name": name}, "spec": container(image=image)}
        for name, image in (("one", "nginx:1.29"), ("two", "nginx"))
    ]
    listed = resource("kubernetes:core/v1:PodList", "pods", {"items": pods})
    assert said("images-pinned", listed) == ["web runs nginx"]
    older = {**web(container(image="nginx")), "type": "kubernetes:extensions/v1beta1:Deployment"}
    assert said("images-pinned", older) == ["web runs nginx"]
    broken = resource("kubernetes:core/v1:PodList", "pods", {"items": 5})
    assert said("images-pinned", broken) == [
        "? is of the type kubernetes:core/v1:PodList, which no rule reads"
    ]


@pytest.mark.parametrize(
    ("subjects", "lines"),
    [
        ([{"kind": "ServiceAccount", "name": "robot"}], ["binds cluster-admin to robot"]),
        (
            [{"kind": "Group", "name": "system:authenticated"}],
            ["binds cluster-admin to system:authenticated"],
        ),
        ([{"kind": "Group", "name": "platform"}], []),
        ([], []),
    ],
)
def test_people_may_be_administrators(subjects: Any, lines: list[str]) -> None:
    bound = {"roleRef": {"name": "cluster-admin"}, "subjects": subjects}
    binding = resource(types.CLUSTER_ROLE_BINDING, "admins", bound)
    assert said("no-cluster-admin-bindings", binding) == lines


SCALED = {"scaleTargetRef": {"name": "web"}}


@pytest.mark.parametrize(
    ("spec", "lines"),
    [
        ({**SCALED, "minReplicaCount": 2}, []),
        ({**SCALED, "minReplicaCount": 1}, ["may have 1 replica"]),
        (SCALED, ["may have 0 replicas"]),
        ({**SCALED, "minReplicaCount": 2, "idleReplicaCount": 0}, ["may have 0 replicas"]),
        # It scales something else, and the Deployment's own number counts.
        ({"scaleTargetRef": {"name": "web", "kind": "StatefulSet"}}, ["may have 1 replica"]),
    ],
)
def test_an_autoscaler_of_keda_is_one(spec: Any, lines: list[str]) -> None:
    scaler = manifest(types.SCALED_OBJECT, "scale", spec)
    assert said(DRAIN, web(), scaler, _budget(maxUnavailable=1)) == lines


@pytest.mark.parametrize(
    ("subject", "is_used"),
    [
        ({"kind": "ServiceAccount", "name": "own"}, True),
        ({"kind": "ServiceAccount", "name": "own", "namespace": "shop"}, True),
        ({"kind": "ServiceAccount", "name": "own", "namespace": "other"}, False),
        ({"kind": "User", "name": "system:serviceaccount:shop:own"}, True),
        ({"kind": "Group", "name": "system:serviceaccounts:shop"}, True),
        ({"kind": "Group", "name": "system:serviceaccounts"}, True),
        ({"kind": "Group", "name": "system:serviceaccounts:other"}, False),
    ],
)
def test_a_token_is_used_however_its_account_is_bound(
    subject: dict[str, str],
    is_used: bool,  # noqa: FBT001
) -> None:
    account = manifest(types.SERVICE_ACCOUNT, "own", {})
    binding = resource(
        types.ROLE_BINDING,
        "binding",
        {"metadata": {"name": "b", "namespace": "shop"}, "subjects": [subject]},
    )
    pods = web({"serviceAccountName": "own"})
    lines = [] if is_used else ["carries a token of its service account"]
    assert said(ACCOUNT, pods, account, binding) == lines


PROBES = "probes"


@pytest.mark.parametrize(
    ("token", "spec", "has_probes"),
    [
        ("kubernetes:argoproj.io/v1alpha1:Rollout", {}, True),
        ("kubernetes:serving.knative.dev/v1:Service", {}, True),
        ("kubernetes:core/v1:ReplicationController", {}, True),
        ("kubernetes:batch.example.org/v1:Run", {"restartPolicy": "Never"}, False),
    ],
)
def test_pods_of_kinds_that_no_rule_knows_are_judged(
    token: str,
    spec: Any,
    has_probes: bool,  # noqa: FBT001
) -> None:
    pods = {"template": {"spec": {**container(image="web"), **spec}}}
    made = manifest(token, "web", pods)
    assert said("images-pinned", made) == ["web runs web"]
    assert bool(said(PROBES, made)) == has_probes


def test_a_patch_and_a_kind_without_containers_make_no_pods() -> None:
    pods = {"template": {"spec": container(image="web")}}
    assert said("images-pinned", manifest("kubernetes:apps/v1:DaemonSetPatch", "web", pods)) == []
    pool = {"template": {"spec": {"nodeClassRef": {"name": "default"}}}}
    assert said("images-pinned", manifest("kubernetes:karpenter.sh/v1:NodePool", "x", pool)) == []
