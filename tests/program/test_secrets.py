"""Secrets outside of the cluster: who reads them, in which order, and that none leaves."""

import asyncio
import io
import json
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Final

import pytest
from graph_model import Graph
from object_parts import place_of, pod_of, workloads
from platforms import broken_rules
from played import LAB, build, demolish, resources
from programs import record_platform, run_platform, section
from pulumi.provider.experimental.provider import CheckRequest
from test_cloud_physics import named, things, without
from test_private_cluster import MIRRORS
from updates import between

from deployment.export import export
from deployment.properties import plain_map, property_map
from deployment.resource import Resource
from deployment.types import (
    KEPT_SECRET,
    KEY,
    NAMESPACE,
    PASSWORD,
    POLICY,
    ROLE,
    SECRET,
    SECRET_CLASS,
    SECRET_VALUE,
    SERVICE_ACCOUNT,
    VPC_ENDPOINT,
)
from offline.cloud.errors import CloudError
from offline.providers.aws import AwsProvider
from offline.providers.random import password
from policy.configuration import Configuration
from policy.evaluation import findings
from policy.view import visible
from report.changes import as_data as as_told
from report.console import PlainConsole
from report.costs import estimate
from report.document import Content, render
from report.findings import as_data
from report.shown import shown
from report.terminal import show

CHANGES: Final[dict[str, Any]] = {"secrets": {"recoveryDays": 7}, "nfs": {}, "wordpress": {}}
CONSUMERS: Final = ("wordpress", "wordpress-mysql")


@cache
def recorded() -> tuple[Resource, ...]:
    return tuple(record_platform(CHANGES))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph(export(list(recorded())))


def consumer(graph: Graph, token: str, name: str) -> Resource:
    (found,) = (one for one in graph.of(token) if one.name == name)
    return found


def test_no_secret_of_an_application_is_in_the_cluster(graph: Graph) -> None:
    assert [one.name for one in graph.of(SECRET) if place_of(one) in CONSUMERS] == []
    assert broken_rules(export(list(recorded()))) == []
    for workload in workloads(graph):
        if place_of(workload) not in CONSUMERS:
            continue
        pod = pod_of(workload)
        (container,) = pod["containers"]
        (volume,) = (one for one in pod["volumes"] if "csi" in one)
        (mount,) = (one for one in container["volumeMounts"] if one["name"] == volume["name"])
        chosen = volume["csi"]["volumeAttributes"]["secretProviderClass"]
        found = consumer(graph, SECRET_CLASS, chosen)
        assert place_of(found) == place_of(workload)
        (entry,) = json.loads(found.inputs["spec"]["parameters"]["objects"])
        files = {one["objectAlias"] for one in entry["jmesPath"]}
        # What the container reads is what is mounted, all of it and nothing else.
        paths = {
            PurePosixPath(one["value"])
            for one in container["env"]
            if one["name"].endswith("_FILE") and one["name"] != "APACHE_PID_FILE"
        }
        assert {str(path.parent) for path in paths} == {mount["mountPath"]}
        assert {path.name for path in paths} == files
        assert mount["readOnly"]
        assert not pod["automountServiceAccountToken"]
        # The driver takes on the role, and the container gets no token of it.
        annotations = workload.inputs["spec"]["template"]["metadata"]["annotations"]
        assert annotations == {"eks.amazonaws.com/skip-containers": container["name"]}


@pytest.mark.parametrize("name", CONSUMERS)
def test_one_role_reads_one_secret(graph: Graph, name: str) -> None:
    secret, key = consumer(graph, KEPT_SECRET, name), consumer(graph, KEY, "secrets")
    document = json.loads(consumer(graph, POLICY, name).inputs["policy"])
    reads, decrypts = document["Statement"]
    assert reads["Resource"] == [secret.outputs["arn"]]
    actions = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    assert reads["Action"] == actions
    assert (decrypts["Action"], decrypts["Resource"]) == (["kms:Decrypt"], [key.outputs["arn"]])
    assert decrypts["Condition"]["StringEquals"] == {
        "kms:ViaService": "secretsmanager.ap-northeast-2.amazonaws.com",
        "kms:EncryptionContext:SecretARN": secret.outputs["arn"],
    }
    account = consumer(graph, SERVICE_ACCOUNT, name)
    arn = account.inputs["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]
    (role,) = (one for one in graph.of(ROLE) if one.outputs["arn"] == arn)
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    trust = statement["Condition"]["StringEquals"]
    assert f"system:serviceaccount:{name}:{name}" in trust.values()
    assert secret.inputs["kmsKeyId"] == key.outputs["arn"]
    assert secret.inputs["recoveryWindowInDays"] == 7


def test_pods_come_after_what_mounts_their_secrets_and_go_before_it(graph: Graph) -> None:
    driver = graph.addon("aws-secrets-store-csi-driver-provider")
    assert json.loads(driver.inputs["configurationValues"]) == {
        "awsRegion": "ap-northeast-2",
        "tolerations": [{"operator": "Exists"}],
    }
    for name in CONSUMERS:
        chosen = consumer(graph, SECRET_CLASS, name)
        before = [driver, consumer(graph, SECRET_VALUE, name), consumer(graph, NAMESPACE, name)]
        assert list(graph.missing_waits([chosen], before)) == []
        pods = [one for one in workloads(graph) if place_of(one) == name]
        account = consumer(graph, SERVICE_ACCOUNT, name)
        assert list(graph.missing_waits(pods, [chosen, account])) == []


@pytest.mark.parametrize(
    ("missing", "failure"),
    [
        ("Addon:secrets", 'no matches for kind "SecretProviderClass"'),
        ("SecretProviderClass:wordpress", "failed to get secretproviderclass wordpress/wordpress"),
        ("SecretVersion:wordpress", "can't find the value of"),
        ("RolePolicyAttachment:wordpress-secret", "is not authorized to read"),
        ("Key:secrets", "KMSKeyNotFoundException"),
    ],
)
def test_pods_wait_in_vain_for_a_secret_that_lacks_something(missing: str, failure: str) -> None:
    _, failures = without(LAB, missing)
    assert failure in failures["wordpress"]


def test_pods_hang_whose_driver_went_before_them() -> None:
    cloud, failures = build(LAB)
    assert failures == {}
    assert demolish(cloud, things(cloud, "Addon:secrets")) == {}
    failures = demolish(cloud, things(cloud, "Deployment:wordpress", "StatefulSet:wordpress-mysql"))
    assert failures.keys() == set(CONSUMERS)
    assert "not found in the list of registered CSI drivers" in failures["wordpress"]


def test_a_secret_that_waits_to_be_deleted_is_in_nobodys_way() -> None:
    cloud, _ = build(LAB, without=named("SecretVersion:wordpress"))
    (secret,) = things(cloud, "Secret:wordpress")
    resource = next(one for one in resources(LAB) if one.id == secret.id)
    assert demolish(cloud, [secret]) == {}
    # A fixed name would be refused until the recovery window ends.
    with pytest.raises(CloudError, match="already exists"):
        asyncio.run(cloud.create(secret))
    given = {key: one for key, one in plain_map(resource.inputs).items() if key != "name"}
    request = CheckRequest(
        urn=resource.urn, old_inputs={}, new_inputs=property_map(given), random_seed=b""
    )
    checked = asyncio.run(AwsProvider("ap-northeast-2", cloud).check(request))
    assert checked.failures in (None, [])
    name = plain_map(checked.inputs or {})["name"]
    assert name.startswith("wordpress-")
    assert name != secret.properties["name"]


def test_no_value_of_a_secret_is_in_what_the_project_writes(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    values = {
        text
        for one in recorded()
        if one.type == SECRET_VALUE
        for text in json.loads(plain_map(one.inputs)["secretString"]).values()
    }
    made = {password(one.urn, 32) for one in recorded() if one.type == PASSWORD}
    assert values == made
    assert len(values) == 10
    data = export(list(recorded()))
    console = io.StringIO()
    show(shown(data), PlainConsole(file=console, width=300))
    judged = findings(visible(data), Configuration())
    told = between(export(record_platform({"nfs": {}, "wordpress": {}})), data)
    texts = [
        json.dumps(data),
        console.getvalue(),
        render(Content(deployment=shown(data), findings=judged)),
        render(Content(deployment=told.after, changes=told)),
        json.dumps(as_told(told.update, told.groups(), ())),
        json.dumps(as_data(judged)),
        caplog.text,
        *capfd.readouterr(),
    ]
    assert "wordpress-mysql" in console.getvalue()
    assert [text for text in values if any(text in written for written in texts)] == []


def test_a_secret_costs_by_the_month() -> None:
    costs = estimate(shown(export(list(recorded()))))
    monthly = {line.what: str(line.monthly) for line in costs.lines}
    assert monthly["secret wordpress"] == monthly["secret wordpress-mysql"] == "0.40"
    assert "requests to Secrets Manager, each mount of a secret among them" in costs.not_counted


def test_the_driver_finds_secrets_without_the_internet() -> None:
    made = Graph(
        run_platform(
            {
                "network": {**section("network"), "nat": "none"},
                "sampleApp": {**section("sampleApp"), "scheme": "internal"},
                "imageMirrors": MIRRORS,
                "secrets": {"refreshMinutes": 60, "driverVersion": "v3.1.3-eksbuild.1"},
            }
        )
    )
    services = [str(one.inputs["serviceName"]) for one in made.of(VPC_ENDPOINT)]
    assert {"com.amazonaws.ap-northeast-2.secretsmanager", "com.amazonaws.ap-northeast-2.sts"} <= {
        *services
    }
    driver = made.addon("aws-secrets-store-csi-driver-provider")
    assert driver.inputs["addonVersion"] == "v3.1.3-eksbuild.1"
    assert json.loads(driver.inputs["configurationValues"])["secrets-store-csi-driver"] == {
        "enableSecretRotation": True,
        "rotationPollInterval": "60m",
    }


def test_the_plan_counts_the_drivers_pods_on_each_node() -> None:
    def pods(changes: dict[str, Any]) -> int:
        plan = Graph(run_platform(changes)).one("pulumi:pulumi:Stack").outputs["plan"]
        return int(plan["podsOnNodes"]["desiredSize"]["asked"]["pods"])

    assert pods({"secrets": {}}) == pods({}) + 2 * section("nodeGroups")["default"]["desiredSize"]
