"""The simulated cloud does what bites people when something is missing or goes first."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from played import BROUGHT, LAB, build, create_all, demolish, resources

from deployment.resource import Resource
from deployment.types import LOAD_BALANCER, LOG_GROUP, STORAGE_CLASS, VOLUME
from offline.cloud.cloud import Cloud, Thing
from offline.cloud.errors import CloudError
from offline.cloud.network import INTERFACE
from planning.weights import ACTIONS, USE_ANNOTATION, forward_action


def named(*parts: str) -> Callable[[Resource], bool]:
    """Returns whether a resource has one of these types and names, as ``Addon:vpc-cni``."""

    def chosen(resource: Resource) -> bool:
        return f"{resource.type.rsplit(':', maxsplit=1)[-1]}:{resource.name}" in parts

    return chosen


def without(stack: str, *parts: str) -> tuple[Cloud, dict[str, str]]:
    chosen = named(*parts)
    assert any(map(chosen, resources(stack))), f"nothing is called {parts}"
    return build(stack, without=chosen)


def things(cloud: Cloud, *parts: str) -> list[Thing]:
    by_name = {f"{thing.token.rsplit(':', maxsplit=1)[-1]}:{thing.name}": thing for thing in cloud}
    return [by_name[part] for part in parts]


@pytest.mark.parametrize("stack", ["dev", "prod", LAB])
def test_a_whole_stack_comes_up_and_goes_and_leaves_nothing(stack: str) -> None:
    cloud, failures = build(stack)
    assert failures == {}
    assert cloud.harms == []
    last_first = [cloud.things[r.type, r.id] for r in reversed(resources(stack))]
    for thing in last_first:
        if thing.inputs.get("deletionProtection"):
            thing.inputs = {**thing.inputs, "deletionProtection": False}
    assert demolish(cloud, last_first) == {}
    assert list(cloud) == []


@pytest.mark.parametrize(
    ("missing", "failure"),
    [
        ("Addon:vpc-cni", "cni plugin not initialized"),
        ("RolePolicyAttachment:vpc-cni-cni", "not authorized to perform ec2:DescribeInstances"),
        ("Route:network-private-ap-northeast-2a-nat", "no route from subnet-"),
        ("Route:network-public-internet", "no route from subnet-"),
        ("RouteTableAssociation:network-private-ap-northeast-2c", "no route from subnet-"),
        ("RolePolicyAttachment:nodes-worker", "no AmazonEKSWorkerNodePolicy"),
        ("RolePolicyAttachment:nodes-registry", "may not pull images"),
    ],
)
def test_nodes_join_only_with_network_plugin_images_and_rights(missing: str, failure: str) -> None:
    _, failures = without("dev", missing)
    assert failure in failures["nodes-default"]


def test_nodes_need_addresses() -> None:
    cloud, _ = build("dev", without=named("NodeGroup:nodes-default"))
    (subnet,) = things(cloud, "Subnet:network-private-ap-northeast-2a")
    subnet.inputs = {**subnet.inputs, "cidrBlock": "172.30.0.0/30"}
    group = next(r for r in resources("dev") if r.name == "nodes-default" and "NodeGroup" in r.type)
    failures = create(cloud, group)
    assert "InsufficientFreeAddresses" in failures


def create(cloud: Cloud, resource: Resource) -> str:
    """Creates one more resource and returns why it failed, or nothing."""
    failures = dict[str, str]()
    asyncio.run(create_all(cloud, [resource], failures))
    return failures.get(resource.name, "")


def test_core_dns_without_nodes_is_degraded() -> None:
    _, failures = without("dev", "NodeGroup:nodes-default")
    assert "DEGRADED" in failures["coredns"]
    assert "rolled back" in failures["load-balancer-controller"]


@pytest.mark.parametrize(
    "missing",
    [
        "Release:load-balancer-controller",
        "RolePolicyAttachment:load-balancer-controller-manage",
        "OpenIdConnectProvider:cluster-oidc",
        "Addon:coredns",
        "Service:sample-app",
    ],
)
def test_an_ingress_gets_a_load_balancer_only_by_a_controller_that_works(missing: str) -> None:
    cloud, failures = without("dev", missing)
    assert ".status.loadBalancer field was not updated" in failures["sample-app"]
    assert cloud.of(LOAD_BALANCER) == []


@pytest.mark.parametrize(
    "gone_first",
    [
        "Release:load-balancer-controller",
        "RolePolicyAttachment:load-balancer-controller-manage",
        "Addon:coredns",
        "Addon:kube-proxy",
        "Addon:vpc-cni",
        "NodeGroup:nodes-default",
        "Route:network-private-ap-northeast-2c-nat",
        "OpenIdConnectProvider:cluster-oidc",
    ],
)
def test_an_ingress_that_outlives_its_controller_leaves_its_load_balancer(gone_first: str) -> None:
    cloud, _ = build("dev")
    failures = demolish(cloud, [*things(cloud, gone_first), *things(cloud, "Ingress:sample-app")])
    assert "finalizer" in failures["sample-app"]
    (load_balancer,) = cloud.of(LOAD_BALANCER)
    assert [i for i in cloud.of(INTERFACE) if i.properties["owner"] == load_balancer.id]


def test_what_people_bring_comes_and_goes() -> None:
    """A name, a path and a boundary, access, an add-on with a role, and an NLB."""
    cloud, failures = build(BROUGHT)
    assert (failures, cloud.harms) == ({}, [])
    assert {thing.id for thing in cloud.of(LOAD_BALANCER)} == {"sample-app/sample-app", "tcp/tcp"}
    assert demolish(cloud, [*things(cloud, "Service:tcp")]) == {}
    assert [thing.id for thing in cloud.of(LOAD_BALANCER)] == ["sample-app/sample-app"]


def test_the_service_of_an_nlb_needs_the_controller_before_it_and_after_it() -> None:
    controller = "Release:load-balancer-controller"
    _, failures = without(BROUGHT, controller)
    assert "Service .status.loadBalancer field was not updated" in failures["tcp"]
    cloud, _ = build(BROUGHT)
    failures = demolish(cloud, [*things(cloud, controller), *things(cloud, "Service:tcp")])
    assert "finalizer service.k8s.aws/resources of Service tcp/tcp stays" in failures["tcp"]


def test_pods_that_come_before_their_load_balancer_have_no_readiness_gate() -> None:
    cloud, _ = build("dev", without=named("Ingress:sample-app"))
    ingress = next(r for r in resources("dev") if r.type.endswith(":Ingress"))
    create(cloud, ingress)
    assert cloud.harms == ["pods of sample-app/sample-app started without a readiness gate"]


def renamed(thing: Thing, name: str, **spec: Any) -> Thing:
    """Returns another object of its namespace, with parts of its spec exchanged."""
    metadata = {**thing.inputs["metadata"], "name": name}
    inputs = {**thing.inputs, "metadata": metadata, "spec": {**thing.inputs["spec"], **spec}}
    identifier = f"{metadata['namespace']}/{name}"
    return replace(thing, id=identifier, urn=f"{thing.urn}-new", inputs=inputs, properties=inputs)


def test_requests_go_only_to_versions_with_pods_and_stay_until_the_weights_move() -> None:
    cloud, _ = build("dev")
    ingress, service, stable = things(
        cloud, "Ingress:sample-app", "Service:sample-app", "Deployment:sample-app"
    )
    new = "sample-app-new"
    labels = {"app": new}
    template = {**stable.inputs["spec"]["template"], "metadata": {"labels": labels}}

    def weigh(**shares: int) -> list[str]:
        """Shares requests between the versions; returns what that harms."""
        weights = {key.replace("_", "-"): weight for key, weight in shares.items()}
        (rule,) = ingress.inputs["spec"]["rules"]
        (path,) = rule["http"]["paths"]
        backend = {"service": {"name": "split", "port": {"name": USE_ANNOTATION}}}
        metadata = {**ingress.inputs["metadata"]}
        metadata["annotations"] = {
            **metadata["annotations"],
            f"{ACTIONS}split": forward_action(weights, 80),
        }
        spec = {**ingress.inputs["spec"]}
        spec["rules"] = [{**rule, "http": {"paths": [{**path, "backend": backend}]}}]
        inputs = {**ingress.inputs, "metadata": metadata, "spec": spec}
        cloud.harms.clear()
        asyncio.run(cloud.update(replace(ingress, inputs=inputs)))
        return cloud.harms

    asyncio.run(cloud.create(renamed(service, new, selector=labels)))
    assert weigh(sample_app=90, sample_app_new=10) == [
        f"{new} has no pods yet for 10 % of the requests"
    ]
    candidate = renamed(stable, new, template=template)
    assert weigh(sample_app=100, sample_app_new=0) == [
        f"pods of {new} went before its 10 % of the requests"
    ]
    asyncio.run(cloud.create(candidate))
    for weight in (0, 50, 100):
        assert weigh(sample_app=100 - weight, sample_app_new=weight) == []
    assert weigh(sample_app=100) == [f"{new} lost its target group with 100 % of the requests"]
    weigh(sample_app=50, sample_app_new=50)
    asyncio.run(cloud.delete(candidate.token, candidate.id))
    assert weigh(sample_app=100) == [f"pods of {new} went before its 50 % of the requests"]


def test_a_volume_of_ebs_stays_when_its_driver_goes_first() -> None:
    cloud, _ = build(LAB)
    (volume,) = (one for one in cloud.of(VOLUME) if one.id.startswith("wordpress-mysql/"))
    database, driver = things(cloud, "StatefulSet:wordpress-mysql", "Addon:ebs-csi-driver")
    claim = next(thing for thing in cloud if thing.id == volume.id and thing is not volume)
    failures = demolish(cloud, [database, driver, claim])
    assert "no driver deletes it" in failures[claim.name]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"reclaimPolicy": "Delete"}, ""),
        ({"allowVolumeExpansion": False}, ""),
        (
            {"reclaimPolicy": "Retain"},
            "reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.",
        ),
        (
            {"volumeBindingMode": "Immediate"},
            'volumeBindingMode: Invalid value: "Immediate": field is immutable',
        ),
        (
            {"reclaimPolicy": "Retain", "volumeBindingMode": None},
            "[reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden., "
            'volumeBindingMode: Invalid value: "Immediate": field is immutable]',
        ),
    ],
)
def test_a_storage_class_keeps_its_reclaim_policy_and_its_binding_mode(
    change: dict[str, Any], refusal: str
) -> None:
    cloud, _ = build(LAB)
    (gp3,) = [found for found in cloud.of(STORAGE_CLASS) if found.id == "gp3"]
    before, after = gp3.inputs, {**gp3.inputs, **change}
    update = cloud.update(replace(gp3, inputs=after, properties={**gp3.properties, **change}))
    if not refusal:
        asyncio.run(update)
        assert gp3.inputs == after
        return
    with pytest.raises(CloudError) as refused:
        asyncio.run(update)
    assert str(refused.value) == f'StorageClass.storage.k8s.io "gp3" is invalid: {refusal}'
    assert gp3.inputs == before


def test_pods_on_a_file_server_that_is_gone_hang() -> None:
    cloud, _ = build(LAB)
    targets = things(cloud, "MountTarget:nfs-ap-northeast-2a", "MountTarget:nfs-ap-northeast-2c")
    failures = demolish(cloud, [*targets, *things(cloud, "Deployment:wordpress")])
    assert "hang in Terminating" in failures["wordpress"]


@pytest.mark.parametrize(
    "missing",
    ["Release:nfs", "MountTarget:nfs-ap-northeast-2c", "SecurityGroupIngressRule:nfs-nodes"],
)
def test_a_claim_binds_only_with_driver_and_server(missing: str) -> None:
    _, failures = without(LAB, missing)
    assert "is not bound" in failures["wordpress-wp-content"]


@pytest.mark.parametrize(
    ("missing", "failure"),
    [
        ("Addon:ebs-csi-driver", "waiting for a volume to be created"),
        ("RolePolicyAttachment:ebs-csi-driver-volumes", "not authorized: ec2:CreateVolume"),
        ("Addon:coredns", "names do not resolve"),
    ],
)
def test_a_pod_starts_only_where_its_own_volume_is_made(missing: str, failure: str) -> None:
    _, failures = without(LAB, missing)
    assert failure in failures["wordpress-mysql"]


def test_pods_that_ask_others_come_after_them() -> None:
    cloud, failures = without(LAB, "StatefulSet:wordpress-mysql")
    assert failures == {}
    started = "pods of wordpress/wordpress started before wordpress-mysql.wordpress-mysql.svc"
    assert f"{started}, which they ask" in cloud.harms


def test_eks_makes_the_log_group_that_it_does_not_find() -> None:
    cloud, failures = without("dev", "LogGroup:cluster-control-plane")
    assert failures == {}
    assert "/aws/eks/eks-platform-dev/cluster" in {group.id for group in cloud.of(LOG_GROUP)}


def test_a_cluster_does_not_go_while_it_has_nodes_or_is_protected() -> None:
    cloud, _ = build("dev")
    failures = demolish(cloud, things(cloud, "Cluster:cluster-eksCluster"))
    assert "nodegroups attached" in failures["cluster-eksCluster"]
    cloud, _ = build("prod")
    failures = demolish(cloud, things(cloud, "Cluster:cluster-eksCluster"))
    assert "deletion protection" in failures["cluster-eksCluster"]


def test_without_its_cluster_nothing_in_it_is_reached() -> None:
    cloud, _ = build("dev")
    group, cluster, ingress = things(
        cloud, "NodeGroup:nodes-default", "Cluster:cluster-eksCluster", "Ingress:sample-app"
    )
    failures = demolish(cloud, [group, cluster, ingress])
    assert "unreachable" in failures["sample-app"]
    assert cloud.of(LOAD_BALANCER)


def test_load_comes_after_the_pods_that_it_is_for() -> None:
    cloud, failures = without(LAB, "Deployment:api")
    assert failures == {}
    started = {
        f"pods of load/load-{part} started before those behind api/api, which they ask"
        for part in ("master", "workers")
    }
    assert started <= set(cloud.harms)
