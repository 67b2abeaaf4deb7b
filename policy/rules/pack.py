"""The rules as Pulumi's policies."""

from collections.abc import Mapping
from typing import Any, Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from deployment.resource import Resource

from . import RULES
from .configuration import EXEMPTION_SCHEMA, EXEMPTIONS
from .graph import Graph
from .judging import concerns, judge, judge_all
from .memory import Memory
from .registry import Rule
from .unseen import reason

PACK_NAME: Final = "eks-platform"


def policies(memory: Memory) -> list[Policy]:
    """Returns a policy for each rule.

    :param memory: what the policies know of the stack, and where they leave what was not checked.
    """
    return [
        _of_stack(rule, memory) if rule.of_stack else _of_resource(rule, memory)
        for rule in RULES.values()
    ]


def _of_resource(rule: Rule, memory: Memory) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = Resource(urn=args.urn, type=args.resource_type, custom=True, inputs=args.props)
        if not concerns(rule, resource):
            return
        memory.clear(rule, resource)
        try:
            for message in judge(rule, resource, Graph(), args.get_config()):
                report(message, None)
        except UnknownValueError as error:
            memory.miss(rule, resource, error)
            # Else Pulumi would count the policy as passed.
            args.not_applicable(reason({resource.name: error}))

    return ResourceValidationPolicy(validate=validate, **_description(rule))


def _of_stack(rule: Rule, memory: Memory) -> Policy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        memory.clear_stack(rule)
        missed: dict[str, UnknownValueError] = {}
        for judgement in judge_all(rule, memory.graph, args.get_config()):
            if judgement.error is None:
                report(judgement.message, judgement.resource.urn)
            else:
                memory.miss(rule, judgement.resource, judgement.error)
                missed[judgement.resource.name] = judgement.error
        if missed:
            args.not_applicable(reason(missed))

    return StackValidationPolicy(validate=validate, **_description(rule))


def _description(rule: Rule) -> dict[str, Any]:
    properties: dict[str, Mapping[str, Any]] = {
        EXEMPTIONS: EXEMPTION_SCHEMA,
        **{key: option.schema for key, option in rule.options.items()},
    }
    return {
        "name": rule.name,
        "description": rule.description,
        "enforcement_level": EnforcementLevel(rule.level),
        "severity": Severity(rule.severity),
        "tags": list(rule.sources),
        "remediation_steps": rule.remediation,
        "config_schema": PolicyConfigSchema({key: dict(item) for key, item in properties.items()}),
    }
