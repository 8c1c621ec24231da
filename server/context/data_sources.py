"""The documents of apps: which store a data source is, and under whose rules an operation runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from server.context.deployment import Deployment
from server.context.document_stores import DocumentStores
from server.documents.operation import Operation
from server.documents.store import DocumentStore, OpenTransaction
from server.ejson import Value
from server.errors import AppError, ErrorCode
from server.records import Caller, SystemCaller, UserCaller
from server.rules.forbidden import refuse_system_forbidden
from server.rules.guard import FunctionsNeededError, guard_operation
from server.rules.scope import MISSING, Found, FunctionCall, FunctionResults, Scope, caller_scope

RunRuleFunction = Callable[[FunctionCall], Awaitable[Value]]
"""Runs a `%function` of a rule for the caller; gives FAILED where it threw."""
_ROUNDS = 8
"""How often an operation is tried anew because its rules wanted yet another function."""


class DataSources:
    """The data sources of all apps, each behind its app's rules."""

    def __init__(self, stores: DocumentStores) -> None:
        self._stores = stores

    async def store(self, deployment: Deployment, service: str) -> DocumentStore:
        """The store of a data source. Raises AppError ServiceNotFound."""
        return await self._stores.open(deployment.app.app_id, deployment.app.data_source(service))

    async def execute(
        self,
        deployment: Deployment,
        caller: Caller,
        service: str,
        operation: Operation,
        run_function: RunRuleFunction,
        *,
        transaction: OpenTransaction | None = None,
    ) -> Value:
        """Run an operation for a caller, in a transaction where given: under the app's rules, save for the system."""
        store = transaction or await self.store(deployment, service)
        event = caller.request.event
        operation = operation if event is None else replace(operation, depth=event.depth + 1)
        if isinstance(caller, SystemCaller):
            refuse_system_forbidden(operation.action, operation.arguments)
            return await store.execute(operation)
        return await _guarded(store, deployment, caller, service, operation, run_function)


async def _guarded(
    store: DocumentStore | OpenTransaction,
    deployment: Deployment,
    caller: UserCaller,
    service: str,
    operation: Operation,
    run_function: RunRuleFunction,
) -> Value:
    results = FunctionResults()
    scope = user_scope(deployment, caller, results)
    for _ in range(_ROUNDS):
        try:
            result = await _attempt(store, deployment, scope, service, operation)
        except FunctionsNeededError:
            result = None
        wanted = results.take_wanted()
        if not wanted:
            return result
        for call in wanted:
            results.add(call, await run_function(call))
    raise AppError(ErrorCode.NO_MATCHING_RULE_FOUND, "the rules call too many functions")


async def _attempt(
    store: DocumentStore | OpenTransaction,
    deployment: Deployment,
    scope: Scope,
    service: str,
    operation: Operation,
) -> Value:
    guard = guard_operation(
        deployment.rules[service], scope,
        database=operation.database, collection=operation.collection,
        action=operation.action, arguments=operation.arguments,
    )  # fmt: skip
    return await store.execute(operation, guard)


def user_scope(deployment: Deployment, caller: Caller, results: FunctionResults, *, args: Found = MISSING) -> Scope:
    """The expansions of a caller's rules (contract 10.4)."""
    app = deployment.app
    return caller_scope(
        caller,
        values={value.name: value.value for value in app.values.values()},
        environment={"tag": app.environment.tag, "values": dict(app.environment.values)},
        args=args,
        functions=results,
    )
