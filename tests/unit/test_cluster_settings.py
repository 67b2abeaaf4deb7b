"""What a stack file says of the cluster's name, its Services, its users, roles and tags."""

from typing import Any, Final

import pytest
from test_settings import (
    ADMIN,
    ADMINS,
    CERTIFICATE,
    CLUSTER,
    DEV,
    FakeCloud,
    as_config,
    changed,
    in_stack,
    load,
    mistakes,
    row,
    told,
)

from planning.aws_limits import LONGEST_ROLE_PATH
from stackfile.files import StackFileError
from stackfile.load import check_filled_in, load_settings

VIEWER: Final = f"{ADMINS}/viewer"
ACCESS: Final = f"{CLUSTER}.access[0]"
BOUNDARY: Final = "eks-platform:permissionsBoundary"
ARN: Final = f"arn:aws:acm:ap-northeast-2:444455556666:{CERTIFICATE}"
NLB: Final = {"propagationSeconds": 120}
CONTROLLER: Final = "eks-platform:loadBalancerController"


def entry(**given: Any) -> list[dict[str, Any]]:
    """Returns the list of one entry of access."""
    return [{"principal": VIEWER, **given}]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("cluster/name", "shop", id="a name"),
        pytest.param("cluster/name", f"1{'_' * 99}", id="the longest name"),
        pytest.param("cluster/serviceCidr", "10.96.0.0/12", id="the widest block"),
        pytest.param("cluster/serviceCidr", "192.168.7.0/24", id="the narrowest block"),
        pytest.param("cluster/ipFamily", "ipv4", id="IPv4"),
        pytest.param("cluster/access", entry(groups=["shop:viewers"]), id="groups alone"),
        pytest.param(
            "cluster/access",
            entry(policies={"view": {}, "edit": {"namespaces": ["shop", "shop-*"]}}),
            id="two policies",
        ),
        pytest.param(
            "cluster/access",
            entry(policies={"view": {}, "cluster-admin": {"namespaces": ["shop"]}}),
            id="all of one namespace",
        ),
        pytest.param("permissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess", id="AWS's"),
        pytest.param("permissionsBoundary", "arn:aws:iam::111122223333:policy/a/b", id="a path"),
        pytest.param("rolePath", "/", id="no path"),
        pytest.param("rolePath", "/a/b.c_d-e/", id="a long path"),
        pytest.param("tags", {"Name": "x", "kubernetes.io/owner": "x"}, id="tags of nobody's"),
    ],
)
def test_what_people_bring_is_taken(path: str, value: object) -> None:
    assert load(changed(path, value, DEV))


ROLE_PATH: Final = "eks-platform:rolePath"
MISTAKES: Final = [
    row("cluster/name", "-shop", f"{CLUSTER}.name", "1 to 100 letters", "got '-shop'"),
    row("cluster/name", "a" * 101, f"{CLUSTER}.name", "1 to 100 letters"),
    row("cluster/name", "shop.eu", f"{CLUSTER}.name", "got 'shop.eu'"),
    row("cluster/serviceCidr", "10.0.0.0/11", f"{CLUSTER}.serviceCidr", "/12 to /24, got 10.0"),
    row("cluster/serviceCidr", "10.9.0.0/25", f"{CLUSTER}.serviceCidr", "/12 to /24"),
    row("cluster/serviceCidr", "100.64.0.0/16", f"{CLUSTER}.serviceCidr", "10.0.0.0/8, 172.16.0"),
    row("cluster/serviceCidr", "172.30.7.0/24", f"{CLUSTER}.serviceCidr",
        "172.30.7.0/24 overlaps network.cidr 172.30.0.0/16"),
    row("cluster/serviceCidr", "172.16.0.0/12", f"{CLUSTER}.serviceCidr", "overlaps network.cidr"),
    row("cluster/serviceCidr", "fd00::/108", f"{CLUSTER}.serviceCidr", "must be an IPv4 block"),
    row("cluster/ipFamily", "ipv6", f"{CLUSTER}.ipFamily", "must be ipv4: for ipv6 each subnet",
        "https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html", "got 'ipv6'"),
    row("cluster/access", entry(), f"{ACCESS}.policies", "needs policies (view, edit, admin,"),
    row("cluster/access", entry(policies={"cluster-admin": {}, "view": {}}), f"{ACCESS}.policies",
        "cluster-admin without namespaces has all that view would give"),
    row("cluster/access", entry(policies={"owner": {}}), f"{ACCESS}.policies.owner",
        "must be 'view', 'edit', 'admin' or 'cluster-admin', got \"owner\""),
    row("cluster/access", entry(policies={"edit": {"namespaces": ["Shop"]}}),
        f"{ACCESS}.policies.edit.namespaces[0]", "must be a namespace such as shop", "got 'Shop'"),
    row("cluster/access", entry(groups=["system:masters"]), f"{ACCESS}.groups[0]",
        "must not begin with system:", "give the policy cluster-admin"),
    row("cluster/access", [{"principal": "arn:aws:iam::444455556666:root", "groups": ["a"]}],
        f"{ACCESS}.principal", "must be the ARN of an IAM role or user"),
    row("cluster/access",
        [{"principal": "arn:aws:sts::444455556666:assumed-role/a/b", "groups": ["a"]}],
        f"{ACCESS}.principal", "must be the ARN of an IAM role or user"),
    row("cluster/access",
        [{"principal": f"{ADMINS}/aws-service-role/eks.amazonaws.com/a", "groups": ["a"]}],
        f"{ACCESS}.principal", "is a service-linked role"),
    row("cluster/access",
        [{"principal": VIEWER.replace("aws", "aws-cn", 1), "groups": ["a"]}],
        f"{ACCESS}.principal", "is in the partition aws-cn"),
    row("cluster/access", [*entry(policies={"view": {}}), *entry(policies={"edit": {}})],
        f"{CLUSTER}.access[1].principal", "has an entry already", f"got '{VIEWER}'"),
    row("loadBalancerController/tlsPolicy", "ELBSecurityPolicy-2016-08", f"{CONTROLLER}.tlsPolicy",
        "must be a TLS policy of TLS 1.2 or later", "got 'ELBSecurityPolicy-2016-08'"),
    row("loadBalancerController/memoryRequest", "1Gi", f"{CONTROLLER}.memoryRequest",
        "does not go with memoryLimit, which the file leaves out", "256Mi is below memoryRequest"),
    row("loadBalancerController/ingressClass", {"scheme": "internal"},
        "eks-platform:sampleApp.scheme",
        "must be 'internal', which loadBalancerController.ingressClass.scheme is for all"),
    row("loadBalancerController/ingressClass", {"inboundCidrs": ["::/0"]},
        f"{CONTROLLER}.ingressClass.inboundCidrs[0]", "must be an IPv4 block"),
    row("sampleApp/loadBalancer", "nlb", "eks-platform:sampleApp.shutdown.propagationSeconds",
        "must be at least 120 behind an NLB", "got 20"),
    row("sampleApp", {"loadBalancer": "nlb"}, "eks-platform:sampleApp.shutdown.propagationSeconds",
        "must be at least 120 behind an NLB", "got 20"),
    row("sampleApp", {"loadBalancer": "nlb", "hostname": "shop.eu", "shutdown": NLB},
        "eks-platform:sampleApp.hostname", "an NLB knows no host names", "got 'shop.eu'"),
    row("sampleApp", {"loadBalancer": "nlb", "accessLogsBucket": "logs", "shutdown": NLB},
        "eks-platform:sampleApp.accessLogsBucket", "an NLB logs TLS alone: set certificateArn"),
    row("wordpress", {"loadBalancer": "nlb", "certificateArn": ARN, "shutdown": NLB},
        "eks-platform:wordpress.certificateArn", "needs loadBalancer alb"),
    row("sampleApp/loadBalancer", "clb", "eks-platform:sampleApp.loadBalancer", "'alb' or 'nlb'"),
    row("permissionsBoundary", ADMIN, BOUNDARY, "must be the ARN of an IAM policy", f"'{ADMIN}'"),
    row("permissionsBoundary", "arn:aws-cn:iam::aws:policy/ReadOnlyAccess", BOUNDARY,
        "is in the partition aws-cn, and the stack is in aws"),
    row("rolePath", "platform", ROLE_PATH, "must begin and end with '/'", "got 'platform'"),
    row("rolePath", "/platform", ROLE_PATH, "must begin and end with '/'"),
    row("rolePath", "/plat form/", ROLE_PATH, "letters, digits and .,+@=_-"),
    row("rolePath", "/aws-service-role/a/", ROLE_PATH, "not begin with /aws-service-role/"),
    row("rolePath", f"/{'a' * 160}/", ROLE_PATH, f"at most {LONGEST_ROLE_PATH} characters"),
    row("tags", {"kubernetes.io/cluster/x": "owned"}, "eks-platform:tags.kubernetes.io/cluster/x",
        "says whose a resource is"),
    row("tags", {"kubernetes.io/role/elb": "1"}, "eks-platform:tags.kubernetes.io/role/elb",
        "says whose a resource is"),
    row("tags", {"elbv2.k8s.aws/cluster": "x"}, "eks-platform:tags.elbv2.k8s.aws/cluster",
        "use another key"),
    row("tags", {"eks:nodegroup": "x"}, "eks-platform:tags.eks:nodegroup", "EKS's own"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "key", "fragments"), MISTAKES)
def test_a_mistake_is_one_line_with_its_key(
    path: str, value: object, key: str, fragments: tuple[str, ...]
) -> None:
    told(path, value, key, fragments, DEV)


def test_an_admin_has_no_other_entry() -> None:
    sections = changed("cluster/admins", [VIEWER], DEV)
    (line,) = mistakes(changed("cluster/access", entry(groups=["a"]), sections))

    assert line.startswith(f"{ACCESS}.principal: has an entry already")


@pytest.mark.parametrize(
    ("given", "key", "fragment"),
    [
        ({}, "eks-platform:network.podCidr", "172.20.0.0/16 overlaps network.podCidr 172.20.128"),
        ({"serviceCidr": "172.20.0.0/24"}, None, ""),
        ({"serviceCidr": "172.20.0.0/16"}, f"{CLUSTER}.serviceCidr", "overlaps network.podCidr"),
    ],
    ids=["that EKS may choose", "apart", "named"],
)
def test_pods_and_services_have_blocks_of_their_own(
    given: dict[str, Any], key: str | None, fragment: str
) -> None:
    """With a block of one's own those that EKS would choose are free."""
    sections = changed("network/podCidr", "172.20.128.0/17", DEV)
    sections = changed("vpcCni", {"mode": "custom-networking"}, sections)
    sections = changed("cluster", {**DEV["eks-platform:cluster"], **given}, sections)
    if key is None:
        assert load(sections)
    else:
        (line,) = mistakes(sections)
        assert line.startswith(f"{key}: ")
        assert fragment in line


def test_a_stack_may_have_any_name_where_its_cluster_has_one() -> None:
    sections = as_config(changed("cluster/name", "shop", DEV))
    assert in_stack(sections, lambda: load_settings(FakeCloud()), "shop.eu").cluster.name == "shop"


def test_a_boundary_is_of_the_account() -> None:
    sections = changed("cluster/publicAccessCidrs", ["8.8.8.8/32"], DEV)
    boundary = "arn:aws:iam::999988887777:policy/a"
    settings = load(changed("permissionsBoundary", boundary, sections))
    with pytest.raises(StackFileError, match="must be a policy of the account 444455556666"):
        check_filled_in(settings, "444455556666")
    check_filled_in(settings, "999988887777")
