"""The offline engine: what it records, what it refuses, and that it needs nothing."""

import asyncio
import json
import socket
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pulumi
import pytest
from conftest import STACKS, exported_text
from graph_model import Graph
from programs import by_name, complete, record_text, run_text

from deployment.export import export, write
from deployment.properties import SECRET_SIGNATURE, SIGNATURE_KEY, plain_map
from offline.monitor import RecordingMonitor
from offline.simulation import run_stack
from stackfile.files import PROGRAM


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_previews_without_credentials_or_network(
    stack: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Requirement 38."""

    def refuse(*_: object) -> None:
        message = "the preview opened a connection"
        raise AssertionError(message)

    for variable in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    # Whole, and the same file as with a network: byte for byte.
    write(export(run_stack(PROGRAM, stack).resources), tmp_path / "graph.json")
    again = json.loads((tmp_path / "graph.json").read_text(encoding="utf-8"))
    assert json.dumps(complete(again)) == exported_text(stack)


def test_the_export_is_a_whole_deployment(exported: dict[str, Any]) -> None:
    assert list(exported) == ["version", "features", "deployment"]
    # Both stacks have the hooks that guard upgrades.
    assert (exported["version"], exported["features"]) == (4, ["hooks"])
    resources = exported["deployment"]["resources"]
    seen: set[str] = set()
    for resource in resources:
        assert resource.keys() >= {"urn", "custom", "type"}
        if resource["custom"]:
            assert resource["id"]
            own = resource["type"].startswith("pulumi:providers:")
            assert own or resource["provider"].rpartition("::")[0] in seen
        if resource["type"] != "pulumi:pulumi:Stack" and not (
            resource["type"].startswith("pulumi:providers:") and not resource.get("parent")
        ):
            assert resource["parent"] in seen
        # What a resource needs stands before it, as Pulumi wants it.
        assert set(resource.get("dependencies", [])) <= seen
        for urns in resource.get("propertyDependencies", {}).values():
            assert set(urns) <= set(resource.get("dependencies", []))
        assert resource["urn"] not in seen
        seen.add(resource["urn"])


def test_the_export_withholds_secrets(exported: dict[str, Any]) -> None:
    graph = Graph(exported)
    kubeconfig = graph.one("pulumi:pulumi:Stack").outputs["kubeconfig"]
    assert kubeconfig == {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                          "ciphertext": ""}  # fmt: skip
    text = json.dumps(exported)
    assert "certificate-authority-data" not in text
    assert "get-token" not in text


def test_what_is_computed_from_a_secret_is_one(tmp_path: Path) -> None:
    data = run_text(
        tmp_path,
        """
        import pulumi
        import pulumi_kubernetes as k8s
        k8s.core.v1.Service("s", metadata={"annotations": {"a": pulumi.Output.secret("hidden")}},
                            spec={"ports": [{"port": 80}]})
        """,
    )
    service = by_name(data)["kubernetes:core/v1:Service s"]
    assert service["outputs"]["metadata"]["ciphertext"] == ""
    assert service["outputs"]["spec"]["clusterIP"]
    assert "hidden" not in json.dumps(data)


def test_the_stack_exports_what_people_use_next(exported: dict[str, Any], stack: str) -> None:
    outputs = Graph(exported).one("pulumi:pulumi:Stack").outputs
    name = f"eks-platform-{stack}"
    assert outputs["clusterName"] == name
    assert outputs["updateKubeconfigCommand"].endswith(f"--name {name}")
    assert outputs["oidcIssuer"].startswith("oidc.eks.")
    assert outputs["storageClass"] == "nfs-csi"
    assert outputs["ingressHostname"].endswith(".elb.amazonaws.com")
    assert outputs["plan"]["subnets"]


def test_urns_name_all_parents_but_the_stack(tmp_path: Path) -> None:
    data = run_text(
        tmp_path,
        """
        import pulumi
        import pulumi_aws as aws
        parent = pulumi.ComponentResource("my:own:Thing", "thing")
        aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions(parent=parent))
        """,
    )
    vpc = by_name(data)["aws:ec2/vpc:Vpc vpc"]
    assert vpc["urn"] == "urn:pulumi:dev::proj::my:own:Thing$aws:ec2/vpc:Vpc::vpc"
    assert vpc["parent"] == "urn:pulumi:dev::proj::my:own:Thing::thing"


def test_computed_outputs_carry_dependencies(tmp_path: Path) -> None:
    data = run_text(
        tmp_path,
        """
        import pulumi_aws as aws
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        aws.ec2.Subnet("one", vpc_id=vpc.id, cidr_block="10.0.0.0/24")
        """,
    )
    subnet, vpc = by_name(data)["aws:ec2/subnet:Subnet one"], by_name(data)["aws:ec2/vpc:Vpc vpc"]
    assert subnet["inputs"]["vpcId"] == vpc["id"]
    assert subnet["dependencies"] == [vpc["urn"]]
    assert subnet["propertyDependencies"] == {"cidrBlock": [], "vpcId": [vpc["urn"]]}


REFUSED = {
    "a property that the class does not have": (
        'pulumi.CustomResource("aws:ec2/vpc:Vpc", "vpc", {"cidrBlok": "10.0.0.0/16"})',
        ["aws:ec2/vpc:Vpc vpc", "cidrBlok", "is not a property"],
    ),
    "a missing property": (
        'pulumi.CustomResource("aws:ec2/subnet:Subnet", "one", {"cidrBlock": "10.0.0.0/24"})',
        ["aws:ec2/subnet:Subnet one", "vpcId", "is required"],
    ),
    "a nested property that the class does not have": (
        'aws.eks.NodeGroup("n", cluster_name="c", node_role_arn="arn:aws:iam::111122223333:role/r",'
        ' subnet_ids=["s"], scaling_config={"minSize": 1, "maxSize": 1, "desiredSize": 1,'
        ' "size": 1})',
        ["scalingConfig.size", "is not a property"],
    ),
    "a text for a number": (
        'pulumi.CustomResource("aws:cloudwatch/logGroup:LogGroup", "g", {"retentionInDays": "x"})',
        ["LogGroup g", "retentionInDays", "must be int"],
    ),
    "a fraction for a whole number": (
        'pulumi.CustomResource("aws:cloudwatch/logGroup:LogGroup", "g", {"retentionInDays": 1.5})',
        ["retentionInDays", "must be int, got 1.5"],
    ),
    "a text for a list": (
        'pulumi.CustomResource("aws:ec2/vpcEndpoint:VpcEndpoint", "e",'
        ' {"vpcId": "v", "serviceName": "s", "routeTableIds": "rtb-1"})',
        ["routeTableIds", "must be a sequence"],
    ),
    "a malformed ARN": (
        'aws.iam.RolePolicyAttachment("a", role="r", policy_arn="not-an-arn")',
        ["RolePolicyAttachment a", "policyArn", "is not an ARN"],
    ),
    "a value that the model of AWS's API does not take": (
        'aws.cloudwatch.LogGroup("g", name="two words")',
        ["LogGroup g", "name", "must match"],
    ),
    "a name that the provider makes and EC2 does not take": (
        'aws.ec2.LaunchTemplate("n" * 130)',
        ["LaunchTemplate n", "name", "3 to 128"],
    ),
    "a malformed block": (
        'aws.ec2.Vpc("vpc", cidr_block="10.0.0.1/16")',
        ["Vpc vpc", "cidrBlock", "host bits"],
    ),
    "configuration that is not JSON": (
        'aws.eks.Addon("a", cluster_name="c", addon_name="vpc-cni", configuration_values="{")',
        ["Addon a", "configurationValues", "is not JSON"],
    ),
    "a policy that is not JSON": (
        'aws.iam.Policy("p", policy="{")',
        ["Policy p", "policy", "is not JSON"],
    ),
    "a policy that IAM does not take": (
        'aws.iam.Policy("p", policy=\'{"Version": "2012-10-17", "Statement":'
        ' [{"Effect": "Alow", "Action": "s3:Get*", "Resource": "*"}]}\')',
        ["Policy p", "policy", "is not a policy that IAM takes"],
    ),
    "a policy that is too long": (
        'aws.iam.Policy("p", policy=\'{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",'
        ' "Action": "s3:Get*", "Resource": "arn:aws:s3:::\' + "x" * 7000 + \'"}]}\')',
        ["Policy p", "IAM takes at most 6144"],
    ),
    "a trust policy without an action to assume": (
        'aws.iam.Role("r", assume_role_policy=\'{"Version": "2012-10-17", "Statement":'
        ' [{"Effect": "Allow", "Action": "s3:Get*", "Principal": {"Service": "s3.amazonaws.com"}}]'
        "}')",
        ["Role r", "assumeRolePolicy", "is not a policy"],
    ),
    "a type that is not simulated": (
        'aws.sfn.Activity("a")',
        ["aws:sfn/activity:Activity a", "has no resource type"],
    ),
    "a function that is not simulated": (
        "aws.get_ip_ranges(services=['ec2'])",
        ["getIpRanges", "has no function"],
    ),
    "an argument of a function that is not simulated": (
        'aws.get_availability_zones(state="available")',
        ["argument state is not simulated"],
    ),
    "a manifest with an unknown field": (
        'k8s.apps.v1.Deployment("d", spec={"selector": {"matchLabels": {"a": "b"}},'
        ' "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": []}},'
        ' "replcias": 2})',
        ["kubernetes:apps/v1:Deployment d", "replcias"],
    ),
    "a manifest with a text for a number": (
        'k8s.core.v1.Service("s", spec={"ports": [{"port": "http"}]})',
        ["kubernetes:core/v1:Service s", "spec.ports[0].port"],
    ),
    "a chart's value that the chart ignores": (
        'k8s.helm.v3.Release("r", chart="csi-driver-nfs", version="4.13.4",'
        ' values={"controller": {"replica": 2}})',
        ["Release r", "values.controller.replica", "would ignore it"],
    ),
    "a chart that is not known": (
        'k8s.helm.v3.Release("r", chart="csi-driver-nfs", version="4.0.0")',
        ["csi-driver-nfs 4.0.0", "not known"],
    ),
    "a patch of nothing": (
        'k8s.storage.v1.StorageClassPatch("p", metadata={"annotations": {"a": "b"}})',
        ["StorageClassPatch p", "metadata.name", "a patch names the object"],
    ),
    "randomness of an unknown kind": (
        'import pulumi_random; pulumi_random.RandomUuid("u")',
        ["the simulated random provider has no resource type"],
    ),
    "two resources of one name": (
        'aws.ec2.Vpc("v", cidr_block="10.0.0.0/16"); aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")',
        ["two resources have the URN", "aws:ec2/vpc:Vpc::v"],
    ),
    "a read": ('aws.ec2.Vpc.get("v", "vpc-1")', ["aws:ec2/vpc:Vpc v", "nothing to read"]),
    "a cluster with defaults": (
        'import pulumi_eks as eks; eks.Cluster("c", version="1.36")',
        ["does not do what", "skipDefaultNodeGroup"],
    ),
    "a package that is not simulated": (
        'pulumi.CustomResource("gcp:storage/bucket:Bucket", "b")',
        ["no provider gcp"],
    ),
}


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_what_a_cloud_would_refuse_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    statement, fragments = REFUSED[kind]
    program = f"""
    import pulumi
    import pulumi_aws as aws
    import pulumi_kubernetes as k8s
    {statement}
    """
    with pytest.raises(pulumi.RunError) as refused:
        run_text(tmp_path, program)
    for fragment in fragments:
        assert fragment in str(refused.value)


def test_a_program_that_fails_tells_where(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        run_text(tmp_path, "1 / 0")


def test_runs_leave_nothing_behind(tmp_path: Path) -> None:
    text = 'import pulumi_aws as aws\naws.ec2.Vpc("v", cidr_block="10.0.0.0/16")\n'
    assert run_text(tmp_path, text) == run_text(tmp_path, text)


def test_secret_outputs_are_withheld_and_reach_the_program(tmp_path: Path) -> None:
    resources = record_text(
        tmp_path,
        """
        import pulumi
        import pulumi_random as random
        password = random.RandomPassword("p", length=70)
        pulumi.export("length", pulumi.Output.unsecret(password.result.apply(len)))
        pulumi.export("derived", password.result.apply(lambda text: f"in a text: {text}"))
        """,
    )
    data = export(resources)
    (made,) = (r for r in resources if r.type == "random:index/randomPassword:RandomPassword")
    text = str(plain_map(made.outputs)["result"])
    stack = by_name(data)["pulumi:pulumi:Stack proj-dev"]["outputs"]
    assert stack["length"] == len(text) == 70
    assert text not in json.dumps(data)
    assert stack["derived"] == {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": ""}


def test_a_thread_does_not_wait_for_a_run_that_a_signal_has_ended() -> None:
    async def work() -> None:
        """Is never begun: the loop does not run."""

    monitor = RecordingMonitor("proj", "dev", {}, {})
    monitor.loop = loop = asyncio.new_event_loop()
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(monitor._wait, work())  # noqa: SLF001  what a request waits in
        assert not wait([waiting], 0.5).done
        monitor.ended = True
        with pytest.raises(RuntimeError, match="the run has ended"):
            waiting.result(10)
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()
