"""From a caller and a function's name to its value: the run, with all that it is given, and its log."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from runtime.errors import QueueFull, SandboxError
from runtime.limits import AppLimits, Limits
from runtime.messages import Call, Host, HostError, LogLine, Outcome
from runtime.supervisor import Sandboxes
from server import ejson
from server.apps.model import App, Function
from server.calls.admission import Admission
from server.calls.authority import system_caller
from server.calls.bell import Bell
from server.calls.entering import Entering
from server.calls.failures import FailureHandling
from server.calls.log_writer import LogWriter
from server.calls.manner import PLAIN, Manner
from server.calls.metrics import count_call, count_refusal, under_way
from server.calls.outcomes import FunctionFailed, for_client, value_of, without_personal, without_secrets
from server.calls.recordings import Recordings
from server.calls.rule_log import refusal_entry
from server.calls.run_log import begun_entry, logged_arguments, refused_entry, run_entry
from server.causes import causing
from server.context.data_sources import DataSources
from server.context.deployment import SCRIPT_SUFFIX, Deployment
from server.context.description import describe_context
from server.context.egress import Egress
from server.context.host import Capabilities, FunctionContext
from server.context.personal import WatchedHost
from server.context.sockets import RunSockets
from server.context.unit import Unit
from server.documents.operation import Operation
from server.documents.store import OpenTransaction
from server.ejson import Document, Value
from server.errors import AppError, ErrorCode, quoted
from server.records import Caller, RequestDescription, UserCaller
from server.rules.refusals import RuleRefused
from server.rules.scope import FAILED, FunctionCall
from server.store import Store

MEASURED_CALLS = 256
"""Of so many calls one has its pages counted, the first among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Runs functions; holds what all runs share."""

    sandboxes: Sandboxes
    store: Store
    capabilities: Capabilities
    logs: LogWriter
    failures: FailureHandling
    recordings: Recordings | None = None
    limits: Limits = field(default_factory=Limits)
    app_limits: AppLimits = field(default_factory=AppLimits)
    admission: Admission = field(default_factory=Admission)
    on_events: Bell = field(default_factory=Bell)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def documents(self) -> DataSources:
        """The apps' documents."""
        return self.capabilities.documents

    async def call_from_client(self, deployment: Deployment, caller: Caller, name: str, arguments: bytes) -> bytes:
        """A client's call: private functions do not exist for it. Canonical Extended JSON in and out."""
        if deployment.app.function(name).private:
            raise AppError(ErrorCode.FUNCTION_NOT_FOUND, f"function not found: {quoted(name)}")
        return await for_client(await self.call(deployment, caller, name, arguments))

    async def call_as_system(
        self,
        deployment: Deployment,
        name: str,
        arguments: bytes,
        *,
        reason: str,
        request: RequestDescription | None = None,
        manner: Manner = PLAIN,
    ) -> bytes:
        """A hook's or trigger's call, as the system user; `request` is the client's that led to it."""
        caller = system_caller(reason, request=request)
        return value_of(await self.run(deployment, caller, name, arguments, manner=manner))

    async def call(
        self, deployment: Deployment, caller: Caller, name: str, arguments: bytes, *, depth: int = 0
    ) -> bytes:
        """Run a function for a caller. Raises AppError; FunctionFailed where the function itself failed."""
        return value_of(await self.run(deployment, caller, name, arguments, depth=depth))

    async def run(
        self,
        deployment: Deployment,
        caller: Caller,
        name: str,
        arguments: bytes,
        *,
        depth: int = 0,
        manner: Manner = PLAIN,
    ) -> Outcome:
        """Run a function for a caller and keep its log; what the function does wrong is part of the outcome.

        Raises AppError, first of all where there is no such function: a guest makes up names.
        """
        limits = self._limits(deployment, deployment.app.function(name).name)
        if depth > limits.nesting:
            text = f"functions call each other more than {limits.nesting} deep"
            raise AppError(ErrorCode.FUNCTION_MAX_STACK_DEPTH_ERROR, text)
        if depth:
            return await self._run_admitted(deployment, caller, name, arguments, depth, manner)
        app = deployment.app
        with self.admission.place(app.app_id, self._concurrent_calls(app)), under_way(app.app_id):
            return await self._run_admitted(deployment, caller, name, arguments, depth, manner)

    async def _run_admitted(
        self, deployment: Deployment, caller: Caller, name: str, arguments: bytes, depth: int, manner: Manner
    ) -> Outcome:
        function = deployment.app.function(name)
        asks_system = manner.asks_system
        effective = await self.enter(deployment, caller, function, arguments, depth=depth, asks_system=asks_system)
        begun = begun_entry(deployment, function, caller, manner.log_type)
        unit = manner.unit or Unit(sightings=manner.sightings)

        async def proceed() -> Outcome:
            return await self._run(deployment, effective, name, arguments, depth, unit, manner)

        limits = self._limits(deployment, name)
        try:
            with causing(begun.id):
                outcome = await self.failures.run(deployment.app, name, wall_time=limits.wall_time, proceed=proceed)
        except AppError as error:
            count_refusal(deployment.app.app_id, name, error.code)
            self.logs.add(refused_entry(begun, deployment, error))
            raise
        count_call(deployment.app.app_id, name, outcome)
        outcome = without_secrets(outcome, deployment.redact)
        shown = without_personal(outcome, unit.sightings)
        given = logged_arguments(deployment, arguments, unit.sightings)
        entry = run_entry(begun, deployment, function, shown, given)
        self.logs.add(entry)
        if self.recordings is not None:
            self.recordings.add(deployment, entry, outcome, unit.sightings)
        if unit is not manner.unit and outcome.error is None:
            await self._send(unit)
        return outcome

    async def enter(
        self,
        deployment: Deployment,
        caller: Caller,
        function: Function,
        arguments: bytes,
        *,
        depth: int = 0,
        asks_system: bool = False,
    ) -> Caller:
        """As whom a function runs for a caller. Raises AppError where the caller may not call it."""
        entering = Entering(calls=self, deployment=deployment, caller=caller, function=function, depth=depth)
        if isinstance(caller, UserCaller) or asks_system:
            await entering.check(arguments)
        return await entering.effective()

    async def run_script(self, deployment: Deployment, caller: Caller, function: Function, depth: int) -> Outcome:
        """What a function's `run_as_user_id_script_source` says, which runs as whoever calls the function."""
        return await self._run(deployment, caller, function.name + SCRIPT_SUFFIX, b"[]", depth, Unit(), PLAIN)

    async def _send(self, unit: Unit) -> None:
        """Queue the calls that a run asked for, once it has ended well."""
        if unit.events:
            await self.store.add_events(unit.events)
            self.on_events.ring()

    async def operate(
        self,
        deployment: Deployment,
        caller: Caller,
        service: str,
        operation: Operation,
        *,
        depth: int = 0,
        transaction: OpenTransaction | None = None,
    ) -> Value:
        """One operation on documents for a caller, under the app's rules; what they refuse the author can read of."""

        async def run_function(call: FunctionCall) -> Value:
            return await self.rule_function(deployment, caller, call, depth + 1)

        started_at = datetime.now(UTC)
        try:
            return await self.documents.execute(
                deployment, caller, service, operation, run_function, transaction=transaction
            )
        except RuleRefused as refusal:
            self.logs.add(refusal_entry(deployment, caller, service, operation, refusal, started_at))
            raise

    def _limits(self, deployment: Deployment, name: str) -> Limits:
        """The server's limits, lowered to what the app wants for the function."""
        known = deployment.limits.get(name)
        if known is None:
            known = deployment.limits[name] = self.limits.within(deployment.app.policy.limits(name))
        return known

    def _concurrent_calls(self, app: App) -> float:
        most = self.app_limits.concurrent_calls
        return min(most, app.policy.app.limits.get("concurrent_calls", most))

    async def _run(
        self,
        deployment: Deployment,
        caller: Caller,
        name: str,
        arguments: bytes,
        depth: int,
        unit: Unit,
        manner: Manner,
    ) -> Outcome:
        async def execute(callee: str, given: bytes) -> bytes:
            inner = replace(PLAIN, unit=unit)
            try:
                return value_of(await self.run(deployment, caller, callee, given, depth=depth + 1, manner=inner))
            except FunctionFailed as failure:
                raise HostError(failure.guest.name or "Error", failure.guest.message) from failure

        async def operate(service: str, operation: Operation, transaction: OpenTransaction | None) -> Value:
            return await self.operate(deployment, caller, service, operation, depth=depth, transaction=transaction)

        http = self.capabilities.http
        context = FunctionContext(
            deployment=deployment, function=name, caller=caller, capabilities=self.capabilities,
            execute=execute, operate=operate, unit=unit, limits=self._limits(deployment, name),
            sockets=RunSockets(http.allowed, Egress(deployment.app.policy.http(name)), http.names),
        )  # fmt: skip
        call = Call(
            function=name, arguments=arguments, context=describe_context(deployment, caller),
            limits=self._limits(deployment, name), entrance=manner.entrance,
            measures=next(self.numbers) % MEASURED_CALLS == 0,
            records=self.recordings is not None and deployment.app.policy.records(name) is not None,
        )  # fmt: skip
        try:
            host = await self._watched(deployment, unit, call, context)
            outcome = await self.sandboxes.run(deployment.image, call, host, nested=depth > 0)
            return await _with_refusals(outcome, context)
        except QueueFull as error:
            raise AppError(ErrorCode.TOO_MANY_REQUESTS, "too many concurrent requests") from error
        except SandboxError as error:
            raise AppError(ErrorCode.INTERNAL_SERVER_ERROR, "the function could not be run to its end") from error
        finally:
            await context.transactions.close()
            await context.sockets.close()

    async def _watched(self, deployment: Deployment, unit: Unit, call: Call, host: Host) -> Host:
        """The host, looked at for the personal data that the app declares, if it does."""
        sightings = unit.sightings = unit.sightings or deployment.personal.sightings()
        if sightings is None:
            return host
        await sightings.see_json(call.arguments)
        await sightings.see_json(call.context)
        return WatchedHost(host, sightings)

    async def rule_function(self, deployment: Deployment, caller: Caller, call: FunctionCall, depth: int = 1) -> Value:
        """The value of a `%function` in a rule; FAILED where it threw."""
        try:
            return ejson.loads(await self.call(deployment, caller, call.name, call.arguments, depth=depth))
        except AppError:
            return FAILED


async def _with_refusals(outcome: Outcome, context: FunctionContext) -> Outcome:
    """The outcome, its lines ending in what was refused of `context.after`.

    The run need not have waited for it, and long arguments take a while to read. Who asked for nothing is not held up.
    """
    if outcome.error is None and not outcome.stats.host_calls:
        return outcome
    await context.unit.asking.ended()
    lines = tuple(LogLine(level="error", text=text) for text in context.refusals)
    return replace(outcome, logs=outcome.logs + lines) if lines else outcome


def encode_arguments(*arguments: Value | Document) -> bytes:
    """Arguments of a function as the sandbox takes them."""
    return ejson.dumps(list(arguments))
