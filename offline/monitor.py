"""A resource monitor that answers from simulated providers and records what is registered.

Pulumi's Python runtime talks to a monitor; this one has the outputs known as after an ``up``, so
that every ``apply`` runs and every manifest is whole. In a dry run it tells no more than the engine
does in a first preview.
"""

import asyncio
import threading
import traceback
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent import futures
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, Never, TypeAlias, TypeVar, cast

import pulumi
from google.protobuf import empty_pb2
from pulumi.provider.experimental import provider as protocol
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.resource import DependencyProviderResource, DependencyResource
from pulumi.runtime import mocks
from pulumi.runtime.proto import callback_pb2, provider_pb2, resource_pb2

from deployment.deployment import Deployment
from deployment.export import INTERNAL_KEY, stable_id
from deployment.properties import (
    Properties,
    has_unknown,
    plain_map,
    property_map,
    unmarshalled,
    with_ids,
    with_secrets,
    without_dependencies,
)
from deployment.resource import Resource
from deployment.steps import Operation, Step

from . import callbacks
from .aliases import urn_of
from .callbacks import Registration
from .continuation import continued, kept_inputs, known_inputs
from .providers.simulated import NotSimulatedError, SimulatedProvider, refuse
from .registration import not_simulated, recorded
from .update import Update, Wanted

# How often a thread that waits for the loop looks whether that still runs.
_LOOK_SECONDS: Final = 1
_PROVIDER_PREFIX: Final = "pulumi:providers:"
_GET_RESOURCE: Final = "pulumi:pulumi:getResource"
# The package that the engine provides itself.
_ENGINE_PACKAGE: Final = "pulumi"

Registered: TypeAlias = resource_pb2.RegisterResourceResponse
# A request that a provider serves.
_Asking: TypeAlias = Registration | resource_pb2.ResourceInvokeRequest

T = TypeVar("T")
# Makes the provider of a package, configured by the inputs of its provider resource.
ProviderFactory = Callable[[Mapping[str, Any]], protocol.Provider]


class OfflineError(pulumi.RunError):
    """A program that the simulated cloud refuses; its message needs no traceback."""


class RecordingMonitor(mocks.MockMonitor):
    """A resource monitor that hands each request to a simulated provider and keeps the record.

    :param config: the configuration by full key, as the engine hands it over.
    :param factories: the simulated provider of each package.
    :param previous: an earlier deployment; what stays of it keeps its IDs and outputs, and what
        becomes of it is in ``update``.
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
        # No mocks: the monitor answers every request itself.
        super().__init__(cast("Any", None))
        self.project, self.stack, self.config = project, stack, config
        self._factories, self.dry_run = factories, dry_run
        self.update = Update(previous or Deployment())
        self._transforms: dict[str, Sequence[callback_pb2.Callback]] = {}
        self._transforms_of_all: list[callback_pb2.Callback] = []
        self._hooks: dict[str, resource_pb2.RegisterResourceHookRequest] = {}
        # A provider whose configuration is not known yet is no provider.
        self._providers: dict[str, protocol.Provider | None] = {}
        self._lock = threading.RLock()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.ended = False
        self.recorded: dict[str, Resource] = {}
        # What the program warns of, by ``pulumi.log.warn``.
        self.warnings: list[str] = []

    def RegisterResource(self, request: Registration) -> Registered:  # noqa: N802  Pulumi's name
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
        with self._lock:
            self.update.earlier(request, self._urn(request))
        return self._record(request, unmarshalled(request.object))

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

    def RegisterStackTransform(  # noqa: N802
        self, request: callback_pb2.Callback
    ) -> empty_pb2.Empty:
        """Keeps a transform of all resources, those of remote components included."""
        self._transforms_of_all.append(request)
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
            known = {"urn": found.urn, "id": found.id, "state": dict(found.outputs)}
            response = protocol.InvokeResponse(property_map(known))
        else:
            provider = self._configured(request.tok, request)
            response = self._wait(provider.invoke(protocol.InvokeRequest(request.tok, arguments)))
        if response.failures:
            failures = [
                provider_pb2.CheckFailure(property=failure.property, reason=failure.reason)
                for failure in response.failures
            ]
            return resource_pb2.ResourceInvokeResponse(failures=failures)
        # The field's name is a word of Python's own.
        returned = {"return": PropertyValue.marshal_map(dict(response.return_value or {}))}
        return resource_pb2.ResourceInvokeResponse(**cast("Any", returned))

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> Never:  # noqa: N802
        """Refuses: before the first deployment there is nothing to read."""
        raise OfflineError(f"{request.type} {request.name}: an offline run has nothing to read")

    def _construct(self, request: Registration) -> Registered:
        """Registers a remote component: its provider registers the children through here."""
        provider = self._configured(request.type, request)
        inputs = unmarshalled(request.object)
        for key, dependencies in request.propertyDependencies.items():
            if key in inputs:
                inputs[key] = inputs[key].with_dependencies(dependencies.urns)

        async def construct() -> protocol.ConstructResponse:
            # Options hold futures, which belong to the loop that they are made on.
            options = pulumi.ResourceOptions(
                parent=DependencyResource(request.parent) if request.parent else None,
                depends_on=[DependencyResource(urn) for urn in request.dependencies],
                providers={
                    package: DependencyProviderResource(known)
                    for package, known in request.providers.items()
                },
                protect=request.protect,
            )
            return await provider.construct(
                protocol.ConstructRequest(request.type, request.name, inputs, options)
            )

        response = self._wait(construct())
        state = {key: without_dependencies(value) for key, value in response.state.items()}
        return Registered(
            urn=response.urn,
            object=PropertyValue.marshal_map(state),
            propertyDependencies={
                key: Registered.PropertyDependencies(urns=sorted(value.all_dependencies()))
                for key, value in response.state.items()
            },
        )

    def _register_provider(self, request: Registration) -> Registered:
        package, urn = request.type.removeprefix(_PROVIDER_PREFIX), self._urn(request)
        settings = unmarshalled(request.object)
        inputs, outputs = _provider_properties(settings, request.version)
        step = self._step(request, self._wanted(request, stable_id(urn), "", inputs, outputs))
        identifier = stable_id(urn, *([step.operation] if step.ends else []))
        if step.before and not step.ends:
            identifier = step.before.id or identifier
        made = self._record(request, inputs, outputs, identifier=identifier)
        configuration = plain_map(settings)
        self._providers[f"{made.urn}::{made.id}"] = (
            None if has_unknown(configuration) else self._make(package, configuration)
        )
        return made

    def _create(self, request: Registration) -> Registered:
        reference = self._serving(request.type, request)
        provider, urn = self._providers[reference], self._urn(request)
        given = {key: with_ids(value) for key, value in unmarshalled(request.object).items()}
        # The engine asks no provider that it cannot configure yet, neither to check nor to create
        # (https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/provider_plugin.go).
        if provider is None:
            return self._record(request, given, {}, "", reference)
        try:
            with self._lock:
                old = self.update.earlier(request, urn)
            inputs = kept_inputs(given, old, request.ignoreChanges) if old else given
            checked, made = self._made(request, provider, urn, inputs, old)
            wanted = self._wanted(
                request, str(made.resource_id), reference, checked, made.properties
            )
            step = self._step(request, wanted, provider)
            if step.ends:
                # Beside what is there, and with a name of its own where the provider gives it one.
                checked, made = self._made(request, provider, f"{urn}#replaced", given, None)
            elif step.operation is Operation.UPDATE:
                self._before_update(request, urn, checked, step)
        except NotSimulatedError as error:
            raise NotSimulatedError(f"{request.type} {request.name}: {error}") from error
        identifier, outputs = str(made.resource_id), made.properties
        if step.before and not step.ends:
            identifier = step.before.id or identifier
            outputs = continued(provider, request.type, checked, outputs, step.before)
        outputs = with_secrets(outputs, request.additionalSecretOutputs)
        return self._record(request, checked, outputs, identifier, reference)

    def _made(
        self,
        request: Registration,
        provider: protocol.Provider,
        urn: str,
        inputs: Properties,
        old: Resource | None,
    ) -> tuple[Properties, protocol.CreateResponse]:
        """Returns the inputs as the provider checks them, and what it would create of them."""
        before = known_inputs(old) if old else {}
        checked = self._wait(provider.check(protocol.CheckRequest(urn, before, dict(inputs), b"")))
        found = [(failure.property, failure.reason) for failure in checked.failures or []]
        refuse(request.type, request.name, found)
        inputs = checked.inputs or inputs
        create = protocol.CreateRequest(urn, dict(inputs), 0.0, preview=self.dry_run)
        return inputs, self._wait(provider.create(create))

    def _wanted(
        self,
        request: Registration,
        identifier: str,
        provider: str,
        inputs: Properties,
        outputs: Properties,
    ) -> Resource:
        """Returns a resource as the program wants it."""
        urn, parent = self._urn(request), self.recorded.get(request.parent)
        known = recorded(request, urn, parent)
        return replace(known, id=identifier, provider=provider, inputs=inputs, outputs=outputs)

    def _step(
        self, request: Registration, resource: Resource, provider: protocol.Provider | None = None
    ) -> Step:
        """Returns what happens to a resource of the earlier deployment."""
        deletes_first = isinstance(provider, SimulatedProvider) and not provider.is_auto_named(
            request.type, resource.urn, plain_map(resource.inputs)
        )
        with self._lock:
            wanted = Wanted(request=request, resource=resource, deletes_first=deletes_first)
            return self.update.decide(wanted, self.update.earlier(request, resource.urn))

    def _transform(self, request: Registration) -> None:
        """Applies the transforms of a resource, of its parents, the nearest first, and of all."""
        transforms: list[callback_pb2.Callback] = []
        holder = self._urn(request)
        while holder:
            transforms += self._transforms.get(holder, ())
            known = self.recorded.get(holder)
            holder = known.parent if known else request.parent
        for transform in (*transforms, *self._transforms_of_all):
            answer = self._wait(callbacks.call(transform, callbacks.transform_request(request)))
            callbacks.apply_transform(request, answer)

    def _before_update(
        self, request: Registration, urn: str, inputs: Properties, step: Step
    ) -> None:
        """Runs the hooks of a resource that changes in place."""
        for hook in map(self._hooks.__getitem__, request.hooks.before_update):
            question = callbacks.update_request(request, urn, inputs, step.before or step.resource)
            answer = self._wait(callbacks.call(hook.callback, question))
            if hook.on_dry_run and answer.error and not hook.ignore_errors:
                with self._lock:
                    self.update.refuse(urn, answer.error)

    def _record(
        self,
        request: Registration,
        inputs: Properties,
        outputs: Properties = MappingProxyType({}),
        identifier: str = "",
        provider: str = "",
    ) -> Registered:
        """Keeps a resource and returns what the program is told of it."""
        resource = self._wanted(request, identifier, provider, inputs, outputs)
        urn = resource.urn
        with self._lock:
            if urn in self.recorded:
                raise OfflineError(f"two resources have the URN {urn}")
            self.recorded[urn] = resource
        return Registered(urn=urn, id=identifier, object=PropertyValue.marshal_map(dict(outputs)))

    def _urn(self, request: Registration) -> str:
        return urn_of(self.stack, self.project, request.parent, request.type, request.name)

    def _serving(self, token: str, request: _Asking) -> str:
        """Returns the reference of the provider that serves a request: its own, or the default."""
        package = token.split(":", maxsplit=1)[0]
        return request.provider or self._default(package, request.version)

    def _configured(self, token: str, request: _Asking) -> protocol.Provider:
        """Returns the provider that serves a request which needs one that is configured."""
        provider = self._providers[self._serving(token, request)]
        if provider is None:
            raise OfflineError(f"{token}: its provider is not configured before the deployment")
        return provider

    def _default(self, package: str, version: str) -> str:
        """Returns the reference of a package's default provider, which it makes when needed."""
        name = f"default_{version.replace('.', '_')}" if version else "default"
        token = f"{_PROVIDER_PREFIX}{package}"
        urn = urn_of(self.stack, self.project, "", token, name)
        reference = f"{urn}::{stable_id(urn)}"
        with self._lock:
            if urn not in self.recorded:
                settings = {
                    key.removeprefix(f"{package}:"): value
                    for key, value in sorted(self.config.items())
                    if key.startswith(f"{package}:")
                }
                if package != _ENGINE_PACKAGE:
                    self._providers[reference] = self._make(package, settings)
                inputs, outputs = _provider_properties(property_map(settings), version)
                made = Resource(
                    urn=urn,
                    type=token,
                    custom=True,
                    id=stable_id(urn),
                    inputs=inputs,
                    outputs=outputs,
                )
                self.recorded[urn] = made
                asked = Registration(type=token, name=name, custom=True)
                self._step(asked, made)
            return reference

    def _make(self, package: str, inputs: Mapping[str, Any]) -> protocol.Provider:
        if package not in self._factories:
            raise OfflineError(f"the simulation has no provider {package}")
        return self._factories[package](inputs)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a provider's work on the program's own loop, where it may register resources.

        A signal may end the run while the loop is about to begin the work, which is then lost.
        """
        if self.loop is None:
            work.close()
            raise RuntimeError("the monitor has no loop to work on")
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        while not futures.wait([future], _LOOK_SECONDS).done:
            if self.ended:
                raise RuntimeError("the run has ended")
        try:
            return future.result()
        except pulumi.RunError:
            raise
        except Exception as error:
            # Pulumi's runtime puts its own traceback in the place of this one.
            error.add_note("".join(traceback.format_exception(error)))
            raise


def _provider_properties(settings: Properties, version: str) -> tuple[Properties, Properties]:
    """Returns inputs and outputs of a provider as the engine keeps them, with its version."""
    if not version:
        return settings, settings
    outputs = {**settings, "version": PropertyValue(version)}
    return {**outputs, INTERNAL_KEY: PropertyValue({})}, outputs
