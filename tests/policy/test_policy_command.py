"""``make policy``: exit status, table, and files for code-review tools."""

import json
from pathlib import Path

import pytest
from commands import run
from junitparser import JUnitXml
from policy_mutants import MUTANTS, Deployment
from policy_mutants.running import seen, strict
from sarif_pydantic import Sarif

from deployment.properties import SECRET_SIGNATURE, SIGNATURE_KEY
from policy.evaluation import Finding, findings
from policy.rules import RULES
from report.findings import mandatory
from report.review_files import write_junit, write_sarif
from stackfile.files import PROGRAM


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The export of a stack whose nodes answer pods."""
    path = tmp_path / "graph.json"
    data = MUTANTS["the_hop_limit_is_two"].deployment().data
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def _findings(name: str) -> list[Finding]:
    return findings(seen(MUTANTS[name].deployment()), strict("prod"))


def test_a_broken_graph_ends_in_status_1_and_files(broken: Path, tmp_path: Path) -> None:
    sarif, junit = tmp_path / "out.sarif", tmp_path / "out.xml"
    ended = run("policy", "--graph", str(broken), "--sarif", str(sarif), "--junit", str(junit))
    assert ended.returncode == 1, ended.stderr
    assert "imds-out-of-reach-of-pods" in ended.stdout
    assert "has a hop limit of 2" in ended.stdout
    assert "Keep http_put_response_hop_limit=1 in components/cluster/nodes.py." in (
        " ".join(ended.stdout.split())
    )
    assert "1 mandatory" in ended.stdout
    assert sarif.is_file()
    assert junit.is_file()


def test_a_shipped_stack_ends_in_status_0(stack: str) -> None:
    ended = run("policy", "--stack", stack)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "0 mandatory" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--graph", "no-such.json"], "no-such.json cannot be read: No such file or directory\n"),
        (
            ["--graph", "stack.schema.json"],
            "stack.schema.json is no deployment as `pulumi stack export` or `make graph` writes "
            "it\n",
        ),
        (["--config", "no-such.json"], "No such file or directory"),
    ],
)
def test_a_wrong_file_is_one_line_and_status_2(arguments: list[str], message: str) -> None:
    ended = run("policy", *arguments)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_findings_as_data_are_one_object(broken: Path) -> None:
    ended = run("policy", "--graph", str(broken), "--json")
    data = json.loads(ended.stdout)
    assert ended.returncode == 1
    assert data["stack"] in {"dev", "prod"}
    (found,) = (one for one in data["policies"] if one["level"] == "mandatory")
    assert found["rule"] == "imds-out-of-reach-of-pods"
    assert found["remediation"]


def test_a_wrong_option_is_status_2() -> None:
    assert run("policy", "--stak", "dev").returncode == 2


def test_a_withheld_secret_is_not_checked_and_a_shown_one_is() -> None:
    secret = {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": "v1:"}
    for shown, checked in (({}, False), ({"plaintext": '"1.31"'}, True)):
        deployment = Deployment("prod")
        for view in ("inputs", "outputs"):
            cluster = deployment.all("aws:eks/cluster:Cluster")[0][view]
            cluster["version"] = {**secret, **shown}
        found = findings(seen(deployment), strict("prod"))
        rule = [f for f in found if f.rule.name == "kubernetes-version-supported"]
        assert [finding.checked for finding in rule] == [checked]


def test_what_waits_for_its_deletion_is_not_judged() -> None:
    deployment = MUTANTS["the_hop_limit_is_two"].deployment()
    deployment.all("aws:ec2/launchTemplate:LaunchTemplate")[0]["delete"] = True
    found = findings(seen(deployment), strict("prod"))
    assert "imds-out-of-reach-of-pods" not in {finding.rule.name for finding in found}


def test_sarif_is_complete(tmp_path: Path) -> None:
    found = _findings("the_hop_limit_is_two")
    path = tmp_path / "out.sarif"
    write_sarif(found, "prod", path)
    log = Sarif.model_validate_json(path.read_text(encoding="utf-8"))
    (run,) = log.runs
    rules = run.tool.driver.rules or []
    assert [rule.id for rule in rules] == list(RULES)
    results = run.results or []
    assert [result.rule_id for result in results] == [finding.rule.name for finding in found]
    assert all(rules[result.rule_index or 0].id == result.rule_id for result in results)


def test_junit_fails_what_is_mandatory(tmp_path: Path) -> None:
    found = _findings("the_hop_limit_is_two")
    path = tmp_path / "out.xml"
    write_junit(found, "prod", path)
    (suite,) = JUnitXml.fromfile(str(path))
    assert suite.tests == len(RULES)
    failed = {case.name for case in suite if case.result}
    assert failed == {finding.rule.name for finding in mandatory(found)}


def test_a_preview_ends_in_what_the_policies_say(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.other.yaml"
    for setting, status, line in (
        ("true", 0, " 0 mandatory"),
        ("false", 1, "network-policies-enforced: vpc-cni does not enforce network policies"),
    ):
        text = (PROGRAM / "Pulumi.dev.yaml").read_text(encoding="utf-8")
        changed = text.replace(
            "mode: secondary-ip", f"mode: secondary-ip\n    networkPolicy: {setting}"
        )
        path.write_text(changed, encoding="utf-8")
        ended = run("preview", "--stack", str(path))
        assert ended.returncode == status, ended.stderr
        assert line in ended.stdout


def test_an_export_does_not_choose_its_judge(tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    # It calls itself dev, whose file switches the rule off.
    path.write_text(json.dumps(Deployment("dev").data), encoding="utf-8")
    for arguments, levels in (
        ([], ["advisory"]),
        (["--stack", "dev"], []),
        (["--stack", "prod"], ["mandatory"]),
        (["--config", str(PROGRAM / "policy" / "dev.json")], []),
    ):
        ended = run("policy", "--graph", str(path), "--json", *arguments)
        found = json.loads(ended.stdout)["policies"]
        assert [f["level"] for f in found if f["rule"] == "deletion-protection"] == levels
    ended = run("policy", "--graph", str(path), "--stack", "../policy/dev")
    assert ended.returncode == 1
    assert ended.stderr.startswith("'../policy/dev' is no stack name, nor ")
