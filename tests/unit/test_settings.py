"""A stack file is read whole, and whatever is wrong with it is said with its full key."""

import contextvars
import copy
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final, TypeVar

import hypothesis
import pulumi
import pytest
from hypothesis import strategies as st
from pulumi.runtime.mocks import MockSettings

from offline.ec2_data import instance_type
from planning.instance_types import InstanceType
from planning.shutdown import broken
from stackfile.files import PROGRAM, StackFileError, configuration
from stackfile.load import check_filled_in, load_settings
from stackfile.names import PROJECT
from stackfile.placeholders import DOCUMENTATION_ACCOUNT
from stackfile.settings import Settings

T = TypeVar("T")

ZONES: Final = frozenset(f"ap-northeast-2{letter}" for letter in "abcd")
X86: Final = ("x86_64",)
SECTIONS: Final = (
    "network",
    "cluster",
    "nodeGroups",
    "vpcCni",
    "loadBalancerController",
    "nfs",
    "sampleApp",
    "tags",
)
ADMINS: Final = "arn:aws:iam::444455556666:role"
ADMIN: Final = f"{ADMINS}/platform-admin"
CERTIFICATE: Final = "certificate/00000000-0000-4000-8000-000000000000"
# Stands for a key that the stack file does not have.
ABSENT: Final = "(absent)"


class FakeCloud:
    """One region with a handful of instance types."""

    partition = "aws"
    source: str | None = None
    zones: Mapping[str, str] = MappingProxyType(
        {zone: f"apne2-az{number}" for number, zone in enumerate(sorted(ZONES), start=1)}
    )

    def __init__(self) -> None:
        in_one_zone = {"p4d.24xlarge": frozenset({"ap-northeast-2a"})}
        names = (
            *("t2.medium", "t3.medium", "t4g.medium", "m5.xlarge", "m6i.xlarge"),
            *("hpc6id.32xlarge", *in_one_zone),
        )
        self._instance_types = {
            kind.name: replace(kind, zones=in_one_zone.get(kind.name, ZONES))
            for kind in map(instance_type, names)
            if kind
        }

    def instance_type(self, name: str) -> InstanceType | None:
        """Returns the instance type, or ``None`` where the region does not offer it."""
        return self._instance_types.get(name)

    def network(self, vpc_id: str, subnets: object) -> str:
        """Returns that there is no such VPC."""
        return f"{vpc_id} is not there, nor {subnets}"


class UnreachableCloud:
    """Fails whoever asks it, in a way that pydantic does not take for a mistake of the file."""

    source = None

    @property
    def zones(self) -> Mapping[str, str]:
        """Fails."""
        message = "the cloud was asked for its zones"
        raise LookupError(message)

    @property
    def partition(self) -> str:
        """Fails."""
        message = "the cloud was asked for its partition"
        raise LookupError(message)

    def instance_type(self, name: str) -> InstanceType | None:
        """Fails."""
        message = f"the cloud was asked for {name}"
        raise LookupError(message)

    def network(self, vpc_id: str, subnets: object) -> str:
        """Fails."""
        message = f"the cloud was asked for {vpc_id} and {subnets}"
        raise LookupError(message)


def in_stack(config: Mapping[str, str], work: Callable[[], T], stack: str = "lab") -> T:
    """Runs the work where Pulumi has this configuration, in a context of its own."""

    def run() -> T:
        # No monitor: settings are read before anything is registered.
        pulumi.runtime.configure(MockSettings(project=PROJECT, stack=stack))
        pulumi.runtime.set_all_config(dict(config), [])
        return work()

    return contextvars.Context().run(run)


def sections_of(stack: str) -> dict[str, Any]:
    """Returns a shipped stack file as data, by full key."""
    config = configuration(PROGRAM, stack)
    return {k: v if k == "aws:region" else json.loads(v) for k, v in config.items()}


def as_config(sections: Mapping[str, object]) -> dict[str, str]:
    """Returns the data as Pulumi hands it over: objects as JSON, everything else as text."""
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in sections.items()}


def load(sections: Mapping[str, object]) -> Settings:
    return in_stack(as_config(sections), partial(load_settings, FakeCloud()))


def changed(path: str, value: object, base: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a copy with the value at the path of keys, which are divided by slashes."""
    sections = copy.deepcopy(dict(base))
    first, *rest = path.split("/")
    keys = [first if ":" in first else f"{PROJECT}:{first}", *rest]
    here = sections
    for key in keys[:-1]:
        here = here[key]
    if value == ABSENT:
        del here[keys[-1]]
    else:
        here[keys[-1]] = value
    return sections


def mistakes(sections: Mapping[str, object]) -> list[str]:
    """Returns the lines of the error that the sections end in, without the heading."""
    with pytest.raises(StackFileError) as refused:
        load(sections)
    heading, *lines = str(refused.value).splitlines()
    assert heading == "Pulumi.lab.yaml is not valid:"
    assert all(line.startswith("  ") for line in lines)
    return [line.removeprefix("  ") for line in lines]


def told(
    path: str, value: object, key: str, fragments: Iterable[str], base: Mapping[str, Any]
) -> str:
    """Returns the one line that a mistake is told in: by its full key, and with these parts."""
    (line,) = mistakes(changed(path, value, base))

    assert line.startswith(f"{key}: ")
    assert [fragment for fragment in fragments if fragment not in line] == []
    return line


DEV: Final = sections_of("dev")
PROD: Final = sections_of("prod")


@pytest.mark.parametrize("sections", [DEV, PROD], ids=["dev", "prod"])
def test_the_shipped_stack_files_load(sections: dict[str, Any]) -> None:
    settings = load(sections)

    assert settings.region == "ap-northeast-2"
    assert str(settings.network.cidr) == sections["eks-platform:network"]["cidr"]
    assert [*settings.network.zones] == sections["eks-platform:network"]["zones"]
    assert settings.sample_app
    assert broken(settings.sample_app.shutdown.budget) == ()


def test_sections_that_have_defaults_may_be_absent() -> None:
    required = {"aws:region", *(f"{PROJECT}:{key}" for key in ("network", "cluster", "nodeGroups"))}
    settings = load({key: DEV[key] for key in required})

    assert settings.network.nat == "single"
    assert (settings.nfs, settings.sample_app, settings.tags) == (None, None, {})
    assert settings.load_balancer_controller.replicas == 2


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("network/zones", ["ap-northeast-2c", "ap-northeast-2a"], id="zones reordered"),
        pytest.param("network/cidr", "10.0.0.0/24", id="the smallest VPC"),
        pytest.param("network/cidr", "100.64.0.0/16", id="carrier-grade NAT block"),
        pytest.param("cluster/publicAccessCidrs", [], id="private endpoint only"),
        pytest.param("cluster/publicAccessCidrs", ["20.0.0.0/8"], id="the widest access"),
        pytest.param("cluster/publicAccessCidrs", [f"8.8.8.{n}/32" for n in range(40)], id="40"),
        pytest.param("cluster/privateAccessCidrs", ["10.0.0.0/8"], id="private networks"),
        pytest.param("cluster/admins", ["arn:aws:iam::111122223333:user/a/b"], id="a path"),
        pytest.param("cluster/admins", [f"{ADMINS}/a-b", f"{ADMINS}/a/b"], id="dash and slash"),
        pytest.param("tags", {f"key{n}": "v" for n in range(41)}, id="the most tags"),
        pytest.param("nodeGroups/default/desiredSize", 4, id="desired at the maximum"),
        pytest.param("nodeGroups/default/instanceTypes", ["t2.medium", "m5.xlarge"], id="t2"),
        pytest.param("nodeGroups/default/instanceTypes", ["t4g.medium"], id="arm"),
        pytest.param("nodeGroups/default/labels", {"example.com/pool": "a"}, id="labels"),
        pytest.param("nodeGroups/default/labels", {f"a.b/{'x' * 59}": "v"}, id="63 in all"),
        pytest.param("nodeGroups/default/labels", {"node.kubernetes.io/pool": "a"}, id="kubelet's"),
        pytest.param(
            "nodeGroups/default/taints",
            [{"key": "a", "effect": "PREFER_NO_SCHEDULE"}],
            id="a taint without a value",
        ),
        pytest.param("nodeGroups/default/diskGiB", 65536, id="gp3's largest volume"),
        pytest.param("sampleApp/image", "registry.example.com:5000/a/b:1.0", id="registry"),
        pytest.param("sampleApp/image", f"nginx@sha256:{'0' * 64}", id="digest"),
        pytest.param("sampleApp/cpuLimit", "200m", id="limit at the request"),
        pytest.param("sampleApp/cpuLimit", "0.5", id="half a core"),
        pytest.param("sampleApp/cpuLimit", "1e3", id="an exponent"),
        pytest.param("sampleApp/memoryLimit", "512M", id="decimal memory"),
        pytest.param("sampleApp/memoryLimit", "1.5Gi", id="a fraction of memory"),
        pytest.param("sampleApp/memoryLimit", "134217728", id="memory in bytes"),
        pytest.param("sampleApp/hostname", "*.example.com", id="every host of a domain"),
        pytest.param("sampleApp/hostname", f"{'a.' * 60}shops.eu", id="128 characters"),
        pytest.param("sampleApp/shutdown", {"idleTimeoutSeconds": 4000}, id="the longest idling"),
        pytest.param("sampleApp/accessLogsBucket", "1.2.3.4.logs", id="hardly an address"),
        pytest.param("sampleApp/shutdown/preStopSeconds", 21, id="the shortest preStop"),
        pytest.param("tags/team", "Größe + Café/1:2=3@4", id="tags in any script"),
    ],
)
def test_the_limits_themselves_are_allowed(path: str, value: object) -> None:
    assert load(changed(path, value, DEV))


@pytest.mark.parametrize("stack", ["shop.eu", "x" * 88], ids=["a dot", "too long"])
def test_a_stack_whose_cluster_eks_would_not_name_is_refused_by_its_own_name(stack: str) -> None:
    with pytest.raises(StackFileError, match="the stack's name makes its cluster's") as refused:
        in_stack(as_config(DEV), partial(load_settings, FakeCloud()), stack)

    assert f"'eks-platform-{stack}'" in str(refused.value)
    assert in_stack(as_config(DEV), partial(load_settings, FakeCloud()), "x_" * 43 + "x")


def test_a_tainted_group_beside_one_that_takes_every_pod_is_allowed() -> None:
    taint = {"key": "dedicated", "value": "gpu", "effect": "NO_SCHEDULE"}
    tainted = DEV["eks-platform:nodeGroups"]["default"] | {"taints": [taint]}

    assert load(changed("nodeGroups/gpu", tainted, DEV)).node_groups["gpu"].taints[0].value == "gpu"


def row(path: str, value: object, key: str, *fragments: str) -> Any:
    """Returns one mistake: what to change in dev's file, and the key and words of the message."""
    return pytest.param(path, value, key, fragments, id=f"{path}={value!r:.40}")


def taint_of(effect: str) -> list[dict[str, str]]:
    return [{"key": "dedicated", "value": "gpu", "effect": effect}]


NETWORK: Final = "eks-platform:network"
CLUSTER: Final = "eks-platform:cluster"
GROUP: Final = "eks-platform:nodeGroups.default"
APP: Final = "eks-platform:sampleApp"


def canary(strategy: str = "canary", **candidate: object) -> dict[str, Any]:
    """Returns a section ``delivery`` with a candidate."""
    return {"strategy": strategy, "candidate": {"image": "nginx:1.31.6", **candidate}}


# Keys: a key that the file has and should not, or the reverse, and where to put it.
KEY_MISTAKES: Final = [
    row("network/zone", [], f"{NETWORK}.zone", "did you mean zones?", "known here: cidr, "),
    row("network/qqq", 1, f"{NETWORK}.qqq", "is not a known key; known here: cidr, "),
    row("nodeGroups/default/maxsize", 4, f"{GROUP}.maxsize", "did you mean maxSize?"),
    row("nodeGroups/default/taints", [{**taint_of("NO_SCHEDULE")[0], "efect": ""}],
        f"{GROUP}.taints[0].efect", "did you mean effect?", "known here: effect, key, value"),
    row("sampleApp/shutdown/preStop", 30, f"{APP}.shutdown.preStop",
        "did you mean preStopSeconds?"),
    row("vpcCNI", {}, "eks-platform:vpcCNI", "did you mean vpcCni?"),
    row("qqq", {}, "eks-platform:qqq", "known here: addons, apps, autoscaling, "),
    row("region", "ap-northeast-2", "eks-platform:region", "the region is aws:region"),
    row("network", ABSENT, NETWORK, "is required and not there"),
    row("cluster", ABSENT, CLUSTER, "is required and not there"),
    row("nodeGroups", ABSENT, "eks-platform:nodeGroups", "is required and not there"),
    row("network/cidr", ABSENT, f"{NETWORK}.cidr", "is required and not there"),
    row("aws:region", ABSENT, "aws:region", "is required and not there"),
    row("aws:region", "seoul", "aws:region", "such as ap-northeast-2, got 'seoul'"),
    row("aws:region", "AP-NORTHEAST-2", "aws:region", "got 'AP-NORTHEAST-2'"),
    row("network", "10.0.0.0/16", NETWORK, 'must be a map of keys to values, got "10.0.0.0/16"'),
    row("nodeGroups", [], "eks-platform:nodeGroups", "must be a map of names to values, got []"),
    row("nodeGroups", {}, "eks-platform:nodeGroups", "needs at least one node group"),
    row("nodeGroups/Spot_1", DEV["eks-platform:nodeGroups"]["default"],
        "eks-platform:nodeGroups.Spot_1", "at most 40 of a-z, 0-9 and '-'"),
]  # fmt: skip

# Requirements 13, 14, 16, 24 and 25.
NETWORK_MISTAKES: Final = [
    row("network/zones", ["ap-northeast-2a"], f"{NETWORK}.zones",
        "needs at least 2 zones, got 1 (['ap-northeast-2a'])"),
    row("network/zones", ["ap-northeast-2a", "ap-northeast-2a"], f"{NETWORK}.zones",
        "names ap-northeast-2a more than once"),
    row("network/zones", "ap-northeast-2a", f"{NETWORK}.zones", "must be a list"),
    row("network/zones", ["ap-northeast-2a", 2], f"{NETWORK}.zones[1]", "must be a text", "got 2"),
    row("network/cidr", "172.30.0.0/25", f"{NETWORK}.cidr", "between /16 and /24", "172.30.0.0/25"),
    row("network/cidr", "10.0.0.0/15", f"{NETWORK}.cidr", "between /16 and /24", "10.0.0.0/15"),
    row("network/cidr", "fd00::/16", f"{NETWORK}.cidr", "must be an IPv4 block", "fd00::/16"),
    row("network/cidr", 16, f"{NETWORK}.cidr", "must be ", "got 16"),
    row("network/nat", "no", f"{NETWORK}.nat", "'single', 'per-zone' or 'none', got \"no\""),
    row("imageMirrors", {"nginx": "a.b"}, "eks-platform:imageMirrors.nginx", "such as docker.io"),
    row("imageMirrors", {"docker.io": "https://a.b"}, "eks-platform:imageMirrors.docker.io",
        "must be a registry, with or without", "got 'https://a.b'"),
    row("network/flowLogRetentionDays", 10, f"{NETWORK}.flowLogRetentionDays", "1, 3, 5, 7, 14"),
    row("cluster/logRetentionDays", True, f"{CLUSTER}.logRetentionDays", "number, got true"),  # noqa: FBT003  a value of the file
    row("nfs/lifecycleDays", True, "eks-platform:nfs.lifecycleDays", "a whole number, got true"),  # noqa: FBT003  a value of the file
    row("cluster/publicAccessCidrs", [f"8.8.8.{n}/32" for n in range(41)],
        f"{CLUSTER}.publicAccessCidrs", "at most 40 entries, got 41"),
    row("cluster/publicAccessCidrs", ["8.8.8.8/32"] * 2, f"{CLUSTER}.publicAccessCidrs",
        "names 8.8.8.8/32 more than once"),
    row("cluster/privateAccessCidrs", ["10.1.0.0/16"] * 2, f"{CLUSTER}.privateAccessCidrs",
        "names 10.1.0.0/16 more than once"),
    row("cluster/admins", [f"{ADMINS}/a/"], f"{CLUSTER}.admins[0]", "an IAM role or user"),
    row("cluster/admins", [f"{ADMINS}/{'a' * 65}"], f"{CLUSTER}.admins[0]", "an IAM role or user"),
    row("tags", {f"key{n}": "v" for n in range(42)}, "eks-platform:tags",
        "at most 41 entries, got 42 (AWS takes 50 on a resource, and a volume gets 9 others)"),
    row("network/interfaceEndpoints", ["sts", "ECR"], f"{NETWORK}.interfaceEndpoints[1]",
        "must be a service such as ecr.api, got 'ECR'"),
    row("network/interfaceEndpoints", ["sts", "sts"], f"{NETWORK}.interfaceEndpoints",
        "names sts more than once"),
    row("cluster/publicAccessCidrs", ["0.0.0.0/0"], f"{CLUSTER}.publicAccessCidrs[0]",
        "opens the cluster's API to the world", "got 0.0.0.0/0"),
    row("cluster/publicAccessCidrs", ["203.0.113.0/24", "128.0.0.0/7"],
        f"{CLUSTER}.publicAccessCidrs[1]", "/8 or narrower, got 128.0.0.0/7"),
    row("cluster/publicAccessCidrs", ["::/0"], f"{CLUSTER}.publicAccessCidrs[0]",
        "must be an IPv4 block", "::/0"),
    row("cluster/version", "1.33", f"{CLUSTER}.version",
        "must be in EKS standard support (1.34, 1.35, 1.36), got '1.33'"),
    row("cluster/version", 1.36, f"{CLUSTER}.version",
        "must be a text (in quotes, where YAML would read a number or a boolean), got 1.36"),
    row("cluster/admins", ["arn:aws:iam::1111:role/admin"], f"{CLUSTER}.admins[0]",
        "must be the ARN of an IAM role or user", "got 'arn:aws:iam::1111:role/admin'"),
    row("cluster/admins", [ADMIN, "platform-admin"], f"{CLUSTER}.admins[1]", "platform-admin'"),
    row("cluster/admins", [ADMIN, ADMIN], f"{CLUSTER}.admins", f"names {ADMIN} more than once"),
    row("cluster/deletionProtection", "yes", f"{CLUSTER}.deletionProtection",
        'must be true or false, got "yes"'),
    row("tags", {"a?": "b"}, "eks-platform:tags.a?", "1 to 128 letters"),
    row("tags", {"aws:a": "b"}, "eks-platform:tags.aws:a", "1 to 128 letters"),
    row("tags", {"a=b": "c"}, "eks-platform:tags.a=b", "without =", "got 'a=b'"),
    row("tags", {" a": "b"}, "eks-platform:tags. a", "spaces inside", "got ' a'"),
    row("tags", {"a ": "b"}, "eks-platform:tags.a ", "spaces inside", "got 'a '"),
    row("tags", {"a": "b?"}, "eks-platform:tags.a", "digits, spaces or _.:/=+-@, got 'b?'"),
    row("tags", {"a": 1}, "eks-platform:tags.a", "must be a text", "got 1"),
]  # fmt: skip

# Requirements 19 and 21, and what Kubernetes and EKS would refuse half-way.
NODE_MISTAKES: Final = [
    row("nodeGroups/default/minSize", -1, f"{GROUP}.minSize", "must be at least 0, got -1"),
    row("nodeGroups/default/maxSize", 100_001, f"{GROUP}.maxSize", "at most 100000, got 100001"),
    row("nodeGroups/default/instanceTypes", ["m5.xlarge"] * 21, f"{GROUP}.instanceTypes",
        "at most 20 entries, got 21"),
    row("nodeGroups/default/labels", {f"a.b/{'x' * 60}": "v"}, f"{GROUP}.labels.a.b/{'x' * 60}",
        "at most 63 characters with its prefix"),
    row("nodeGroups/default/labels", {"pool": ""}, f"{GROUP}.labels.pool", "and not be empty"),
    row("nodeGroups/default/taints",
        [{"key": f"key{n}", "effect": "PREFER_NO_SCHEDULE"} for n in range(51)],
        f"{GROUP}.taints", "at most 50 entries, got 51"),
    row("nodeGroups/default/diskGiB", 65537, f"{GROUP}.diskGiB", "at most 65536"),
    row("nodeGroups/default/maxSize", 4.5, f"{GROUP}.maxSize", "must be a whole number, got 4.5"),
    row("nodeGroups/default/maxSize", "4", f"{GROUP}.maxSize", 'must be a whole number, got "4"'),
    row("nodeGroups/default/maxSize", True, f"{GROUP}.maxSize", "a whole number, got true"),  # noqa: FBT003  a value of the file
    row("nodeGroups/default/instanceTypes", [], f"{GROUP}.instanceTypes", "at least one"),
    row("nodeGroups/default/taints", taint_of("NoSchedule"), f"{GROUP}.taints[0].effect",
        "must be 'NO_SCHEDULE', 'NO_EXECUTE' or 'PREFER_NO_SCHEDULE'"),
    row("nodeGroups/default/taints", [{**taint_of("NO_SCHEDULE")[0], "key": "a b"}],
        f"{GROUP}.taints[0].key", "must be a Kubernetes label key", "got 'a b'"),
    row("nodeGroups/default/labels", {"-pool": "a"}, f"{GROUP}.labels.-pool",
        "must be a Kubernetes label key", "got '-pool'"),
    row("nodeGroups/default/labels", {"pool": "a b"}, f"{GROUP}.labels.pool",
        "at most 63 letters, digits, '-', '_' or '.'", "got 'a b'"),
    row("nodeGroups/default/labels", {"pool": "a" * 64}, f"{GROUP}.labels.pool", "at most 63"),
    row("vpcCni/minimumIpTarget", 0, "eks-platform:vpcCni.minimumIpTarget", "at least 1, got 0"),
    row("vpcCni/version", "1.22", "eks-platform:vpcCni.version", "such as v1.22.3-eksbuild.1"),
    row("loadBalancerController/replicas", 1, "eks-platform:loadBalancerController.replicas",
        "must be at least 2, got 1"),
]  # fmt: skip

# Requirements 32, 33 and 34.
APPLICATION_MISTAKES: Final = [
    row("sampleApp/image", "nginx:latest", f"{APP}.image",
        "must have a tag other than latest, or a digest, got 'nginx:latest'"),
    row("sampleApp/image", "nginx", f"{APP}.image", "must have a tag other than latest"),
    row("sampleApp/image", "registry.example.com:5000/nginx", f"{APP}.image", "must have a tag"),
    row("sampleApp/image", "nginx:a:b", f"{APP}.image", "must be an image such as nginx:1.30.5"),
    row("sampleApp/cpuRequest", "\u0662\u0660\u0660m", f"{APP}.cpuRequest", "must be CPU time"),
    row("sampleApp/shutdown", {"longestRequestSeconds": 3600},
        f"{APP}.shutdown.longestRequestSeconds", "must be at most 2700"),
    row("sampleApp/image", "nginx:1 2", f"{APP}.image", "must be an image such as nginx:1.30.5"),
    row("sampleApp/cpuRequest", "0m", f"{APP}.cpuRequest", "such as 200m, 0.5 or 1, got '0m'"),
    row("sampleApp/cpuRequest", 1, f"{APP}.cpuRequest", "must be a text (in quotes"),
    row("sampleApp/memoryRequest", "1GB", f"{APP}.memoryRequest", "such as 64Mi"),
    row("sampleApp/hostname", f"{'a.' * 63}shop", f"{APP}.hostname", "at most 128 characters"),
    row("sampleApp/hostname", "app.*.example.com", f"{APP}.hostname", "must be a host name"),
    row("sampleApp/hostname", 123, f"{APP}.hostname", "must be a text (in quotes"),
    row("sampleApp/accessLogsBucket", "192.168.5.4", f"{APP}.accessLogsBucket", "like an address"),
    row("sampleApp/accessLogsBucket", "sthree-logs", f"{APP}.accessLogsBucket", "sthree-"),
    row("sampleApp/accessLogsBucket", "logs--x-s3", f"{APP}.accessLogsBucket", "--x-s3"),
    row("sampleApp/shutdown", {"idleTimeoutSeconds": 4001}, f"{APP}.shutdown.idleTimeoutSeconds",
        "at most 4000"),
    row("sampleApp/minReplicas", 1, f"{APP}.minReplicas", "must be at least 2, got 1"),
    row("sampleApp/hostname", "app_1.example.com", f"{APP}.hostname",
        "must be a host name such as app.example.com", "got 'app_1.example.com'"),
    row("sampleApp/hostname", "https://app.example.com", f"{APP}.hostname", "must be a host name"),
    row("sampleApp/hostname", "app", f"{APP}.hostname", "must be a host name"),
    row("sampleApp/hostname", "192.168.0.1", f"{APP}.hostname", "must be a host name"),
    row("sampleApp/certificateArn", ADMIN, f"{APP}.certificateArn",
        "must be the ARN of an ACM certificate", f"got '{ADMIN}'"),
    row("sampleApp/scheme", "public", f"{APP}.scheme", "'internal' or 'internet-facing'"),
    row("sampleApp/shutdown/propagationSeconds", 0, f"{APP}.shutdown.propagationSeconds",
        "must be at least 1, got 0"),
    row("sampleApp/accessLogsBucket", "My Logs", f"{APP}.accessLogsBucket", "name of an S3 bucket"),
    row("nfs/onDelete", "keep", "eks-platform:nfs.onDelete", "'archive', 'retain' or 'delete'"),
]  # fmt: skip

# What no value shows by itself: host bits and private blocks, what AWS offers, and what keys or
# sections must agree on.
AGREEMENT_MISTAKES: Final = [
    row("network/flowLogRetentionDays", 1.0, f"{NETWORK}.flowLogRetentionDays", "whole number"),
    row("cluster/publicAccessCidrs", ["10.0.0.0/8"], f"{CLUSTER}.publicAccessCidrs[0]",
        "10.0.0.0/8, which nobody has on the internet"),
    row("cluster/publicAccessCidrs", ["172.0.0.0/8"], f"{CLUSTER}.publicAccessCidrs[0]",
        "has addresses of 172.16.0.0/12"),
    row("cluster/publicAccessCidrs", ["100.64.1.0/24"], f"{CLUSTER}.publicAccessCidrs[0]",
        "100.64.0.0/10"),
    row("cluster/admins", [ADMIN.replace("aws", "aws-cn")], f"{CLUSTER}.admins[0]",
        "is in the partition aws-cn, and the stack is in aws"),
    row("nodeGroups/default/labels", {"node-role.kubernetes.io/a": "v"},
        f"{GROUP}.labels.node-role.kubernetes.io/a", "Kubernetes's own"),
    row("nodeGroups/default/labels", {"eks.amazonaws.com/pool": "v"},
        f"{GROUP}.labels.eks.amazonaws.com/pool", "EKS's own"),
    row("nodeGroups/default/taints", taint_of("NO_EXECUTE") * 2, f"{GROUP}.taints",
        "names dedicated with NO_EXECUTE more than once"),
    row("sampleApp/cpuRequest", "0.0002", f"{APP}.cpuRequest", "finer than 1m", "got '0.0002'"),
    row("sampleApp/memoryRequest", "64m", f"{APP}.memoryRequest", "64Mi, and not 64m"),
    row("sampleApp/memoryRequest", "64", f"{APP}.memoryRequest", "1Mi or more"),
    row("sampleApp/certificateArn", f"arn:aws:acm:us-east-1:444455556666:{CERTIFICATE}",
        f"{APP}.certificateArn", "is in us-east-1, and load balancers of ap-northeast-2"),
    row("sampleApp/certificateArn", f"arn:aws-cn:acm:cn-north-1:444455556666:{CERTIFICATE}",
        f"{APP}.certificateArn", "is in the partition aws-cn"),
    row("network/zones", ["ap-northeast-2a", "us-east-1b"], f"{NETWORK}.zones",
        "'us-east-1b' is not a zone of ap-northeast-2"),
    row("network/cidr", "52.95.0.0/16", f"{NETWORK}.cidr", "private block (10.0.0.0/8, ",
        "got 52.95.0.0/16"),
    row("network/cidr", "172.30.1.0/16", f"{NETWORK}.cidr", "no host bits", "172.30.1.0/16"),
    row("network/cidr", "172.17.0.0/16", f"{NETWORK}.cidr", "container bridge"),
    row("network/cidr", "172.17.128.0/20", f"{NETWORK}.cidr", "overlaps 172.17.0.0/16"),
    row("nodeGroups/default/minSize", 3, f"{GROUP}.desiredSize", "2 is below minSize 3"),
    row("nodeGroups/default/maxSize", 1, f"{GROUP}.maxSize", "1 is below desiredSize 2"),
    row("nodeGroups/default/instanceTypes", ["t3.medium", "t3.medum"],
        f"{GROUP}.instanceTypes[1]", "'t3.medum' is not an instance type of ap-northeast-2"),
    row("nodeGroups/default/instanceTypes", ["t3.medium", "t4g.medium"], f"{GROUP}.instanceTypes",
        "t3.medium needs AL2023_x86_64_STANDARD, t4g.medium needs AL2023_ARM_64_STANDARD"),
    row("nodeGroups/default/instanceTypes", ["p4d.24xlarge"],
        f"{GROUP}.instanceTypes[0]", "'p4d.24xlarge' is not offered in ap-northeast-2c"),
    row("nodeGroups/default/taints", taint_of("NO_SCHEDULE"), "eks-platform:nodeGroups",
        "needs a group without NO_SCHEDULE or NO_EXECUTE taints"),
    row("nodeGroups/default/taints", taint_of("NO_EXECUTE"), "eks-platform:nodeGroups",
        "needs a group without NO_SCHEDULE or NO_EXECUTE taints"),
    row("vpcCni/warmPrefixTarget", 1, "eks-platform:vpcCni.warmPrefixTarget",
        "has no effect without prefixes; remove it"),
    row("sampleApp/memoryLimit", "63Mi", f"{APP}.memoryLimit", "63Mi is below memoryRequest 64Mi"),
    row("sampleApp/cpuLimit", "100m", f"{APP}.cpuLimit", "100m is below cpuRequest 200m"),
    row("sampleApp/cpuRequest", "1", f"{APP}.cpuLimit", "500m is below cpuRequest 1"),
    row("sampleApp/minReplicas", 7, f"{APP}.maxReplicas", "6 is below minReplicas 7"),
    row("sampleApp/delivery", {"strategy": "blue"}, f"{APP}.delivery.strategy",
        "must be 'rolling', 'canary' or 'blueGreen', got \"blue\""),
    row("sampleApp/delivery", {"candidate": {"image": "nginx:1.31.6"}},
        f"{APP}.delivery.candidate", "needs strategy canary or blueGreen beside it, got 'rolling'"),
    row("sampleApp/delivery", canary(weight=101), f"{APP}.delivery.candidate.weight",
        "must be at most 100, got 101"),
    row("sampleApp/delivery", canary(weight=-1), f"{APP}.delivery.candidate.weight",
        "must be at least 0, got -1"),
    row("sampleApp/delivery", {"strategy": "canary", "candidate": {"weight": 5}},
        f"{APP}.delivery.candidate.image", "is required and not there"),
    row("sampleApp/delivery", {"strategy": "canary", "weight": 5}, f"{APP}.delivery.weight",
        "is not a known key"),
    row("sampleApp/delivery", canary(image="nginx:latest"), f"{APP}.delivery.candidate.image",
        "must have a tag other than latest, or a digest"),
    row("sampleApp/delivery", canary(live=True), f"{APP}.delivery.candidate.live",
        "is of blueGreen; with canary set weight, 0 to 100"),
    row("sampleApp/delivery", canary("blueGreen", weight=5), f"{APP}.delivery.candidate.weight",
        "is of canary; with blueGreen set live, true or false"),
    row("sampleApp/delivery", canary(minReplicas=7), f"{APP}.delivery.candidate.minReplicas",
        "must be at most maxReplicas 6, got 7"),
    row("sampleApp/delivery", canary(minReplicas=1), f"{APP}.delivery.candidate.minReplicas",
        "must be at least 2, got 1"),
    row("apps", {"shop": {"delivery": canary()}, "shop-candidate": {}},
        "eks-platform:apps.shop-candidate",
        "needs another name: shop-candidate is the candidate of apps.shop"),
    row("apps", {"web": {"loadBalancer": "nlb", "delivery": canary(),
                         "shutdown": {"propagationSeconds": 120}}},
        "eks-platform:apps.web.delivery.strategy",
        "needs loadBalancer alb: an NLB shares out connections, not requests", "got 'canary'"),
    row("sampleApp/shutdown/preStopSeconds", 5, f"{APP}.shutdown.preStopSeconds",
        "must exceed propagationSeconds 20", "at least 21, got 5"),
    row("sampleApp/shutdown/graceSeconds", 10, f"{APP}.shutdown.graceSeconds",
        "must cover preStopSeconds 30 + longestRequestSeconds 20", "at least 65, got 10"),
    row("sampleApp/shutdown/deregistrationDelaySeconds", 5,
        f"{APP}.shutdown.deregistrationDelaySeconds",
        "must cover propagationSeconds 20 + longestRequestSeconds 20", "at least 40, got 5"),
    row("sampleApp/shutdown/keepAliveSeconds", 10, f"{APP}.shutdown.keepAliveSeconds",
        "must exceed idleTimeoutSeconds 60", "at least 61, got 10"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "key", "fragments"),
    [*KEY_MISTAKES, *NETWORK_MISTAKES, *NODE_MISTAKES, *APPLICATION_MISTAKES, *AGREEMENT_MISTAKES],
)
def test_a_mistake_is_one_line_with_its_full_key(
    path: str, value: object, key: str, fragments: tuple[str, ...]
) -> None:
    told(path, value, key, fragments, DEV)


def on_spot(effect: str | None, grace_seconds: int) -> dict[str, Any]:
    """Returns dev's file with a group on spot nodes beside its own, tainted or not."""
    taints = {"taints": taint_of(effect)} if effect else {}
    group = DEV["eks-platform:nodeGroups"]["default"] | {"capacityType": "SPOT"} | taints
    sections = changed("nodeGroups/spot", group, DEV)
    return changed("apps", {"web": {"shutdown": {"graceSeconds": grace_seconds}}}, sections)


@pytest.mark.parametrize("effect", [None, "PREFER_NO_SCHEDULE"])
def test_a_pod_that_may_run_on_spot_nodes_ends_within_the_notice(effect: str | None) -> None:
    (line,) = mistakes(on_spot(effect, 130))

    assert line.startswith("eks-platform:apps.web.shutdown.graceSeconds: must be below 120 on spot")
    assert load(on_spot(effect, 119))


@pytest.mark.parametrize("effect", ["NO_SCHEDULE", "NO_EXECUTE"])
def test_a_pod_that_runs_on_no_spot_node_may_take_longer(effect: str) -> None:
    assert load(on_spot(effect, 130))


LEFT_OUT: Final = "which the file leaves out: "


@pytest.mark.parametrize(
    ("app", "line"),
    [
        (
            {"minReplicas": 7},
            f"minReplicas: 7 does not go with maxReplicas, {LEFT_OUT}6 is below minReplicas 7",
        ),
        (
            {"cpuRequest": "1"},
            f'cpuRequest: "1" does not go with cpuLimit, {LEFT_OUT}500m is below cpuRequest 1',
        ),
        (
            {"memoryRequest": "1Gi"},
            f'memoryRequest: "1Gi" does not go with memoryLimit, {LEFT_OUT}128Mi is below ',
        ),
        ({"shutdown": {"graceSeconds": 120}}, "shutdown.graceSeconds: must be below 120 on spot"),
        (
            {"shutdown": {"longestRequestSeconds": 80}},
            f"shutdown.longestRequestSeconds: 80 does not go with graceSeconds, {LEFT_OUT}"
            "must be below 120 on spot nodes",
        ),
        (
            {"shutdown": {"preStopSeconds": 90}},
            f"shutdown.preStopSeconds: 90 does not go with graceSeconds, {LEFT_OUT}",
        ),
        (
            {"shutdown": {"propagationSeconds": 60, "longestRequestSeconds": 50}},
            "shutdown.longestRequestSeconds: 50 and propagationSeconds 60 do not go with grace",
        ),
    ],
)
@pytest.mark.parametrize("place", ["sampleApp", "apps.web"])
def test_what_follows_from_other_keys_or_is_a_default_is_said_of_the_key_that_is_there(
    app: dict[str, Any], line: str, place: str
) -> None:
    section, *names = place.split(".")
    on_spot = {**DEV["eks-platform:nodeGroups"]["default"], "capacityType": "SPOT"}
    sections = changed("nodeGroups/spot", on_spot, DEV)
    (found,) = mistakes(changed(section, dict.fromkeys(names, app) or app, sections))
    assert found.startswith(f"eks-platform:{place}.{line}")


def test_a_section_that_is_left_out_does_not_answer_for_another() -> None:
    sections = changed("network/podCidr", "100.64.0.0/16", DEV)
    (found,) = mistakes(changed("vpcCni", ABSENT, sections))
    assert found.startswith(
        'eks-platform:network.podCidr: "100.64.0.0/16" does not go with eks-platform:vpcCni.mode, '
        f"{LEFT_OUT}leaves network.podCidr 100.64.0.0/16 unused; set custom-networking, "
    )


def test_several_mistakes_are_reported_together() -> None:
    sections = DEV
    for path, value in {
        "aws:region": ABSENT,
        "region": "ap-northeast-2",
        "network/zones": ["ap-northeast-2a"],
        "cluster/version": 1.36,
        "nodeGroups/default/maxSize": 1,
        "sampleApp/image": "nginx",
        "sampleApp/shutdown/graceSeconds": 1,
        "tag": {},
    }.items():
        sections = changed(path, value, sections)

    assert sorted(line.split(": ")[0] for line in mistakes(sections)) == [
        "aws:region",
        "eks-platform:cluster.version",
        "eks-platform:network.zones",
        "eks-platform:nodeGroups.default.maxSize",
        "eks-platform:region",
        "eks-platform:sampleApp.image",
        "eks-platform:sampleApp.shutdown.graceSeconds",
        "eks-platform:tag",
    ]


@pytest.mark.parametrize("region", [ABSENT, "seoul"])
def test_the_cloud_is_not_asked_where_no_region_is_known(region: object) -> None:
    config = as_config(changed("aws:region", region, DEV))

    with pytest.raises(StackFileError, match="aws:region: "):
        in_stack(config, partial(load_settings, UnreachableCloud()))


# Any key, with those that a section has among them, so that a value gets past the first check.
_keys = st.sampled_from(["default", "zones", "cidr", "version", "shutdown", "image"]) | st.text()
_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["10.0.0.0/16", "t3.medium", "1.36", "nginx:1.30.5", "{}"])
)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner) | st.dictionaries(_keys, inner), max_leaves=8
)


def paths_of(data: object, prefix: str) -> list[str]:
    """Returns the paths of a section and of everything below it that has a name."""
    below = data.items() if isinstance(data, dict) else ()
    return [prefix, *(path for key, inner in below for path in paths_of(inner, f"{prefix}/{key}"))]


@hypothesis.given(data=st.data(), section=st.sampled_from(SECTIONS), value=_values)
@hypothesis.settings(deadline=None, max_examples=300)
def test_no_value_of_any_key_ends_in_a_traceback(
    data: st.DataObject, section: str, value: object
) -> None:
    paths = paths_of(DEV[f"{PROJECT}:{section}"], section)
    sections = changed(data.draw(st.sampled_from(paths), label="path"), value, DEV)

    try:
        load(sections)
    except StackFileError as refused:
        assert f"{PROJECT}:{section}" in str(refused)  # noqa: PT017  some values are right


def filled_in(sections: Mapping[str, Any], account_id: str) -> None:
    def check() -> None:
        check_filled_in(load_settings(FakeCloud()), account_id)

    in_stack(as_config(sections), check)


def test_a_deployment_from_documentation_addresses_is_refused() -> None:
    with pytest.raises(StackFileError) as refused:
        filled_in(DEV, "444455556666")

    heading, line = str(refused.value).splitlines()
    assert heading == "Pulumi.lab.yaml is not valid:"
    key = "eks-platform:cluster.publicAccessCidrs[0]"
    assert line.startswith(f"  {key}: 203.0.113.0/24 is reserved for documentation")
    assert f"pulumi config set --path '{key}' " in line


def test_a_deployment_with_documentation_roles_certificates_and_hosts_is_refused() -> None:
    with pytest.raises(StackFileError) as refused:
        filled_in(PROD, "444455556666")

    _, *lines = str(refused.value).splitlines()
    keys = ["cluster.admins[0]", "sampleApp.certificateArn", "sampleApp.hostname"]
    assert [line.split(": ")[0] for line in lines] == [f"  eks-platform:{key}" for key in keys]
    for key, line in zip(keys, lines, strict=True):
        assert line.endswith(f"pulumi config set --path 'eks-platform:{key}' VALUE")


def test_the_key_of_a_documentation_value_leads_into_maps_and_lists() -> None:
    sections = changed("apps", {"web": {"hostname": "web.example.net"}}, DEV)
    blocks = ["20.0.0.0/24", "192.0.2.0/24"]
    with pytest.raises(StackFileError) as refused:
        filled_in(changed("cluster/publicAccessCidrs", blocks, sections), "444455556666")

    _, *lines = str(refused.value).splitlines()
    keys = ["apps.web.hostname", "cluster.publicAccessCidrs[1]"]
    assert [line.split(": ")[0] for line in lines] == [f"  eks-platform:{key}" for key in keys]


@pytest.mark.parametrize("sections", [DEV, PROD], ids=["dev", "prod"])
def test_the_documentation_account_may_use_what_is_made_for_documentation(
    sections: dict[str, Any],
) -> None:
    filled_in(sections, DOCUMENTATION_ACCOUNT)


def test_a_stack_that_is_filled_in_passes_in_its_own_account() -> None:
    sections = PROD
    for path, value in {
        "cluster/admins": [ADMIN],
        "cluster/publicAccessCidrs": ["20.0.0.0/24"],
        "sampleApp/hostname": "app.example-shop.net",
        "sampleApp/certificateArn": ABSENT,
    }.items():
        sections = changed(path, value, sections)

    filled_in(sections, "444455556666")
