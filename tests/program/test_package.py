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
from commands import run
from graph_model import Graph
from platforms import broken_rules
from programs import run_platform
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from components.apps import graceful_web_app, web_app_exposure, web_app_pods, web_app_volumes
from components.cluster import addons, cluster, load_balancer_controller, nodes, vpc_cni
from components.identity.irsa import OidcProvider
from components.network import network
from components.pods import hardened
from components.pods.pod_network import PodPeer
from deployment.export import export
from deployment.types import ROLE
from offline.simulation import run_stack
from package.host import SCHEMA_FILE, VERSION, Host, schema_text
from planning.aws_place import AwsPlace
from planning.cluster_access import AccessEntry
from planning.pod_ips.limits import CniMode
from planning.pod_ips.targets import WarmTargets
from stackfile.files import PROGRAM, read_yaml
from stackfile.workloads import ShutdownSettings

EXAMPLE: Final = PROGRAM / "examples" / "yaml"
SCHEMA: Final[dict[str, Any]] = json.loads(schema_text())
TAGS: Final = {"tags"}
OF_ROLES: Final = {"permissionsBoundary", "rolePath"}
# Each component's own arguments, and what the package adds to them.
ARGUMENTS: Final[dict[str, tuple[type[Any], set[str]]]] = {
    "Network": (network.NetworkArgs, TAGS | OF_ROLES),
    "Cluster": (cluster.ClusterArgs, OF_ROLES),
    "VpcCni": (vpc_cni.VpcCniArgs, TAGS | OF_ROLES),
    "ManagedAddon": (addons.ManagedAddonArgs, TAGS | OF_ROLES),
    "NodeRole": (AwsPlace, TAGS | OF_ROLES),
    "NodeGroup": (nodes.NodeGroupArgs, set()),
    "LoadBalancerController": (load_balancer_controller.LoadBalancerControllerArgs, OF_ROLES),
    "GracefulWebApp": (graceful_web_app.GracefulWebAppArgs, set()),
}
# A hook is a function of the program, and a secret store a component of it.
NOT_GIVEN: Final = {"hooks", "secrets"}
# All of their parts have a default.
OPTIONAL_HERE: Final = {"shutdown", "mode", "targets"}


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
    return Graph(export(run_stack(EXAMPLE, "dev").resources))


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


def arguments(kind: type[Any]) -> tuple[set[str], set[str]]:
    """Returns the inputs for a dataclass's fields, and those without a default."""
    fields = {camel(field.name): field for field in dataclasses.fields(kind)}
    without_default = {
        name
        for name, field in fields.items()
        if (field.default, field.default_factory) == (dataclasses.MISSING,) * 2
    }
    return fields.keys() - NOT_GIVEN, without_default - OPTIONAL_HERE


def test_the_package_has_these_components() -> None:
    assert SCHEMA["resources"].keys() == {f"eks-platform:index:{name}" for name in ARGUMENTS}


@pytest.mark.parametrize("component", ARGUMENTS)
def test_inputs_are_the_arguments_of_the_component(component: str) -> None:
    resource = SCHEMA["resources"][f"eks-platform:index:{component}"]
    kind, added = ARGUMENTS[component]
    inputs, required = arguments(kind)

    assert resource["inputProperties"].keys() == inputs | added
    assert set(resource["requiredInputs"]) == required


@pytest.mark.parametrize(
    "kind",
    [
        AwsPlace,
        OidcProvider,
        CniMode,
        WarmTargets,
        nodes.Taint,
        web_app_pods.Container,
        web_app_pods.Scaling,
        hardened.Resources,
        web_app_exposure.Exposure,
        web_app_volumes.Contents,
        web_app_volumes.SharedVolume,
        PodPeer,
        AccessEntry,
        addons.AddonRole,
    ],
)
def test_values_among_the_arguments_are_types_of_their_name(kind: type[Any]) -> None:
    schema = SCHEMA["types"][f"eks-platform:index:{kind.__name__}"]
    inputs, required = arguments(kind)

    assert schema["properties"].keys() == inputs
    assert set(schema["required"]) == required


def test_the_numbers_of_a_shutdown_are_those_of_a_stack_file_and_optional() -> None:
    schema = SCHEMA["types"]["eks-platform:index:ShutdownBudget"]

    assert schema["properties"].keys() == {
        field.alias for field in ShutdownSettings.model_fields.values()
    }
    assert schema["required"] == []


def property_of(path: str) -> dict[str, Any]:
    component, name = path.split(".")
    return dict(SCHEMA["resources"][f"eks-platform:index:{component}"]["inputProperties"][name])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("Network.cidr", {"type": "string", "plain": True}, id="a block"),
        pytest.param(
            "Network.zones",
            {"type": "array", "items": {"type": "string", "plain": True}, "plain": True},
            id="a tuple",
        ),
        pytest.param("Network.podCidr", {"type": "string", "plain": True}, id="an optional value"),
        pytest.param("Network.nat", {"type": "string", "plain": True}, id="a choice"),
        pytest.param("NodeGroup.maxPods", {"type": "integer", "plain": True}, id="a number"),
        pytest.param(
            "Cluster.deletionProtection", {"type": "boolean", "plain": True}, id="a truth value"
        ),
        pytest.param(
            "NodeGroup.labels",
            {
                "type": "object",
                "additionalProperties": {"type": "string", "plain": True},
                "plain": True,
            },
            id="a map",
        ),
        pytest.param("Cluster.vpcId", {"type": "string", "plain": False}, id="an input"),
        pytest.param(
            "NodeGroup.dependsOn",
            {"type": "array", "items": {"type": "string", "plain": False}, "plain": False},
            id="resources to wait for",
        ),
        pytest.param(
            "NodeGroup.taints",
            {
                "type": "array",
                "items": {"$ref": "#/types/eks-platform:index:Taint", "plain": True},
                "plain": True,
            },
            id="a list of values",
        ),
        pytest.param(
            "VpcCni.oidc",
            {"$ref": "#/types/eks-platform:index:OidcProvider", "plain": False},
            id="a value of inputs",
        ),
        pytest.param(
            "ManagedAddon.configuration",
            {
                "type": "object",
                "additionalProperties": {"$ref": "pulumi.json#/Any", "plain": False},
                "plain": False,
            },
            id="data of any form",
        ),
    ],
)
def test_types_of_arguments_become_types_of_the_schema(path: str, expected: dict[str, Any]) -> None:
    spec = property_of(path)
    assert {key: spec[key] for key in spec if key != "description"} == expected


def test_descriptions_are_those_of_the_arguments_without_marks() -> None:
    assert property_of("NodeGroup.capacityType")["description"] == (
        "On-demand or spot instances. One of ON_DEMAND, SPOT."
    )
    assert property_of("VpcCni.place")["description"] == "A region of an account."
    assert "``" not in json.dumps(SCHEMA)
    assert ":class:" not in json.dumps(SCHEMA)


def test_every_input_and_output_has_a_description() -> None:
    resources = [*SCHEMA["resources"].values(), *SCHEMA["types"].values()]
    properties = [
        (key, prop)
        for resource in resources
        for key, prop in {**resource.get("inputProperties", {}), **resource["properties"]}.items()
    ]
    assert len(properties) > 80
    assert [key for key, prop in properties if not prop.get("description")] == []


def test_the_yaml_program_keeps_to_the_policies() -> None:
    assert broken_rules(export(run_stack(EXAMPLE, "dev").resources)) == []


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
            "eks-platform:index:Network network: cidr: must be between /16 and /24",
            id="the argument's own check",
        ),
        pytest.param(
            {"resources/network/properties/cidr": "ten"},
            "cidr: input is not a valid IPv4 network",
            id="a wrong form",
        ),
        pytest.param(
            {"resources/network/properties/nat": "no"},
            "nat: input should be 'single', 'per-zone' or 'none'",
            id="a wrong choice",
        ),
        pytest.param(
            {"resources/network/properties/nat": None}, "nat: is required", id="a missing input"
        ),
        pytest.param(
            {"resources/network/properties/zone": "a"},
            "zone: is not an input; known here: cidr, flowLogRetentionDays",
            id="an unknown input",
        ),
        pytest.param(
            {"resources/cluster/properties/clusterName": "${network.vpcId}"},
            "clusterName: must be written out, not an output of a resource",
            id="an output where a plain value is needed",
        ),
        pytest.param(
            {"resources/web/properties/container/userId": 0},
            "container.userId: must not be 0",
            id="a part of an input",
        ),
        pytest.param(
            {"resources/web/properties/container/cpu": "1"},
            "container.cpu: is not an input; known here: command, environment",
            id="an unknown part of an input",
        ),
        pytest.param(
            {"resources/web/properties/scaling/maxReplicas": 1},
            "scaling.minReplicas: must be at least 2 and at most max_replicas 1",
            id="parts that do not fit",
        ),
        pytest.param(
            {"resources/web/properties/shutdown/speed": 1},
            "shutdown.speed: is not an input; known here: deregistrationDelaySeconds",
            id="an unknown number of a shutdown",
        ),
        pytest.param(
            {"resources/nodes/properties/taints": [{"key": "a", "value": "b", "effect": "c"}]},
            "taints[0].effect: input should be 'NO_SCHEDULE'",
            id="an item of a list",
        ),
        pytest.param(
            {"resources/vpcCni/properties/oidc": {"arn": "${cluster.oidcArn}"}},
            "oidc.issuer: is required",
            id="a missing part",
        ),
        pytest.param(
            {"resources/vpcCni/properties/targets": {"minimumIpTarget": 10}},
            "targets.warmIpTarget: must be at least 1 beside",
            id="a check of a value by what has it",
        ),
        pytest.param(
            {"resources/nodes/properties/dependsOn": []},
            "dependsOn: nodes without a network plugin never become ready",
            id="nothing to wait for",
        ),
        pytest.param(
            {
                "resources/cluster/properties/publicAccessCidrs": [
                    "203.0.113.0/24",
                    "${network.vpcId}",
                ]
            },
            "publicAccessCidrs[1]: must be written out, not an output of a resource",
            id="an output among plain values",
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


def test_all_bad_inputs_of_a_component_are_refused_at_once(tmp_path: Path) -> None:
    network_inputs = "resources/network/properties"
    change = {
        f"{network_inputs}/cidr": "ten",
        f"{network_inputs}/nat": None,
        f"{network_inputs}/zone": "a",
        f"{network_inputs}/place": {"partition": "aws", "region": 1},
    }
    with pytest.raises(pulumi.RunError) as refused:
        run_stack(write_program(tmp_path, change), "dev")

    found = str(refused.value).removeprefix("eks-platform:index:Network network: ").split("; ")
    assert [line.partition(":")[0] for line in found if not line.startswith("known here")] == [
        "cidr",
        "nat",
        "place.region",
        "place.accountId",
        "zone",
    ]


def tags_of(resources: Graph, kind: str) -> list[dict[str, str]]:
    return [dict(resource.inputs.get("tags", {})) for resource in resources.of(kind)]


def test_tags_reach_every_aws_resource_below_the_component_that_has_them(tmp_path: Path) -> None:
    change = {"resources/network/properties/tags": {"owner": "network"}}
    graph = Graph(export(run_stack(write_program(tmp_path, change), "dev").resources))

    subnets = tags_of(graph, "aws:ec2/subnet:Subnet")
    assert subnets
    assert {tags["owner"] for tags in subnets} == {"network"}
    assert all("Name" in tags and "environment" not in tags for tags in subnets)
    roles = tags_of(graph, "aws:iam/role:Role")
    assert {tags["owner"] for tags in roles} == {"platform", "network"}


def test_custom_networking_works_from_another_language(tmp_path: Path) -> None:
    change = {
        "resources/network/properties/podCidr": "100.64.0.0/16",
        "resources/vpcCni/properties/mode": {"customNetworking": True},
        "resources/vpcCni/properties/podSubnetIds": {
            "ap-northeast-2a": "${network.podSubnetIds[0]}",
            "ap-northeast-2c": "${network.podSubnetIds[1]}",
        },
        "resources/vpcCni/properties/podSecurityGroupId": "${cluster.securityGroupId}",
    }
    graph = Graph(export(run_stack(write_program(tmp_path, change), "dev").resources))

    configuration = json.loads(graph.addon("vpc-cni").inputs["configurationValues"])
    assert configuration["eniConfig"]["subnets"].keys() == {"ap-northeast-2a", "ap-northeast-2c"}


def test_an_addon_takes_a_configuration(tmp_path: Path) -> None:
    change = {"resources/coreDns/properties/configuration": {"replicaCount": 3}}
    graph = Graph(export(run_stack(write_program(tmp_path, change), "dev").resources))

    assert graph.addon("coredns").inputs["configurationValues"] == '{"replicaCount":3}'


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
    ended = run("preview", "--program", "examples/yaml")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("eks-platform-yaml-dev\n")


def test_roles_of_a_component_have_its_path_and_boundary(tmp_path: Path) -> None:
    """That of the control plane, too, which pulumi-eks makes inside of it."""
    boundary = "arn:aws:iam::111122223333:policy/boundary"
    given = {"permissionsBoundary": boundary, "rolePath": "/platform/"}
    of_cluster = {f"resources/cluster/properties/{key}": value for key, value in given.items()}
    folder = write_program(tmp_path, of_cluster)
    roles = Graph(export(run_stack(folder, "dev").resources)).of(ROLE)

    given = {
        role.name: (role.inputs.get("path"), role.inputs.get("permissionsBoundary"))
        for role in roles
    }
    assert given.pop("cluster-eksRole-role") == ("/platform/", boundary)
    assert set(given.values()) == {(None, None)}
