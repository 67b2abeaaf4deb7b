"""The rules as Pulumi's policies."""

from collections.abc import Mapping
from typing import Any, Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from . import RULES
from .configuration import EXEMPTION_SCHEMA, EXEMPTIONS
from .graph import Graph, Resource
from .judging import concerns, judge, judge_all
from .registry import Rule
from .unseen import NotCheckedError

PACK_NAME: Final = "eks-platform"


def policies() -> list[Policy]:
    """Returns a policy for each rule."""
    return [_of_stack(rule) if rule.of_stack else _of_resource(rule) for rule in RULES.values()]


def _of_resource(rule: Rule) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = Resource(urn=args.urn, type=args.resource_type, properties=args.props)
        if concerns(rule, resource):
            for message in judge(rule, resource, Graph(), args.get_config()):
                report(message, None)

    return ResourceValidationPolicy(validate=validate, **_description(rule))


def _of_stack(rule: Rule) -> Policy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        graph = Graph(_resource(resource) for resource in args.resources)
        unseen: list[str] = []
        for judgement in judge_all(rule, graph, args.get_config()):
            if judgement.checked:
                report(judgement.message, judgement.resource.urn)
            else:
                unseen.append(f"{judgement.resource}: {judgement.message}")
        if unseen:
            # Pulumi makes an advisory of it, whatever the policy's own level.
            raise NotCheckedError("; ".join(unseen))

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


def _resource(resource: PolicyResource) -> Resource:
    of_properties = {
        key: frozenset(dependency.urn for dependency in dependencies)
        for key, dependencies in resource.property_dependencies.items()
    }
    dependencies = frozenset(dependency.urn for dependency in resource.dependencies)
    provider = [resource.provider.urn] if resource.provider else []
    return Resource(
        urn=resource.urn,
        type=resource.resource_type,
        properties=resource.props,
        dependencies=dependencies.union(provider, *of_properties.values()),
        property_dependencies=of_properties,
    )
