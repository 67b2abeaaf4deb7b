"""The components work from other languages: schema, host, and a program in Pulumi YAML."""

import asyncio
import dataclasses
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import grpc
import pulumi
import pytest
import yaml
from graph_model import Graph
from programs import run_platform
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from requirement_checks import CHECKS

from components.apps import graceful_web_app, web_app_pods
from components.cluster import addons, cluster, load_balancer_controller, nodes, vpc_cni
from components.network import network
from deployment.export import export
from offline.simulation import run_stack
from package.host import COMPONENTS, SCHEMA_FILE, VERSION, Host, schema_text
from stackfile.files import PROGRAM, read_yaml

EXAMPLE: Final = PROGRAM / "examples" / "yaml"
SCHEMA: Final[dict[str, Any]] = json.loads(schema_text())
# What a program in another language gives in the place of an argument, and what it cannot give.
INSTEAD: Final = {"oidc": {"oidcArn", "oidcIssuer"}, "contents": {"files"}}
NOT_GIVEN: Final = {
    "configuration": "add-ons of the package have their defaults",
    "hooks": "a hook is a function of the program",
    "reachablePods": "labels of other pods are for programs in Python",
    "podSecurityGroupId": "custom networking is for programs in Python",
    "podSubnetIds": "custom networking is for programs in Python",
    "roleArn": "add-ons of the package have no role of their own",
}
ARGUMENTS: Final = {
    "Network": network.NetworkArgs,
    "Cluster": cluster.ClusterArgs,
    "VpcCni": vpc_cni.VpcCniArgs,
    "ManagedAddon": addons.ManagedAddonArgs,
    "NodeRole": nodes.NodeRoleArgs,
    "NodeGroup": nodes.NodeGroupArgs,
    "LoadBalancerController": load_balancer_controller.LoadBalancerControllerArgs,
    "GracefulWebApp": graceful_web_app.GracefulWebAppArgs,
}
# Their shutdown numbers are derived, as in a stack file.
OPTIONAL_HERE: Final = {"GracefulWebApp": {"shutdown"}}
# Of parts that the example leaves out: the plan of a stack file, and metrics-server.
NOT_OF_THE_EXAMPLE: Final = {3, 5, 20, 32}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def write_program(folder: Path, change: dict[str, Any]) -> Path:
    """Writes the example with some resources' keys changed; a key with ``None`` is removed."""
    data = read_yaml(EXAMPLE / "Pulumi.yaml")
    for path, value in change.items():
        *parents, key = path.split("/")
        here = data
        for parent in parents:
            here = here.setdefault(parent, {})
        if value is None:
            del here[key]
        else:
            here[key] = value
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    stack = (EXAMPLE / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    (folder / "Pulumi.dev.yaml").write_text(stack, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def example() -> Graph:
    """The graph of the example."""
    return Graph(export(run_stack(EXAMPLE, "dev")))


@pytest.fixture(scope="module")
def plugin() -> Iterator[str]:
    """The address of the package's plugin, started as Pulumi starts it."""
    command = [sys.executable, str(PROGRAM / "package"), "127.0.0.1:9"]
    with subprocess.Popen(command, cwd=EXAMPLE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  this project's own
        assert process.stdout
        yield f"127.0.0.1:{process.stdout.readline().strip()}"
        process.terminate()


def test_the_schema_is_fresh() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "make schema"


def test_the_plugin_that_pulumi_starts_answers_with_the_schema(plugin: str) -> None:
    async def ask() -> str:
        async with grpc.aio.insecure_channel(plugin) as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            answer = await stub.GetSchema(provider_pb2.GetSchemaRequest())
            return str(answer.schema)

    assert json.loads(asyncio.run(ask())) == SCHEMA


def test_the_package_has_the_projects_name_and_version() -> None:
    project = tomllib.loads((PROGRAM / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (SCHEMA["name"], VERSION) == (project["name"], project["version"])
    assert read_yaml(PROGRAM / "package" / "PulumiPlugin.yaml") == {"runtime": "python"}


@pytest.mark.parametrize("component", [component.__name__ for component in COMPONENTS])
def test_inputs_are_the_arguments_of_the_component(component: str) -> None:
    resource = SCHEMA["resources"][f"eks-platform:index:{component}"]
    expected, required = set[str](), set[str]()
    for field in dataclasses.fields(ARGUMENTS[component]):
        keys = INSTEAD.get(field.name, {camel(field.name)}) - NOT_GIVEN.keys()
        if component == "NodeGroup" and field.name == "role_arn":
            keys = {"roleArn"}
        expected |= keys
        absent = (field.default, field.default_factory) == (dataclasses.MISSING,) * 2
        required |= keys if absent else set()

    assert resource["inputProperties"].keys() == expected
    assert set(resource["requiredInputs"]) == required - OPTIONAL_HERE.get(component, set())


def test_a_container_and_a_taint_have_the_inputs_of_theirs() -> None:
    kinds = {"ContainerInputs": web_app_pods.Container, "TaintInputs": nodes.Taint}
    for name, kind in kinds.items():
        given = SCHEMA["types"][f"eks-platform:index:{name}"]["properties"]
        arguments = {camel(field.name) for field in dataclasses.fields(kind)}
        assert given.keys() == arguments


def test_every_input_and_output_has_a_description() -> None:
    resources = [*SCHEMA["resources"].values(), *SCHEMA["types"].values()]
    properties = [
        (key, prop)
        for resource in resources
        for key, prop in {**resource.get("inputProperties", {}), **resource["properties"]}.items()
    ]
    assert len(properties) > 80
    assert [key for key, prop in properties if not prop.get("description")] == []


@pytest.mark.parametrize("number", sorted(CHECKS.keys() - NOT_OF_THE_EXAMPLE))
def test_the_yaml_program_keeps_the_requirements(number: int, example: Graph) -> None:
    assert list(CHECKS[number](example)) == []


def children(data: Graph, component: str) -> list[str]:
    """Returns the types of all that is below the components of a type."""
    chain = f"{component}$"
    return sorted(
        resource.urn.split("::")[2].split(chain, 1)[1]
        for resource in data
        if chain in resource.urn.split("::")[2]
    )


@pytest.mark.parametrize(
    "component",
    [
        "eks-platform:network:Network",
        "eks-platform:cluster:Cluster",
        "eks-platform:vpc_cni:VpcCni",
        "eks-platform:nodes:NodeGroup",
        "eks-platform:load_balancer_controller:LoadBalancerController",
    ],
)
def test_components_have_the_children_that_they_have_in_python(
    component: str, example: Graph
) -> None:
    assert children(example, component) == children(Graph(run_platform()), component)
    assert children(example, component)


def test_the_web_application_has_the_children_that_it_has_in_python(example: Graph) -> None:
    component = "eks-platform:graceful_web_app:GracefulWebApp"
    files = "kubernetes:core/v1:ConfigMap"
    in_python = children(Graph(run_platform()), component)
    assert children(example, component) == [child for child in in_python if child != files]


def test_outputs_of_components_order_what_is_inside_of_others(example: Graph) -> None:
    group = example.one("aws:eks/nodeGroup:NodeGroup")
    ingress = example.one("kubernetes:networking.k8s.io/v1:Ingress")

    addons = [example.addon(name) for name in ("vpc-cni", "kube-proxy")]
    nat_routes = [r for r in example.of("aws:ec2/route:Route") if "natGatewayId" in r.inputs]
    assert list(example.missing_waits([group], [*addons, *nat_routes])) == []
    release = example.release("aws-load-balancer-controller")
    assert example.waits_for(ingress, release)
    # As the host of Pulumi YAML tells it: by the component, not by what is in it.
    controller = example.one("eks-platform:index:LoadBalancerController")
    assert controller.urn in ingress.dependencies
    assert release.urn not in ingress.dependencies


def test_everything_in_the_cluster_uses_the_programs_own_provider(example: Graph) -> None:
    inside = [r for r in example if r.type.startswith("kubernetes:")]
    assert inside
    assert {resource.provider.split("::")[3] for resource in inside} == {"kubernetes"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            {"resources/network/properties/cidr": "10.0.0.0/8"},
            "eks-platform:index:Network network: cidr: must be between /16 and /21",
            id="the argument's own check",
        ),
        pytest.param(
            {"resources/network/properties/cidr": "ten"},
            "cidr: input is not a valid IPv4 network",
            id="a wrong form",
        ),
        pytest.param(
            {"resources/network/properties/nat": "none"},
            "nat: input should be 'single' or 'per-zone'",
            id="a wrong choice",
        ),
        pytest.param(
            {"resources/network/properties/nat": None},
            "Missing required input 'nat' on 'Network'",
            id="a missing input",
        ),
        pytest.param(
            {"resources/network/properties/zone": "a"},
            "zone: is not an input; known here: accountId, cidr",
            id="an unknown input",
        ),
        pytest.param(
            {"resources/cluster/properties/clusterName": "${network.vpcId}"},
            "clusterName: must be written out, not an output of a resource",
            id="an output where a plain value is needed",
        ),
        pytest.param(
            {"resources/web/properties/container/userId": 0},
            "container: user_id: must not be 0",
            id="a part of an input",
        ),
        pytest.param(
            {"resources/web/properties/shutdown/graceSeconds": 1},
            "shutdown.graceSeconds: must cover preStopSeconds 30",
            id="a shutdown that cuts requests",
        ),
        pytest.param(
            {"resources/network/type": "eks-platform:index:Net"},
            "eks-platform:index:Net: the package has no such component",
            id="an unknown component",
        ),
    ],
)
def test_a_bad_input_is_refused_in_one_line(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run_stack(write_program(tmp_path, change), "dev")

    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"plugins": {}}, "plugins: is not supported here; supported: config, description"),
        ({"resources/network/get": {}}, "resources.network.get: is not supported here"),
        (
            {"resources/web/options/protect": True},
            "resources.web.options.protect: is not supported here; supported: dependsOn",
        ),
        ({"variables/tags": {"fn::join": []}}, "fn::join: is not supported here"),
        ({"variables/tags": "${nothing}"}, "nothing: is no resource, variable or configuration"),
        ({"outputs/vpc": "${network.vpc}"}, "${network.vpc}: there is no output vpc"),
        ({"variables/tags": "${region[}"}, "${region[}: is not an expression"),
        ({"variables/tags": "$${region}"}, "$${: is not supported here"),
        ({"variables/tags": {"a": "${tags}"}}, "tags: needs itself"),
        ({"config/size": {"type": "integer"}, "outputs/a": "${size}"}, "config.size: has no value"),
        (
            {"resources/bucket": {"type": "aws:s3:Bucket"}},
            "resources.bucket.type: aws:s3:Bucket is of no package that the program names",
        ),
    ],
)
def test_what_of_the_language_is_not_supported_is_refused_by_name(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run_stack(write_program(tmp_path, change), "dev")

    assert str(refused.value).startswith("Pulumi.yaml: ")
    assert message in str(refused.value)


def test_names_of_outputs_are_those_of_the_schema() -> None:
    assert Host().outputs("eks-platform:index:NodeRole") == ["arn"]


def test_the_command_previews_the_example() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "cli", "preview", "--program", "examples/yaml"],
        cwd=PROGRAM,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("eks-platform-yaml-dev\n")
