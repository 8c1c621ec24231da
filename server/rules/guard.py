"""The guard of a user's operation: asked by the document engine for every document that it meets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from server.ejson import Document, Value
from server.errors import AppError, ErrorCode
from server.rules.compile import CompiledRules, RuleSet
from server.rules.filters import filter_projection, filter_query, is_search, restrict
from server.rules.forbidden import refuse_forbidden
from server.rules.projection import project
from server.rules.roles import FieldRule, choose, may_delete, may_insert, may_write, moments_of_write, reading, visible
from server.rules.schema import find_violation
from server.rules.scope import Scope

READS = frozenset({"find", "findOne", "aggregate", "count", "distinct", "watch"})


class FunctionsNeededError(Exception):
    """A write rests on functions that have not run; nothing may be written before they have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGuard:
    """Who sees and who writes what, for one user's operation on one collection.

    A read goes on while functions are wanted, and its result must then be thrown away; a write stops with
    FunctionsNeededError. Either way `scope.functions.take_wanted()` names the calls to run before the next attempt.
    """

    rules: CompiledRules
    scope: Scope
    projection: Mapping[str, bool]
    is_writing: bool
    is_searching: bool = False

    def sees(self, document: Document) -> bool:
        """Whether the document exists for this user."""
        return self._visible(document) is not None

    def view(self, document: Document) -> Document | None:
        """What the user may read of the document; None: nothing."""
        shown = self._visible(document)
        return None if shown is None else project(shown, self.projection)

    def check(self, before: Document | None, after: Document | None) -> None:
        """Raise AppError unless the user may insert (no `before`), change or delete (no `after`) the document."""
        kind = _kind(before, after)
        is_permitted = self._permits(before, after)
        self._settle()
        if not is_permitted:
            raise AppError(ErrorCode.NO_MATCHING_RULE_FOUND, f"{kind} not permitted")
        if after is not None and self.rules.schema is not None:
            violation = find_violation(self.rules.schema, after, before, self.scope)
            self._settle()
            if violation is not None:
                raise AppError(ErrorCode.SCHEMA_VALIDATION_FAILED_WRITE, f"{kind} not permitted: {violation}")

    def _visible(self, document: Document) -> Document | None:
        moment = reading(self.scope, document)
        role = choose(self.rules.roles, moment)
        is_hidden = role is None or (self.is_searching and not role.search)
        shown = None if is_hidden or role is None else visible(role, document, moment)
        self._settle()
        return shown

    def _permits(self, before: Document | None, after: Document | None) -> bool:
        if before is None and after is None:
            return False
        for moment in moments_of_write(self.scope, before, after):
            role = choose(self.rules.roles, moment)
            if role is None:
                return False
            if after is None:
                return may_delete(role, moment)
            if before is None:
                return may_insert(role, after, moment)
            if not may_write(role, before, after, moment):
                return False
        return True

    def _settle(self) -> None:
        if self.is_writing and self.scope.functions.wants:
            raise FunctionsNeededError


def _kind(before: Document | None, after: Document | None) -> str:
    if before is None:
        return "insert"
    return "delete" if after is None else "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedOperation:
    """An operation's arguments as they may be carried out, and the guard to carry them out under."""

    arguments: Document
    guard: RoleGuard


def guard_operation(
    rules: RuleSet, scope: Scope, *, database: str, collection: str, action: str, arguments: Document
) -> GuardedOperation:
    """A user's operation under the rules. Raises AppError where it is refused whatever the documents are."""
    refuse_forbidden(action, arguments)
    applied = rules.rules_for(database, collection)
    if _hides_fields(applied) and _has_update_pipeline(arguments):
        raise AppError(ErrorCode.NO_MATCHING_RULE_FOUND, "update not permitted: a pipeline could copy hidden fields")
    filters = [part for part in applied.filters if part.applies(scope)]
    guard = RoleGuard(
        rules=applied,
        scope=scope,
        projection=filter_projection(filters),
        is_writing=action not in READS,
        is_searching=action == "aggregate" and any(map(is_search, _items(arguments.get("pipeline")))),
    )
    restricted = restrict(action, arguments, filter_query(filters, scope))
    if guard.is_writing and scope.functions.wants:
        raise FunctionsNeededError
    return GuardedOperation(arguments=restricted, guard=guard)


def _hides_fields(rules: CompiledRules) -> bool:
    """Whether some role shows parts of documents only."""
    has_fields = (role.read is None and (role.fields or role.additional_fields != FieldRule()) for role in rules.roles)
    return any(has_fields) or any(part.projection for part in rules.filters)


def _has_update_pipeline(arguments: Document) -> bool:
    writes: list[Value] = [arguments]
    for item in _items(arguments.get("operations")):
        writes.extend(cast(Document, item).values() if isinstance(item, dict) else ())
    return any(isinstance(write, dict) and isinstance(cast(Document, write).get("update"), list) for write in writes)


def _items(value: Value) -> list[Value]:
    return cast("list[Value]", value) if isinstance(value, list) else []
