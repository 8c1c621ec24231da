"""Watching a collection as a user: each change is judged by the rules as they are when it happens (contract 3.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from server.context.data_sources import RunRuleFunction, user_scope
from server.context.deployment import Deployment
from server.documents.change_event import ChangeEvent
from server.documents.filters import compile_filter
from server.documents.operation import Operation
from server.documents.sight import Sight
from server.documents.store import Following
from server.ejson import Document, Value
from server.errors import AppError, ErrorCode
from server.records import UserCaller
from server.rules.change_view import shown_event
from server.rules.guard import RoleGuard, guard_operation
from server.rules.scope import FunctionResults

_ROUNDS = 8
"""How often a change is judged anew because its rules wanted yet another function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Who watches what; `caller` and `deployment` are of the moment."""

    deployment: Deployment
    caller: UserCaller
    service: str
    operation: Operation
    run_function: RunRuleFunction

    def guard(self, results: FunctionResults) -> RoleGuard:
        """The guard of this moment. Raises RuleRefused where nothing may be watched."""
        return guard_operation(
            self.deployment.rules[self.service], user_scope(self.deployment, self.caller, results),
            database=self.operation.database, collection=self.operation.collection,
            action="watch", arguments=self.operation.arguments,
        )  # fmt: skip

    def check(self) -> None:
        """Raise RuleRefused where nothing of the collection may be watched."""
        self.guard(FunctionResults())

    async def shown(self, change: ChangeEvent) -> Document | None:
        """What the watcher is told of the change; None: nothing."""
        results = FunctionResults()
        for _ in range(_ROUNDS):
            seen = self._seen(change, self.guard(results))
            wanted = results.take_wanted()
            if not wanted:
                return seen
            for call in wanted:
                results.add(call, await self.run_function(call))
        raise AppError(ErrorCode.NO_MATCHING_RULE_FOUND, "the rules call too many functions")

    def _seen(self, change: ChangeEvent, guard: RoleGuard) -> Document | None:
        document = change.after or change.before or _key(change)
        if not self._is_asked_for(change):
            return None
        shown = Sight({}, guard).shown(document)
        if shown is None:
            return None
        event = shown_event(change.event, change.after, shown, guard.judges_stored)
        return event if compile_filter(self._filter())(event) else None

    def _is_asked_for(self, change: ChangeEvent) -> bool:
        ids = self.operation.arguments.get("ids")
        if not isinstance(ids, list):
            return True
        return compile_filter({"_id": {"$in": ids}})(_key(change))

    def _filter(self) -> Document:
        given = self.operation.arguments.get("filter")
        return given if isinstance(given, dict) else {}


def check_arguments(arguments: Document) -> None:
    """Refuse arguments of `watch` that mean nothing. Raises AppError, DocumentError."""
    _refuse_other_than(arguments, "ids", list)
    _refuse_other_than(arguments, "filter", dict)
    given = arguments.get("filter")
    if isinstance(given, dict):
        compile_filter(given)


def _refuse_other_than(arguments: Document, name: str, kind: type) -> None:
    if arguments.get(name) is not None and not isinstance(arguments[name], kind):
        raise AppError(ErrorCode.INVALID_PARAMETER, f"'{name}' must be {'an array' if kind is list else 'an object'}")


def _key(change: ChangeEvent) -> Document:
    key: Value = change.event.get("documentKey")
    return key if isinstance(key, dict) else {}


async def events(following: Following, watcher: Callable[[], Awaitable[Watcher]]) -> AsyncIterator[Document]:
    """The change events that the watcher may see, each judged by what the watcher is then."""
    async for change in following:
        shown = await (await watcher()).shown(change)
        if shown is not None:
            yield shown
