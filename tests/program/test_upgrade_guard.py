"""A change of versions that EKS does not survive is refused at preview, by the program itself."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
from graph_model import Graph
from programs import run_of_platform, run_platform, run_text, section
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2

from components.cluster.upgrade_guard import control_plane_guard
from deployment.export import NoDeploymentError, read
from deployment.types import CLUSTER
from offline.engine import Run

NO_MOCKS: Any = None


def deployed(changes: dict[str, Any]) -> Graph:
    """Returns the platform as it runs."""
    return Graph(run_platform(changes))


def refused(run: Run) -> str:
    """Returns why steps are refused."""
    return "\n".join(reason for step in run.steps for reason in step.refusals)


def running(version: str, cni: str | None = None) -> dict[str, Any]:
    """Returns what a stack file says of versions."""
    vpc_cni = {**section("vpcCni"), **({"version": cni} if cni else {})}
    return {"cluster": {**section("cluster"), "version": version}, "vpcCni": vpc_cni}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        pytest.param(
            running("1.34"),
            running("1.36"),
            'it runs 1.34, so deploy cluster.version "1.35" before "1.36"',
            id="control plane skips a version",
        ),
        pytest.param(
            running("1.36"), running("1.35"), "runs 1.36 and cannot go back to 1.35", id="back"
        ),
        pytest.param(
            running("1.36", "v1.19.2-eksbuild.1"),
            running("1.36", "v1.22.3-eksbuild.1"),
            "it runs v1.19.2-eksbuild.1, so deploy a build of v1.20",
            id="VPC CNI skips versions",
        ),
    ],
)
def test_a_jump_is_refused_at_preview(
    before: dict[str, Any], after: dict[str, Any], message: str
) -> None:
    assert message in refused(run_of_platform(after, previous=deployed(before)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(running("1.35"), running("1.36"), id="one version up"),
        pytest.param(running("1.36"), running("1.36"), id="nothing"),
        pytest.param(running("1.36"), running("1.36", "v1.22.3-eksbuild.1"), id="a first pin"),
        pytest.param(
            running("1.36", "v1.22.1-eksbuild.2"),
            running("1.36", "v1.21.2-eksbuild.2"),
            id="one version of the CNI back",
        ),
        pytest.param(running("1.36", "v1.22.1-eksbuild.2"), running("1.36"), id="no pin any more"),
    ],
)
def test_a_step_passes(before: dict[str, Any], after: dict[str, Any]) -> None:
    run = run_of_platform(after, previous=deployed(before))
    assert not refused(run)
    (cluster,) = (step.resource for step in run.steps if step.resource.type == CLUSTER)
    assert cluster.inputs["version"] == "1.36"


def test_nodes_left_far_behind_are_seen() -> None:
    before = deployed(running("1.35"))
    group = before.one("aws:eks/nodeGroup:NodeGroup")
    for properties in (group.inputs, group.outputs):
        cast("dict[str, Any]", properties)["version"] = "1.32"
    found = refused(run_of_platform(running("1.36"), previous=before))
    assert "nodes run 1.32" in found
    assert 'cluster.version "1.35" first' in found


def test_the_guard_keeps_what_it_passes_on() -> None:
    """Unknown values and secrets of a preview go through the transform unchanged."""
    properties = {
        "roleArn": rpc.UNKNOWN,
        "vpcConfig": {"subnetIds": [rpc.UNKNOWN, "subnet-1"]},
        "secret": {rpc._special_sig_key: rpc._special_secret_sig, "value": "s"},  # noqa: SLF001
    }

    async def transformed() -> resource_pb2.TransformResponse:
        settings = mocks.MockSettings(
            monitor=mocks.MockMonitor(NO_MOCKS), engine=None, project="p", stack="s", dry_run=True,
            callbacks=None,
        )  # fmt: skip
        pulumi.runtime.configure(settings)
        await pulumi.runtime.settings._load_monitor_feature_support()  # noqa: SLF001
        callbacks: Any = await pulumi.runtime.settings._get_callbacks()  # noqa: SLF001
        callback = callbacks.register_transform(control_plane_guard("cluster", protect=True))
        request = resource_pb2.TransformRequest(type="aws:eks/cluster:Cluster", name="c")
        request.properties.update(properties)
        call = callbacks._callbacks[callback.token]  # noqa: SLF001
        answer: resource_pb2.TransformResponse = await call(request.SerializeToString())
        await pulumi.runtime.settings._shutdown_callbacks()  # noqa: SLF001
        return answer

    answer = asyncio.run(transformed())
    assert dict(answer.properties) == dict(_struct(properties))
    assert list(answer.options.hooks.before_update) == ["cluster-upgrade"]
    assert answer.options.protect
    # EKS refuses subnets in zones that a control plane was not made in.
    assert list(answer.options.ignore_changes) == ["vpcConfig.subnetIds"]


def _struct(data: dict[str, Any]) -> Any:
    request = resource_pb2.TransformRequest()
    request.properties.update(data)
    return request.properties


def test_a_transform_reaches_only_below_its_component(tmp_path: Path) -> None:
    data = run_text(
        tmp_path,
        """
        import pulumi
        import pulumi_aws as aws

        def rename(args):
            if args.type_ != "aws:iam/role:Role":
                return None
            return pulumi.ResourceTransformResult({**args.props, "description": "seen"}, args.opts)

        class Group(pulumi.ComponentResource):
            def __init__(self, name, opts=None):
                super().__init__("test:test:Group", name, None, opts)
                aws.iam.Role(f"{name}-in", assume_role_policy=TRUST,
                    opts=pulumi.ResourceOptions(parent=self))

        TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'\
            '"Principal":{"Service":"ec2.amazonaws.com"}}]}'
        Group("one", pulumi.ResourceOptions(transforms=[rename]))
        Group("two")
        """,
    )
    roles = {
        resource["urn"].rsplit("::", maxsplit=1)[-1]: resource["inputs"].get("description")
        for resource in data["deployment"]["resources"]
        if resource["type"] == "aws:iam/role:Role"
    }
    assert roles == {"one-in": "seen", "two-in": None}


def test_an_export_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(NoDeploymentError, match=r"x\.json is no deployment"):
        read(tmp_path / "x.json")
    with pytest.raises(NoDeploymentError, match=r"y\.json cannot be read: No such file"):
        read(tmp_path / "y.json")
