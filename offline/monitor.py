"""A resource monitor that answers from simulated providers and records what is registered.

Pulumi's Python runtime talks to a monitor; this one has the outputs known as after an ``up``, so
that every ``apply`` runs and every manifest is whole. In a dry run it tells no more than the engine
does in a first preview.
"""

import asyncio
import threading
import traceback
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

import pulumi
from google.protobuf import empty_pb2
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckRequest,
    ConstructRequest,
    ConstructResponse,
    CreateRequest,
    CreateResponse,
    InvokeRequest,
    Provider,
)
from pulumi.resource import DependencyProviderResource, DependencyResource
from pulumi.runtime import mocks
from pulumi.runtime.proto import callback_pb2, provider_pb2, resource_pb2

from deployment.deployment import Deployment
from deployment.export import INTERNAL_KEY, stable_id
from deployment.properties import (
    Properties,
    exported_map,
    has_unknown,
    plain_map,
    property_map,
    unmarshalled,
    with_ids,
    with_secrets,
    without_dependencies,
)
from deployment.resource import Resource
from deployment.types import STACK

from . import callbacks
from .providers.simulated import NotSimulatedError, refuse
from .registration import not_simulated, recorded

_PROVIDER_PREFIX: Final = "pulumi:providers:"
_GET_RESOURCE: Final = "pulumi:pulumi:getResource"
# The package that the engine provides itself.
_ENGINE_PACKAGE: Final = "pulumi"

T = TypeVar("T")
# Makes the provider of a package, configured by the inputs of its provider resource.
ProviderFactory = Callable[[Mapping[str, Any]], Provider]


class OfflineError(pulumi.RunError):
    """A program that the simulated cloud refuses; its message needs no traceback."""


class RecordingMonitor(mocks.MockMonitor):
    """A resource monitor that hands each request to a simulated provider and keeps the record.

    :param dry_run: whether nothing is created, and outputs are as unknown as in a first preview.
    """

    def __init__(
        self,
        project: str,
        stack: str,
        config: Mapping[str, str],
        factories: Mapping[str, ProviderFactory],
        previous: Deployment | None = None,
        *,
        dry_run: bool = False,
    ) -> None:
        super().__init__(_NoMocks())
        self.project, self.stack, self.config = project, stack, config
        self._factories, self.dry_run = factories, dry_run
        self._previous = previous or Deployment()
        self._transforms: dict[str, Sequence[callback_pb2.Callback]] = {}
        self._hooks: dict[str, resource_pb2.RegisterResourceHookRequest] = {}
        # A provider whose configuration is not known yet is no provider.
        self._providers: dict[str, Provider | None] = {}
        self._lock = threading.RLock()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.recorded: dict[str, Resource] = {}

    def RegisterResource(  # noqa: N802  the name in Pulumi's protocol
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Registers a resource of any kind."""
        if unlike := not_simulated(request):
            raise NotSimulatedError(
                f"{request.type} {request.name}: {', '.join(unlike)} is not simulated"
            )
        if request.transforms:
            self._transforms[self._urn(request)] = list(request.transforms)
        self._transform(request)
        if request.remote:
            return self._construct(request)
        if request.type.startswith(_PROVIDER_PREFIX):
            return self._register_provider(request)
        if request.custom:
            return self._create(request)
        resource = self._record(request, unmarshalled(request.object), outputs={})
        return resource_pb2.RegisterResourceResponse(urn=resource.urn)

    def GetDeploymentInfo(  # noqa: N802
        self, request: empty_pb2.Empty
    ) -> resource_pb2.DeploymentInfo:
        """Returns what the engine supports, outputs within inputs of remote components included."""
        info = super().GetDeploymentInfo(request)
        info.supportedFeatures.append(resource_pb2.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES)
        return info

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Completes a component, or the stack, with its outputs."""
        outputs = unmarshalled(request.outputs)
        with self._lock:
            self.recorded[request.urn] = replace(self.recorded[request.urn], outputs=outputs)
        return empty_pb2.Empty()

    def RegisterResourceHook(  # noqa: N802
        self, request: resource_pb2.RegisterResourceHookRequest
    ) -> empty_pb2.Empty:
        """Keeps a hook, which resources then name."""
        self._hooks[request.name] = request
        return empty_pb2.Empty()

    def Invoke(  # noqa: N802
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        """Calls a function of a simulated provider."""
        arguments = unmarshalled(request.args)
        if request.tok == _GET_RESOURCE:
            self._default(_ENGINE_PACKAGE, request.version)
            found = self.recorded[str(plain_map(arguments)["urn"])]
            returned = property_map(
                {"urn": found.urn, "id": found.id, "state": dict(found.outputs)}
            )
            return _invoke_response(returned)
        provider = self._configured(request.tok, request)
        response = self._wait(provider.invoke(InvokeRequest(request.tok, arguments)))
        if response.failures:
            return resource_pb2.ResourceInvokeResponse(
                failures=[
                    provider_pb2.CheckFailure(property=failure.property, reason=failure.reason)
                    for failure in response.failures
                ]
            )
        return _invoke_response(response.return_value or {})

    def ReadResource(  # noqa: N802
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        """Refuses: before the first deployment there is nothing to read."""
        raise OfflineError(f"{request.type} {request.name}: an offline run has nothing to read")

    def _construct(
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Registers a remote component: its provider registers the children through here."""
        provider = self._configured(request.type, request)
        inputs = unmarshalled(request.object)
        for key, dependencies in request.propertyDependencies.items():
            if key in inputs:
                inputs[key] = inputs[key].with_dependencies(dependencies.urns)

        async def construct() -> ConstructResponse:
            # Options hold futures, which belong to the loop that they are made on.
            return await provider.construct(
                ConstructRequest(request.type, request.name, inputs, _construct_options(request))
            )

        response = self._wait(construct())
        state = {key: without_dependencies(value) for key, value in response.state.items()}
        return resource_pb2.RegisterResourceResponse(
            urn=response.urn,
            object=PropertyValue.marshal_map(state),
            propertyDependencies={
                key: resource_pb2.RegisterResourceResponse.PropertyDependencies(
                    urns=sorted(value.all_dependencies())
                )
                for key, value in response.state.items()
            },
        )

    def _register_provider(
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        package = request.type.removeprefix(_PROVIDER_PREFIX)
        settings = unmarshalled(request.object)
        inputs, outputs = _provider_properties(settings, request.version)
        identifier = stable_id(self._urn(request))
        resource = self._record(request, inputs, identifier=identifier, outputs=outputs)
        configuration = plain_map(settings)
        self._providers[_reference(resource)] = (
            None if has_unknown(configuration) else self._make(package, configuration)
        )
        return resource_pb2.RegisterResourceResponse(
            urn=resource.urn, id=resource.id, object=PropertyValue.marshal_map(outputs)
        )

    def _create(
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        reference = self._serving(request.type, request)
        provider, urn = self._providers[reference], self._urn(request)
        inputs = {key: with_ids(value) for key, value in unmarshalled(request.object).items()}
        created = CreateResponse(resource_id="", properties={})
        # The engine asks no provider that it cannot configure yet, neither to check nor to create
        # (https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/provider_plugin.go).
        if provider:
            try:
                checked = self._wait(provider.check(CheckRequest(urn, {}, inputs, b"")))
                found = [(failure.property, failure.reason) for failure in checked.failures or []]
                refuse(request.type, request.name, found)
                inputs = checked.inputs or inputs
                self._before_update(request, urn, inputs)
                create = CreateRequest(urn, inputs, 0.0, preview=self.dry_run)
                created = self._wait(provider.create(create))
            except NotSimulatedError as error:
                raise NotSimulatedError(f"{request.type} {request.name}: {error}") from error
        outputs = with_secrets(created.properties, request.additionalSecretOutputs)
        resource = self._record(
            request,
            inputs,
            identifier=str(created.resource_id),
            outputs=outputs,
            provider=reference,
        )
        return resource_pb2.RegisterResourceResponse(
            urn=resource.urn,
            id=resource.id,
            object=PropertyValue.marshal_map(dict(outputs)),
        )

    def _transform(self, request: resource_pb2.RegisterResourceRequest) -> None:
        """Applies the transforms of a resource and then of its parents, the nearest first."""
        holder = self._urn(request)
        while holder:
            for transform in self._transforms.get(holder, ()):
                answer = self._wait(callbacks.call(transform, callbacks.transform_request(request)))
                callbacks.apply_transform(request, answer)
            known = self.recorded.get(holder)
            holder = known.parent if known else request.parent

    def _before_update(
        self, request: resource_pb2.RegisterResourceRequest, urn: str, inputs: Properties
    ) -> None:
        """Runs the hooks of a resource that an earlier deployment has with other inputs."""
        previous = self._previous.by_urn.get(urn)
        if previous is None or previous.inputs == exported_map(inputs):
            return
        for name in callbacks.before_update(callbacks.exported_hooks(request.hooks)):
            hook = self._hooks[name]
            question = callbacks.update_request(request, urn, inputs, previous)
            answer = self._wait(callbacks.call(hook.callback, question))
            if hook.on_dry_run and answer.error and not hook.ignore_errors:
                raise OfflineError(answer.error)

    def _record(
        self,
        request: resource_pb2.RegisterResourceRequest,
        inputs: Mapping[str, PropertyValue],
        *,
        outputs: Mapping[str, PropertyValue],
        identifier: str = "",
        provider: str = "",
    ) -> Resource:
        resource = recorded(
            request,
            self._urn(request),
            self.recorded.get(request.parent),
            inputs=inputs,
            outputs=outputs,
            identifier=identifier,
            provider=provider,
        )
        with self._lock:
            if resource.urn in self.recorded:
                raise OfflineError(f"two resources have the URN {resource.urn}")
            self.recorded[resource.urn] = resource
        return resource

    def _urn(self, request: resource_pb2.RegisterResourceRequest) -> str:
        """Returns the URN as the engine makes it: with the types of all parents but the stack."""
        chain = ""
        if request.parent:
            chain = request.parent.split("::")[2]
        qualified = request.type if chain in {"", STACK} else f"{chain}${request.type}"
        return f"urn:pulumi:{self.stack}::{self.project}::{qualified}::{request.name}"

    def _serving(
        self,
        token: str,
        request: resource_pb2.RegisterResourceRequest | resource_pb2.ResourceInvokeRequest,
    ) -> str:
        """Returns the reference of the provider that serves a request: its own, or the default."""
        package = token.split(":", maxsplit=1)[0]
        return request.provider or self._default(package, request.version)

    def _configured(
        self,
        token: str,
        request: resource_pb2.RegisterResourceRequest | resource_pb2.ResourceInvokeRequest,
    ) -> Provider:
        """Returns the provider that serves a request which needs one that is configured."""
        provider = self._providers[self._serving(token, request)]
        if provider is None:
            raise OfflineError(f"{token}: its provider is not configured before the deployment")
        return provider

    def _default(self, package: str, version: str) -> str:
        """Returns the reference of a package's default provider, which it makes when needed."""
        name = f"default_{version.replace('.', '_')}" if version else "default"
        urn = f"urn:pulumi:{self.stack}::{self.project}::{_PROVIDER_PREFIX}{package}::{name}"
        with self._lock:
            if urn not in self.recorded:
                settings = {
                    key.removeprefix(f"{package}:"): value
                    for key, value in sorted(self.config.items())
                    if key.startswith(f"{package}:")
                }
                inputs, outputs = _provider_properties(property_map(settings), version)
                resource = Resource(
                    urn=urn,
                    type=f"{_PROVIDER_PREFIX}{package}",
                    custom=True,
                    id=stable_id(urn),
                    inputs=inputs,
                    outputs=outputs,
                )
                if package != _ENGINE_PACKAGE:
                    self._providers[_reference(resource)] = self._make(package, settings)
                self.recorded[urn] = resource
            return _reference(self.recorded[urn])

    def _make(self, package: str, inputs: Mapping[str, Any]) -> Provider:
        if package not in self._factories:
            raise OfflineError(f"the simulation has no provider {package}")
        return self._factories[package](inputs)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a provider's work on the program's own loop, where it may register resources."""
        if self.loop is None:
            raise RuntimeError("the monitor has no loop to work on")
        try:
            return asyncio.run_coroutine_threadsafe(work, self.loop).result()
        except pulumi.RunError:
            raise
        except Exception as error:
            # Pulumi's runtime puts its own traceback in the place of this one.
            error.add_note("".join(traceback.format_exception(error)))
            raise


class _NoMocks(mocks.Mocks):
    """Never asked: the monitor answers every request itself."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError


def _reference(provider: Resource) -> str:
    return f"{provider.urn}::{provider.id}"


def _provider_properties(
    settings: Mapping[str, PropertyValue], version: str
) -> tuple[dict[str, PropertyValue], dict[str, PropertyValue]]:
    """Returns inputs and outputs of a provider as the engine keeps them, with its version."""
    if not version:
        return dict(settings), dict(settings)
    outputs = {**settings, "version": PropertyValue(version)}
    return {**outputs, INTERNAL_KEY: PropertyValue({})}, outputs


def _invoke_response(
    returned: Mapping[str, PropertyValue],
) -> resource_pb2.ResourceInvokeResponse:
    # The field's name is a word of Python's own.
    fields: dict[str, Any] = {"return": PropertyValue.marshal_map(dict(returned))}
    return resource_pb2.ResourceInvokeResponse(**fields)


def _construct_options(
    request: resource_pb2.RegisterResourceRequest,
) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(
        parent=DependencyResource(request.parent) if request.parent else None,
        depends_on=[DependencyResource(urn) for urn in request.dependencies],
        providers={
            package: DependencyProviderResource(known)
            for package, known in request.providers.items()
        },
        protect=request.protect,
    )
