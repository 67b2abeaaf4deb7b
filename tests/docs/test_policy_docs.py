"""docs/policies.md says what the rules are and do."""

import re
from pathlib import Path

import pytest
import yaml
from policy_mutants.table import PAGE, modules_by_requirement, requirements, with_tables

from policy.configuration import load
from policy.rules import RULES
from stackfile.files import PROGRAM

TEXT = PAGE.read_text(encoding="utf-8")
# That a stack previews without credentials is about the run.
NOT_ABOUT_THE_GRAPH = {"R38"}


def test_the_tables_are_as_the_code_is() -> None:
    assert with_tables(TEXT) == TEXT, "run `make policy-table`"


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_is_on_the_page(rule: str) -> None:
    assert f"| `{rule}` |" in TEXT


def test_every_option_is_on_the_page() -> None:
    for rule in RULES.values():
        for option in rule.options:
            assert f"| `{rule.name}` | `{option}` |" in TEXT


def test_the_example_configures_the_pack(tmp_path: Path) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    path = tmp_path / "policy.json"
    path.write_text(example, encoding="utf-8")
    load(path)


def test_a_remediation_for_any_stack_names_nothing_of_this_project() -> None:
    for rule in RULES.values():
        assert not re.search(r"eks-platform|\.py\b|GracefulWebApp|Irsa", rule.remediation), (
            rule.name
        )


def test_a_remediation_names_settings_and_files_that_exist() -> None:
    configuration = (PROGRAM / "docs" / "configuration.md").read_text(encoding="utf-8")
    for rule in RULES.values():
        for section, key in re.findall(r"eks-platform:(\w+)(?:\.(\w+))?", rule.own_remediation):
            assert f"`eks-platform:{section}" in configuration, rule.name
            assert not key or f"`{key}`" in configuration, rule.name
        for name in re.findall(r"components/[\w/]+\.py|__main__\.py", rule.own_remediation):
            assert (PROGRAM / name).is_file(), rule.name


def test_the_pack_has_the_program_s_version() -> None:
    pack = yaml.safe_load((PROGRAM / "policy" / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    project = (PROGRAM / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{pack["version"]}"\n' in project


def test_a_requirement_that_a_rule_or_a_test_cites_is_listed() -> None:
    listed = {*requirements(), *NOT_ABOUT_THE_GRAPH}
    cited = {number for rule in RULES.values() for number in rule.requirements}
    assert cited | modules_by_requirement().keys() <= listed


@pytest.mark.parametrize("number", requirements())
def test_a_requirement_is_kept_by_a_rule_or_a_test(number: str) -> None:
    by_rule = [rule for rule in RULES.values() if number in rule.requirements]
    assert by_rule or modules_by_requirement()[number]
