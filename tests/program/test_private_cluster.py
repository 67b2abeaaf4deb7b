"""A cluster whose nodes have no way to the internet."""

from collections.abc import Iterable
from typing import Any, Final

import pulumi
import pytest
from graph_model import Graph
from network_parts import subnets_by_role
from platforms import broken_rules
from programs import run_of_platform, run_platform, section

from components.network.https import HTTPS_PORT
from deployment.types import (
    CLUSTER,
    INGRESS_RULE,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    NODE_GROUP,
    RELEASE,
    ROUTE,
    VPC_ENDPOINT,
)
from planning.images import AS_NAMED, Images, registry_fault, registry_of

ECR: Final = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com"
MIRRORS: Final = {"docker.io": f"{ECR}/docker-hub", "registry.k8s.io": f"{ECR}/kubernetes"}
PRIVATE: Final[dict[str, Any]] = {
    "network": {**section("network"), "nat": "none"},
    "sampleApp": {**section("sampleApp"), "scheme": "internal"},
    "imageMirrors": MIRRORS,
}


def refused(changes: dict[str, Any]) -> list[str]:
    with pytest.raises(pulumi.RunError) as error:
        run_platform({**PRIVATE, **changes})
    return str(error.value).splitlines()[1:]


@pytest.fixture(scope="module")
def export() -> dict[str, Any]:
    return run_platform({**PRIVATE, "wordpress": {}, "nfs": {"backend": "in-cluster"}})


@pytest.fixture(scope="module")
def private(export: dict[str, Any]) -> Graph:
    return Graph(export)


def test_nothing_leads_to_the_internet_or_from_it(export: dict[str, Any], private: Graph) -> None:
    assert broken_rules(export) == []
    for kind in (INTERNET_GATEWAY, NAT_GATEWAY, ROUTE):
        assert private.of(kind) == []
    roles = subnets_by_role(private)
    assert {role: len(subnets) for role, subnets in roles.items()} == {
        "public": 0,
        "private": 2,
        "control-plane": 2,
    }


def test_every_service_that_nodes_and_controllers_call_has_an_endpoint(private: Graph) -> None:
    endpoints = private.of(VPC_ENDPOINT)
    services = {one.inputs["serviceName"].partition("ap-northeast-2.")[2] for one in endpoints}
    assert services == {
        *("ec2", "ecr.api", "ecr.dkr", "elasticloadbalancing", "s3", "ssm", "ssmmessages", "sts")
    }
    for endpoint in endpoints:
        if endpoint.inputs["vpcEndpointType"] == "Interface":
            assert endpoint.inputs["privateDnsEnabled"]
            assert len(endpoint.inputs["subnetIds"]) == 2


def test_nodes_wait_for_the_endpoints_and_what_admits_them(private: Graph) -> None:
    admitted = [rule for rule in private.of(INGRESS_RULE) if rule.inputs["fromPort"] == HTTPS_PORT]
    nodes, ways = private.of(NODE_GROUP), [*private.of(VPC_ENDPOINT), *admitted]

    assert list(private.missing_waits(nodes, ways)) == []


def images_of(export: dict[str, Any]) -> Iterable[str]:
    """Yields the images of all pods that the program makes, and those that it names to charts."""

    def strings(value: Any, key: str = "") -> Iterable[str]:
        if isinstance(value, dict):
            for name, entry in value.items():
                yield from strings(entry, name)
        elif isinstance(value, list):
            for entry in value:
                yield from strings(entry, key)
        elif key in {"image", "repository", "baseRepo"} and value:
            yield str(value)

    for resource in export["deployment"]["resources"]:
        if resource["type"].startswith("kubernetes:"):
            inputs = resource["inputs"]
            yield from strings(inputs.get("values", inputs.get("spec", {})))


def test_every_image_comes_from_a_registry_with_an_endpoint(export: dict[str, Any]) -> None:
    images = set(images_of(export))

    assert {registry_of(f"{image}/x") for image in images} == {
        ECR,
        "602401143452.dkr.ecr.ap-northeast-2.amazonaws.com",
    }
    assert f"{ECR}/docker-hub/library/nginx:1.30.5" in images
    assert f"{ECR}/kubernetes/sig-storage/nfsplugin" in images


def test_the_load_balancer_controller_asks_for_nothing_on_the_internet(private: Graph) -> None:
    (values,) = (
        release.inputs["values"]
        for release in private.of(RELEASE)
        if release.inputs["chart"] == "aws-load-balancer-controller"
    )
    assert [values[key] for key in ("enableShield", "enableWaf", "enableWafv2")] == [False] * 3


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"imageMirrors": {"registry.k8s.io": MIRRORS["registry.k8s.io"]}},
            "sampleApp.image", "do not reach docker.io, which is on the internet, for nginx:1."),
        ({"imageMirrors": {"docker.io": MIRRORS["docker.io"]}},
            "nfs", "say in imageMirrors.registry.k8s.io where copies are"),
        ({"sampleApp": None, "wordpress": {"scheme": "internal"},
            "imageMirrors": {"registry.k8s.io": MIRRORS["registry.k8s.io"]}},
            "wordpress", "for mysql:8.4.7"),
        ({"apps": {"shop": {"image": "ghcr.io/corp/shop:1.0"}}}, "apps.shop.image", "ghcr.io"),
        ({"apps": {"shop": {"image": "public.ecr.aws/nginx/nginx:1.30"}}}, "apps.shop.image",
            "do not reach public.ecr.aws"),
        ({"apps": {"shop": {"image": f"{ECR.replace('northeast-2', 'south-1')}/shop:1"}}},
            "apps.shop.image", "is ECR of ap-south-1"),
        ({"imageMirrors": {**MIRRORS, "docker.io": "quay.io/copies"}},
            "sampleApp.image", "quay.io"),
        ({"sampleApp": {"scheme": "internet-facing"}}, "sampleApp.scheme",
            "needs public subnets, and network.nat none makes none"),
        ({"apps": {"shop": {"scheme": "internet-facing"}}}, "apps.shop.scheme", "or set internal"),
        ({"wordpress": {"scheme": "internet-facing"}}, "wordpress.scheme", "or set internal"),
        ({"addons": {"external-dns": {}}}, "addons.external-dns", "calls Route 53, which has no"),
        ({"loadBalancerController": {"waf": True}}, "loadBalancerController.waf", "got true"),
        ({"loadBalancerController": {"shield": True}}, "loadBalancerController.shield", "got true"),
    ],
)  # fmt: skip
def test_what_needs_the_internet_is_refused_by_name(
    changes: dict[str, Any], key: str, words: str
) -> None:
    lines = refused(changes)

    assert any(line.startswith(f"  eks-platform:{key}: ") and words in line for line in lines), (
        lines
    )


def test_a_default_that_needs_the_internet_is_refused_by_what_somebody_wrote() -> None:
    (line,) = refused({"imageMirrors": {}, "nfs": None, "sampleApp": {}})

    assert line.startswith('  eks-platform:network.nat: "none" does not go with ')
    assert "eks-platform:sampleApp.image, which the file leaves out" in line


def test_a_registry_that_nobody_knows_is_said_to_be_unchecked() -> None:
    changes = {**PRIVATE, "apps": {"shop": {"image": "registry.corp.internal:5000/shop:1.0"}}}
    warnings = run_of_platform(changes).warnings

    assert (
        "eks-platform:network.nat: not checked whether nodes reach registry.corp.internal:5000 "
        "without the internet"
    ) in warnings


def test_the_api_may_be_public_as_eks_allows() -> None:
    """https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html: it is optional."""
    for blocks, public in ([], False), (["203.0.113.0/24"], True):
        cluster = {**section("cluster"), "publicAccessCidrs": blocks}
        config = Graph(run_platform({**PRIVATE, "cluster": cluster})).one(CLUSTER).inputs
        assert config["vpcConfig"]["endpointPrivateAccess"]
        assert config["vpcConfig"]["endpointPublicAccess"] == public


def test_add_ons_bring_the_endpoints_that_they_call() -> None:
    policy = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"
    role = {"serviceAccount": "cloudwatch-agent", "policies": [policy], "by": "pod-identity"}
    addons = {"amazon-cloudwatch-observability": {"role": role}, "corp-agent": {}}
    run = run_of_platform({**PRIVATE, "addons": addons})

    services = {
        str(one.inputs["serviceName"]).partition("ap-northeast-2.")[2]
        for one in run.resources
        if one.type == VPC_ENDPOINT
    }
    assert services >= {"eks-auth", "logs", "monitoring", "xray"}
    assert any("not checked which services corp-agent calls" in line for line in run.warnings)


def test_a_mirror_serves_a_cluster_with_nat_too() -> None:
    export = run_platform({"imageMirrors": {"public.ecr.aws": "registry.corp.internal/aws"}})

    assert "registry.corp.internal/aws/eks/aws-load-balancer-controller" in set(images_of(export))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx:1.30.5", f"{ECR}/docker-hub/library/nginx:1.30.5"),
        ("bitnami/redis:8", f"{ECR}/docker-hub/bitnami/redis:8"),
        ("docker.io/library/nginx@sha256:0", f"{ECR}/docker-hub/library/nginx@sha256:0"),
        ("registry.k8s.io/pause:3", f"{ECR}/kubernetes/pause:3"),
        ("quay.io/a/b:1", "quay.io/a/b:1"),
        ("localhost:5000/a:1", "localhost:5000/a:1"),
    ],
)
def test_the_copy_of_an_image_has_the_name_that_a_cache_gives_it(image: str, expected: str) -> None:
    assert Images(MIRRORS).of(image) == expected
    assert AS_NAMED.of(image) == image


@pytest.mark.parametrize(
    ("registry", "reached"),
    [
        (ECR, True),
        ("123456789012.dkr.ecr-fips.ap-northeast-2.amazonaws.com", True),
        ("123456789012.dkr-ecr.ap-northeast-2.on.aws", True),
        ("registry.corp.internal", True),
        ("docker.io", False),
        ("k8s.gcr.io", False),
        ("europe-docker.pkg.dev", False),
        (ECR.replace("ap-northeast-2", "us-east-1"), False),
    ],
)
def test_which_registries_nodes_reach(registry: str, reached: bool) -> None:  # noqa: FBT001
    assert (registry_fault(registry, "ap-northeast-2") is None) == reached
