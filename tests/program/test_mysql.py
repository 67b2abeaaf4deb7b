"""MySQL by its operator, as the program makes it, and what becomes of it in the simulated cloud."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import pytest
from graph_model import Graph
from platforms import broken_rules
from played import LAB, build, demolish, resources
from programs import run_platform, section

from deployment import types
from deployment.consequences import lost_data
from deployment.resource import Resource
from offline.providers.kubernetes import KubernetesProvider
from policy.documents import allowing

NAMESPACES: Final = ("mysql", "mysql-operator")
CLUSTER_DNS: Final = {"matchLabels": {"k8s-app": "kube-dns"}}
MYSQL: Final[Mapping[str, Any]] = section("mysql", LAB)
# The lab's has a server of its own.
WORDPRESS: Final = {**section("wordpress", LAB), "database": "mysql"}


@cache
def export(**changes: str) -> dict[str, Any]:
    """Returns the lab's export with other keys of the section, each in JSON."""
    given = {key: json.loads(text) for key, text in changes.items()}
    return run_platform({"mysql": {**MYSQL, **given}, "wordpress": WORDPRESS}, LAB)


def graph(**changes: Any) -> Graph:
    return Graph(export(**{key: json.dumps(value) for key, value in changes.items()}))


def named(found: Graph, token: str, name: str) -> Resource:
    (one,) = (resource for resource in found.of(token) if resource.name == name)
    return one


def spec(found: Graph) -> dict[str, Any]:
    return dict(found.one(types.INNODB_CLUSTER).inputs["spec"])


def test_servers_are_on_nodes_of_their_own_over_zones_with_volumes_of_their_own() -> None:
    found = graph()
    wanted = spec(found)

    assert (wanted["instances"], wanted["router"]["instances"]) == (3, 2)
    pod = wanted["podSpec"]
    (zones,) = pod["topologySpreadConstraints"]
    assert (zones["topologyKey"], zones["whenUnsatisfiable"]) == (
        "topology.kubernetes.io/zone", "DoNotSchedule"
    )  # fmt: skip
    (alone,) = pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert alone["topologyKey"] == "kubernetes.io/hostname"
    storage = named(found, types.STORAGE_CLASS, "mysql").inputs
    assert wanted["datadirVolumeClaimTemplate"]["storageClassName"] == "mysql"
    assert storage["provisioner"] == "ebs.csi.aws.com"
    assert storage["parameters"]["encrypted"] == "true"
    # Half of 2 GiB.
    assert "innodb_buffer_pool_size=1024M" in wanted["mycnf"]


def test_the_operator_is_of_the_pinned_images_and_of_their_copies() -> None:
    copies = {"container-registry.oracle.com": "copies.example.com/oracle"}
    found = Graph(run_platform({"imageMirrors": copies, "wordpress": WORDPRESS}, LAB))

    values = found.release("mysql-operator").inputs["values"]
    assert values["image"] == {"registry": "copies.example.com", "repository": "oracle/mysql"}
    assert spec(found)["imageRepository"] == "copies.example.com/oracle/mysql"
    job = named(found, types.JOB, "wordpress-database").inputs["spec"]["template"]["spec"]
    image = job["containers"][0]["image"]
    assert image == "copies.example.com/oracle/mysql/community-operator:9.7.0-2.2.8"


def test_each_pod_may_ask_cluster_dns_and_speaks_with_nobody_unnamed() -> None:
    found = graph()
    policies = [p.inputs for p in found.of(types.NETWORK_POLICY)]
    own = [p for p in policies if p["metadata"]["namespace"] in NAMESPACES]
    isolated = [p for p in own if not (p["spec"].get("podSelector") or {}).get("matchLabels")]

    assert {p["metadata"]["namespace"] for p in isolated} == set(NAMESPACES)
    assert not any(p["spec"].get("ingress") or p["spec"].get("egress") for p in isolated)
    leading_out = [p["spec"] for p in own if p["spec"].get("egress")]
    assert len(leading_out) == 5
    for one in leading_out:
        (dns,) = [
            rule
            for rule in one["egress"]
            if any(to.get("podSelector") == CLUSTER_DNS for to in rule["to"])
        ]
        assert {(port["port"], port["protocol"]) for port in dns["ports"]} == {
            (53, "UDP"), (53, "TCP")
        }  # fmt: skip
    # Nothing is open to everybody; one way leads to AWS's services.
    assert all(rule.get("from") for p in own for rule in p["spec"].get("ingress") or [])
    anywhere = [p for p in own if "0.0.0.0/0" in json.dumps(p["spec"].get("egress") or [])]
    assert [p["metadata"]["name"] for p in anywhere] == ["mysql-dumps"]


def test_an_application_gets_a_database_and_the_way_to_it() -> None:
    found = graph()
    job = named(found, types.JOB, "wordpress-database").inputs["spec"]["template"]["spec"]
    environment = {one["name"]: one["value"] for one in job["containers"][0]["env"]}
    assert (environment["ACCOUNT"], environment["DATABASE"]) == ("wordpress", "wordpress")
    # Root's password and the account's are files; no variable has one.
    assert not {"PASSWORD", "ROOT_PASSWORD", "MYSQL_PASSWORD"} & environment.keys()

    way = named(found, types.NETWORK_POLICY, "wordpress-database").inputs["spec"]
    assert way["podSelector"]["matchLabels"]["component"] == "mysqlrouter"
    (rule,) = way["ingress"]
    assert rule["ports"] == [{"port": 6446, "protocol": "TCP"}]
    assert rule["from"][0]["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "wordpress"
    }
    web = named(found, types.DEPLOYMENT, "wordpress").inputs["spec"]["template"]["spec"]
    given = {one["name"]: one["value"] for one in web["containers"][0]["env"]}
    assert given["WORDPRESS_DB_HOST"] == "mysql.mysql.svc"
    assert "MYSQLI_CLIENT_SSL" in given["WORDPRESS_CONFIG_EXTRA"]
    assert not [s for s in found.of(types.STATEFUL_SET) if s.name == "wordpress-mysql"]


def test_the_bucket_is_private_versioned_and_forgets() -> None:
    found = graph(backup={"retentionDays": 14})
    block = found.one(types.BUCKET_PUBLIC_ACCESS).inputs
    assert all(block[key] for key in (
        "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"
    ))  # fmt: skip
    versioning = found.one(types.BUCKET_VERSIONING).inputs["versioningConfiguration"]
    assert versioning == {"status": "Enabled"}
    (rule,) = found.one(types.BUCKET_LIFECYCLE).inputs["rules"]
    assert rule["expiration"] == {"days": 14}
    (denied,) = json.loads(found.one(types.BUCKET_POLICY).inputs["policy"])["Statement"]
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_dumps_role_reaches_its_bucket_alone_and_deletes_no_version() -> None:
    found = graph()
    role = named(found, types.ROLE, "mysql-dumps").inputs
    assert '"system:serviceaccount:mysql:mysql-dumps"' in role["assumeRolePolicy"]
    assert role["maxSessionDuration"] == 6 * 3600
    arn = found.one(types.BUCKET).outputs["arn"]
    policy = named(found, types.POLICY, "mysql-dumps")
    for statement in allowing(policy.inputs, "policy"):
        assert all(one.startswith(arn) for one in statement.resources)
        assert not any("Version" in action or "*" in action for action in statement.actions)
    cron = {one.name: one.inputs["spec"] for one in found.of(types.CRON_JOB)}
    assert cron["mysql-dumps-backup"]["schedule"] == "0 2 * * *"
    assert cron["mysql-dumps-restore"]["suspend"] is True


@pytest.mark.parametrize("keep", [True, False])
def test_what_a_destroy_leaves_is_decided(*, keep: bool) -> None:
    backup = {"onDestroy": "keep" if keep else "delete"}
    policy = "Retain" if keep else "Delete"
    found = graph(deletionProtection=keep, backup=backup, reclaimPolicy=policy)

    buckets = [r for r in found if r.type.startswith("aws:s3/")]
    assert len(buckets) == 6
    assert {r.retain_on_delete for r in buckets} == {keep}
    assert found.one(types.BUCKET).inputs.get("forceDestroy") is not keep
    protected = {(r.type, r.name) for r in found if r.protect}
    servers = {(types.NAMESPACE, "mysql"), (types.INNODB_CLUSTER, "mysql")}
    assert protected == (servers if keep else set())
    lost = lost_data(named(found, types.NAMESPACE, "mysql"), found)
    assert lost == ("" if keep else "all databases of InnoDBCluster mysql")


def test_certificates_of_others_are_used_by_servers_and_routers() -> None:
    found = graph(tls={"secret": "a", "caSecret": "b", "routerSecret": "c"})
    wanted = spec(found)

    assert (wanted["tlsSecretName"], wanted["tlsCASecretName"]) == ("a", "b")
    assert wanted["router"]["tlsSecretName"] == "c"
    assert "tlsUseSelfSigned" not in wanted
    assert spec(graph())["tlsUseSelfSigned"] is True


def test_no_rule_objects_to_what_a_production_stack_sets() -> None:
    tls = {"secret": "a", "caSecret": "b", "routerSecret": "c"}
    backup = {"onDestroy": "keep"}
    data = export(tls=json.dumps(tls), backup=json.dumps(backup), deletionProtection="true")
    assert [found for found in broken_rules(data) if "mysql" in found] == []


@pytest.mark.parametrize("name", ["mysql-root", "mysql-dumps-reader"])
def test_passwords_are_secret(name: str) -> None:
    found = {r.name: r for r in resources(LAB) if r.type == types.SECRET}

    assert found[name].inputs["stringData"].contains_secret()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda it: it["spec"].update(replicas=3), "spec"),
        (lambda it: it["spec"].update(instances=10), "spec.instances"),
        (lambda it: it["spec"].update(version="latest"), "spec.version"),
        (lambda it: it["spec"].pop("secretName"), "spec"),
        (lambda it: it["spec"]["router"].update(replicas=2), "spec.router"),
        (lambda it: it["spec"]["podSpec"].update(nodeName="a"), "spec.podSpec"),
    ],
)
def test_what_its_definition_does_not_take_is_refused(
    change: Callable[[Any], object], place: str
) -> None:
    inputs = json.loads(json.dumps(graph().one(types.INNODB_CLUSTER).inputs))
    provider = KubernetesProvider("1.36")
    assert list(provider.failures(types.INNODB_CLUSTER, inputs)) == []

    change(inputs)

    assert [found for found, _ in provider.failures(types.INNODB_CLUSTER, inputs)] == [place]


def test_too_few_nodes_are_refused_with_the_plan() -> None:
    groups = section("nodeGroups", LAB)
    two = {**groups["default"], "minSize": 2, "desiredSize": 2, "instanceTypes": ["m6i.4xlarge"]}
    with pytest.raises(Exception, match=r"mysql.*: 3 of them, .*, one on each"):
        run_platform({"nodeGroups": {**groups, "default": two}}, LAB)


def test_servers_come_after_what_they_need_and_what_needs_them_after() -> None:
    found = graph()
    (servers,) = found.of(types.INNODB_CLUSTER)
    ways = [
        one
        for one in found.of(types.NETWORK_POLICY)
        if one.name in {"mysql-servers", "mysql-routers", "mysql-operator"}
    ]
    web = named(found, types.DEPLOYMENT, "wordpress")
    job = named(found, types.JOB, "wordpress-database")
    assert list(found.missing_waits([servers], [found.release("mysql-operator"), *ways])) == []
    assert list(found.missing_waits([job], [servers])) == []
    assert list(found.missing_waits([web], [job])) == []


def without(*parts: str) -> dict[str, str]:
    """Returns what fails when the lab comes up without some resources, by type and name."""

    def chosen(resource: Resource) -> bool:
        return f"{resource.type.rsplit(':', maxsplit=1)[-1]}:{resource.name}" in parts

    assert any(map(chosen, resources(LAB))), f"nothing is called {parts}"
    return build(LAB, without=chosen)[1]


@pytest.mark.parametrize(
    ("missing", "failure"),
    [
        ("Release:mysql-operator", 'no matches for kind "InnoDBCluster"'),
        ("NetworkPolicy:mysql-servers", "ask cluster DNS"),
        ("NetworkPolicy:mysql-routers", "ask cluster DNS"),
        ("NetworkPolicy:mysql-operator", "ask cluster DNS"),
        ("StorageClass:mysql", "no StorageClass"),
        ("Secret:mysql-root", 'secret "mysql-root" not found'),
    ],
)
def test_servers_do_not_come_up_without(missing: str, failure: str) -> None:
    failures = without(missing)

    assert any(failure in text for text in failures.values()), failures


def test_a_job_that_cannot_ask_dns_makes_no_account() -> None:
    assert any("ask cluster DNS" in text for text in without("NetworkPolicy:mysql-tasks").values())


@pytest.mark.parametrize("first", ["Release:mysql-operator", "NetworkPolicy:mysql-operator"])
def test_servers_hang_when_what_ends_them_goes_first(first: str) -> None:
    cloud, _ = build(LAB)
    named_ = {f"{t.token.rsplit(':', maxsplit=1)[-1]}:{t.name}": t for t in cloud}

    failures = demolish(cloud, [named_[first], named_["InnoDBCluster:mysql"]])

    assert any("finalizer of its servers" in text for text in failures.values()), failures
