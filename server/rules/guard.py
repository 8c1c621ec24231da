"""The guard of a user's operation: asked by the document store for every document that it meets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from server.ejson import Document, Value
from server.errors import ErrorCode
from server.rules.compile import CompiledRules, RuleSet
from server.rules.filters import filter_projection, filter_query, is_search
from server.rules.forbidden import refuse_forbidden
from server.rules.narrowing import joined
from server.rules.projection import keeps_whole, project
from server.rules.readable import is_always_readable, is_partial, narrowed_by
from server.rules.refusals import RuleRefused, refused
from server.rules.roles import (
    Moment,
    Role,
    choose,
    delete_refusal,
    insert_refusal,
    may_touch,
    moments_of_write,
    reading,
    write_refusal,
)
from server.rules.schema import find_violation
from server.rules.scope import Scope, View
from server.rules.touching import FieldPath, touched_paths
from server.rules.viewing import hidden, view_of

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
    restriction: Document = field(default_factory=dict)
    hides_fields: bool = True
    touched: tuple[FieldPath, ...] = ()
    same_view: list[View] = field(default_factory=list, repr=False, compare=False)

    def judges_stored(self, name: str) -> bool:
        """Whether a query on the field finds the same in the stored document as in what is shown of it."""
        if not self.hides_fields or name == "_id":
            return True
        return keeps_whole(self.projection, name) and is_always_readable(self.rules.roles, name, self.scope)

    def view(self, document: Document) -> Document | None:
        """What the user may read of the document; None: for this user it does not exist."""
        if self.rules.look_at_documents:
            shown = self._view_at(reading(self.scope, document))(document)
        else:
            shown = self._same_view()(document)
        self._settle()
        return project(shown, self.projection) if self.projection and shown is not None else shown

    def _view_at(self, moment: Moment) -> View:
        role = choose(self.rules.roles, moment)
        return hidden if role is None or (self.is_searching and not role.search) else view_of(role, moment)

    def _same_view(self) -> View:
        """The view that is the same for every document; it is kept once no function is owed to it."""
        if self.same_view:
            return self.same_view[0]
        view = self._view_at(Moment(self.scope, self.scope))
        if not self.scope.functions.wants:
            self.same_view.append(view)
        return view

    def check_update(self, document: Document) -> None:
        """Raise RuleRefused where the update speaks of fields that the user may neither read nor write."""
        if not self.touched:
            return
        moment = moments_of_write(self.scope, document, document)[0]
        role = choose(self.rules.roles, moment)
        path = None if role is None else self._closed_path(role, document, document, moment)
        self._settle()
        if path is not None:
            raise refused("update", _untouchable(path), role=None if role is None else role.name)

    def check(self, before: Document | None, after: Document | None) -> None:
        """Raise RuleRefused unless the user may insert (no `before`), change or delete (no `after`) the document."""
        refusal = self._refusal(before, after)
        self._settle()
        if refusal is not None:
            raise refusal
        if after is not None and self.rules.schema is not None:
            self._check_schema(before, after)

    def _check_schema(self, before: Document | None, after: Document) -> None:
        schema = self.rules.schema
        violation = None if schema is None else find_violation(schema, after, before, self.scope)
        self._settle()
        if violation is not None:
            message = f"{_kind(before, after)} not permitted"
            raise RuleRefused(ErrorCode.SCHEMA_VALIDATION_FAILED_WRITE, message, reason=f"schema: {violation}")

    def _refusal(self, before: Document | None, after: Document | None) -> RuleRefused | None:
        kind = _kind(before, after)
        if before is None and after is None:
            return refused(kind, "there is no document")
        for moment in moments_of_write(self.scope, before, after):
            role = choose(self.rules.roles, moment)
            reason = "no role applies" if role is None else self._reason(role, before, after, moment)
            if reason is not None:
                return refused(kind, reason, role=None if role is None else role.name)
        return None

    def _reason(self, role: Role, before: Document | None, after: Document | None, moment: Moment) -> str | None:
        if after is None:
            return delete_refusal(role, moment)
        if before is None:
            return insert_refusal(role, after, moment)
        path = self._closed_path(role, before, after, moment)
        return write_refusal(role, before, after, moment) if path is None else _untouchable(path)

    def _closed_path(self, role: Role, before: Document, after: Document, moment: Moment) -> FieldPath | None:
        return next((path for path in self.touched if not may_touch(role, path, before, after, moment)), None)

    def _settle(self) -> None:
        if self.is_writing and self.scope.functions.wants:
            raise FunctionsNeededError


def _untouchable(path: FieldPath) -> str:
    return f"field '{'.'.join(path)}' may be neither read nor written"


def _kind(before: Document | None, after: Document | None) -> str:
    if before is None:
        return "insert"
    return "delete" if after is None else "update"


def guard_operation(
    rules: RuleSet, scope: Scope, *, database: str, collection: str, action: str, arguments: Document
) -> RoleGuard:
    """The guard under which a user's operation runs. Raises RuleRefused where no document could make it permitted."""
    refuse_forbidden(action, arguments)
    applied = rules.rules_for(database, collection)
    filters = [part for part in applied.filters if part.applies(scope)]
    projection = filter_projection(filters)
    hides_fields = bool(projection) or any(map(is_partial, applied.roles))
    if hides_fields and _has_update_pipeline(arguments):
        raise refused("update", "a pipeline could copy fields that the role hides")
    restriction = joined(
        "$and", [part for part in (*filter_query(filters, scope), narrowed_by(applied.roles, scope)) if part]
    )
    is_writing = action not in READS
    if is_writing and scope.functions.wants:
        raise FunctionsNeededError
    return RoleGuard(
        rules=applied,
        scope=scope,
        projection=projection,
        is_writing=is_writing,
        is_searching=action == "aggregate" and any(map(is_search, _items(arguments.get("pipeline")))),
        restriction=restriction,
        hides_fields=hides_fields,
        touched=touched_paths(arguments) if hides_fields else (),
    )


def _has_update_pipeline(arguments: Document) -> bool:
    writes: list[Value] = [arguments]
    for item in _items(arguments.get("operations")):
        writes.extend(cast(Document, item).values() if isinstance(item, dict) else ())
    return any(isinstance(write, dict) and isinstance(cast(Document, write).get("update"), list) for write in writes)


def _items(value: Value) -> list[Value]:
    return cast("list[Value]", value) if isinstance(value, list) else []
