"""The documents of apps: which store a data source is, and under whose rules an operation runs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from server.context.deployment import Deployment
from server.documents.client_transaction import ClientTransaction
from server.documents.engine import EmbeddedDocuments
from server.documents.operation import Operation
from server.ejson import Value
from server.errors import AppError, ErrorCode
from server.records import Caller, SystemCaller, UserCaller
from server.rules.guard import FunctionsNeededError, guard_operation
from server.rules.scope import MISSING, Found, FunctionCall, FunctionResults, Scope, caller_scope

RunRuleFunction = Callable[[FunctionCall], Awaitable[Value]]
"""Runs a `%function` of a rule for the caller; gives FAILED where it threw."""
_ROUNDS = 8
"""How often an operation is tried anew because its rules wanted yet another function."""
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


class DataSources:
    """One embedded store for each data source of each app, opened when first used."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._opened: dict[tuple[str, str], asyncio.Task[EmbeddedDocuments]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for opening in self._opened.values():
            await (await opening).close()
        self._opened.clear()

    async def store(self, deployment: Deployment, service: str) -> EmbeddedDocuments:
        """The store of a data source. Raises AppError ServiceNotFound."""
        source = deployment.app.data_source(service)
        key = (deployment.app.app_id, source.name)
        opening = self._opened.get(key)
        if opening is None or (opening.done() and opening.exception() is not None):
            path = self._directory / _file_name(key[0]) / f"{_file_name(key[1])}.sqlite"
            opening = self._opened[key] = asyncio.create_task(_open(path))
        return await asyncio.shield(opening)

    async def execute(
        self,
        deployment: Deployment,
        caller: Caller,
        service: str,
        operation: Operation,
        run_function: RunRuleFunction,
        *,
        transaction: ClientTransaction | None = None,
    ) -> Value:
        """Run an operation for a caller, in a transaction where given: under the app's rules, save for the system."""
        store = transaction or await self.store(deployment, service)
        if isinstance(caller, SystemCaller):
            return await store.execute(operation)
        return await _guarded(store, deployment, caller, service, operation, run_function)


async def _guarded(
    store: EmbeddedDocuments | ClientTransaction,
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
    store: EmbeddedDocuments | ClientTransaction,
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


async def _open(path: Path) -> EmbeddedDocuments:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return await EmbeddedDocuments.open(path)


def _file_name(name: str) -> str:
    """A name that is safe as a file's and that no two names share."""
    if not _UNSAFE.search(name):
        return name
    return _UNSAFE.sub("_", name) + "~" + name.encode().hex()
