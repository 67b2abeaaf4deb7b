"""The pack as a server of Pulumi's analyzer protocol.

Pulumi's SDK for policies knows no version of a pack, hands policies for stacks no inputs, and has
no moment after the last policy. So the pack serves itself, with the SDK's servicer inside.
"""

import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any, Final

import grpc
import yaml
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
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
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.policy import _PolicyAnalyzerServicer  # pyright: ignore[reportPrivateUsage]
from pulumi_policy.proxy import unknown_checking_proxy

from deployment.resource import Resource

from .catalogue import Rule
from .configuration import EXEMPTION_SCHEMA, EXEMPTIONS, Configuration
from .evaluation import Finding, evaluate, not_checked
from .graph import Graph
from .rules import RULES
from .spelling import spelled
from .unknown import Why
from .view import as_deployed

PACK_NAME: Final = "eks-platform"
# As the SDK has it for a pack: a large stack is more than gRPC's default.
LARGEST_MESSAGE: Final = ("grpc.max_receive_message_length", 400 * 1024 * 1024)
_DESCRIPTION: Final = Path(__file__).parent / "PulumiPolicy.yaml"
_PROVIDER: Final = "pulumi:providers:"
_WORKERS: Final = 4


def version() -> str:
    """Returns the pack's version, the one that the CLI names as well."""
    return str(yaml.safe_load(_DESCRIPTION.read_text(encoding="utf-8"))["version"])


class Servicer(_PolicyAnalyzerServicer):
    """The SDK's servicer with what it leaves out: memory, and a word on what was not checked.

    The engine asks for each resource by itself first, with its inputs, and at the end for the
    stack, with outputs alone.
    """

    def __init__(self) -> None:
        self._graph = Graph()
        self._inputs: dict[str, Mapping[str, Any]] = {}
        # Resources that policies for single ones look at just now, by the URN asked about.
        self._asked: dict[str, Graph] = {}
        # What each rule could not check the last time, by the URN that it was asked of.
        self._unchecked: dict[str, dict[str, list[Finding]]] = {name: {} for name in RULES}
        policies = [self._policy(rule) for rule in RULES.values()]
        super().__init__(PACK_NAME, version(), policies, EnforcementLevel.ADVISORY)

    def Analyze(  # noqa: N802  the names of Pulumi's protocol
        self, request: analyzer_pb2.AnalyzeRequest, _context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Puts the inputs of one resource before the policies for single resources."""
        inputs = dict(_properties(request.properties))
        self._inputs[request.urn] = inputs
        proxy = unknown_checking_proxy(inputs)
        resource = Resource(urn=request.urn, type=request.type, custom=True, inputs=proxy)
        self._asked[request.urn] = Graph(spelled(resource))
        # The policies look at these; the SDK would read all properties anew for each of them.
        asked = analyzer_pb2.AnalyzeRequest(urn=request.urn, type=request.type, name=request.name)
        response = super().Analyze(asked, _context)
        del self._asked[request.urn]
        return response

    def AnalyzeStack(  # noqa: N802
        self, request: analyzer_pb2.AnalyzeStackRequest, _context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Puts the whole stack before the policies for stacks, and says what was not checked."""
        self._graph = Graph(
            part for resource in request.resources for part in spelled(self._resource(resource))
        )
        # The same here.
        response = super().AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(), _context)
        by_urn = chain.from_iterable(found.values() for found in self._unchecked.values())
        if line := not_checked(chain.from_iterable(by_urn)):
            # The engine shows once, below the stack, what a pack prints; it is no violation.
            print(line, flush=True)  # noqa: T201
        return response

    def _resource(self, resource: analyzer_pb2.AnalyzerResource) -> Resource:
        # A reference is the provider's URN and its ID, which rules have no use for.
        provider = f"{resource.provider.urn}::" if resource.HasField("provider") else ""
        known = Resource(
            urn=resource.urn,
            type=resource.type,
            custom=bool(provider) or resource.type.startswith(_PROVIDER),
            parent=resource.parent,
            provider=provider,
            dependencies=frozenset(resource.dependencies),
            property_dependencies={
                key: frozenset(dependencies.urns)
                for key, dependencies in resource.propertyDependencies.items()
            },
        )
        inputs = self._inputs.get(resource.urn, {})
        return as_deployed(known, inputs, _properties(resource.properties))

    def _policy(self, rule: Rule) -> Policy:
        """Returns a rule as Pulumi's policy."""
        unchecked = self._unchecked[rule.name]

        def validate(
            args: ResourceValidationArgs | StackValidationArgs, report: ReportViolation
        ) -> None:
            if isinstance(args, StackValidationArgs):
                graph, urn = self._graph, ""
            else:
                # Policies for single resources know of no others.
                graph, urn = self._asked[args.urn], args.urn
            configuration = Configuration(options={rule.name: args.get_config()})
            found = list(evaluate(rule, graph, graph, configuration))
            for finding in found:
                if finding.checked:
                    report(finding.message, finding.urn)
            missed = [finding for finding in found if not finding.checked]
            unchecked[urn] = missed
            if missed:
                # Else Pulumi would count the policy as passed.
                args.not_applicable(_reason(missed))

        form = StackValidationPolicy if rule.of_stack else ResourceValidationPolicy
        properties = {
            EXEMPTIONS: dict(EXEMPTION_SCHEMA),
            **{key: dict(option.schema) for key, option in rule.options.items()},
        }
        return form(
            name=rule.name,
            description=rule.description,
            validate=validate,
            enforcement_level=EnforcementLevel(rule.level),
            severity=Severity(rule.severity),
            tags=list(rule.sources),
            remediation_steps=rule.remediation,
            config_schema=PolicyConfigSchema(properties),
        )


def _reason(missed: Sequence[Finding]) -> str:
    """Returns why a policy did not check resources, after the reason that counts most."""
    first = min((finding.why or Why.LATER for finding in missed), key=list(Why).index)
    lines = [f"{finding.resource}: {finding.message}" for finding in missed]
    return f"{first}: {'; '.join(lines)}"


def _properties(data: struct_pb2.Struct) -> Mapping[str, Any]:
    return deserialize_properties(json_format.MessageToDict(data))


def serve() -> None:
    """Serves until the process is ended, after the line with the port."""
    server = grpc.server(ThreadPoolExecutor(max_workers=_WORKERS), options=[LARGEST_MESSAGE])
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Servicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop(grace=None)
