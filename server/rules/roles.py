"""Roles: which one applies to a document, and what it lets be read and written (contract 10.2).

A write is judged twice, on the document as it was and as it will be, and both must allow it: nobody gains a document
by making it his own, nor puts one where he could not have inserted it. Only an expression that itself speaks of the
change (`%%prevRoot`, `%%prev`, `%%this`) is asked once, with both documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from bson import ObjectId

from server.ejson import Document, Value
from server.rules.comparison import identical
from server.rules.expressions import NEVER, Expression
from server.rules.scope import MISSING, Found, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """What holds for a field; `fields` for those within it, where the field's own rule grants nothing."""

    read: Expression = NEVER
    write: Expression = NEVER
    fields: Mapping[str, FieldRule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilters:
    """Which documents of a role may be read and written at all; what is undefined is not granted."""

    read: Expression = NEVER
    write: Expression = NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role as in `rules.json`; None where an expression was left undefined and that has a meaning of its own."""

    name: str
    apply_when: Expression
    document_filters: DocumentFilters | None = None
    read: Expression | None = None
    write: Expression | None = None
    insert: Expression = NEVER
    delete: Expression = NEVER
    search: bool = True
    fields: Mapping[str, FieldRule] = field(default_factory=dict)
    additional_fields: FieldRule = field(default_factory=FieldRule)


@dataclass(frozen=True, slots=True)
class Moment:
    """Scopes to judge in: `now` has one document, `change` also the one before it."""

    now: Scope
    change: Scope

    def holds(self, expression: Expression) -> bool:
        """Whether the expression holds at this moment."""
        return expression.holds(self.change if expression.of_change else self.now)

    def at_field(self, this: Found, prev: Found = MISSING) -> Moment:
        """The same moment for the rules of a field."""
        return Moment(self.now, replace(self.change, this=this, prev=prev))


def reading(scope: Scope, document: Document) -> Moment:
    """The moment of a read."""
    there = replace(scope, root=document)
    return Moment(there, there)


def moments_of_write(scope: Scope, before: Document | None, after: Document | None) -> list[Moment]:
    """The moments at which a write must be allowed: a change has two, insertion and deletion one."""
    change = replace(
        scope,
        root=before if after is None else after,
        prev_root=MISSING if before is None else before,
    )
    if before is None or after is None:
        return [Moment(change, change)]
    return [Moment(replace(change, root=before), change), Moment(change, change)]


def choose(roles: Sequence[Role], moment: Moment) -> Role | None:
    """The first role that applies."""
    return next((role for role in roles if moment.holds(role.apply_when)), None)


def visible(role: Role, document: Document, moment: Moment) -> Document | None:
    """What the role may read of the document; None: nothing."""
    if not _may_read_document(role, moment):
        return None
    if _grants(role.read, moment) or _grants(role.write, moment):
        return document
    if role.read is not None:
        return None
    return _visible_fields(document, role.fields, role.additional_fields, moment) or None


def may_insert(role: Role, after: Document, moment: Moment) -> bool:
    """Whether the role may insert the document. The server makes ObjectIds itself: such an `_id` is nobody's field."""
    start: Document = {"_id": after["_id"]} if isinstance(after.get("_id"), ObjectId) else {}
    return may_write(role, start, after, moment) and moment.holds(role.insert)


def may_write(role: Role, before: Document, after: Document, moment: Moment) -> bool:
    """Whether the role may make the one document into the other."""
    if not _may_write_document(role, moment):
        return False
    if role.write is not None:
        return moment.holds(role.write)
    return _may_change_fields(before, after, role.fields, role.additional_fields, moment)


def may_delete(role: Role, moment: Moment) -> bool:
    """Whether the role may delete the moment's document."""
    return _may_write_document(role, moment) and moment.holds(role.delete)


def _grants(expression: Expression | None, moment: Moment) -> bool:
    return expression is not None and moment.holds(expression)


def _may_read_document(role: Role, moment: Moment) -> bool:
    filters = role.document_filters
    return filters is None or moment.holds(filters.read) or moment.holds(filters.write)


def _may_write_document(role: Role, moment: Moment) -> bool:
    return role.document_filters is None or moment.holds(role.document_filters.write)


def _visible_fields(
    document: Document, fields: Mapping[str, FieldRule], others: FieldRule | None, moment: Moment
) -> Document:
    shown: Document = {}
    for name, value in document.items():
        rule = fields.get(name, others)
        part = MISSING if rule is None else _visible_value(value, rule, moment.at_field(value))
        if part is not MISSING:
            shown[name] = part
    return shown


def _visible_value(value: Value, rule: FieldRule, moment: Moment) -> Found:
    if moment.holds(rule.read) or moment.holds(rule.write):
        return value
    if isinstance(value, dict):
        return _visible_fields(cast(Document, value), rule.fields, None, moment) or MISSING
    if isinstance(value, list):
        parts = [
            _visible_fields(cast(Document, item), rule.fields, None, moment)
            for item in cast("list[Value]", value)
            if isinstance(item, dict)
        ]
        return [part for part in parts if part] or MISSING
    return MISSING


def _may_change_fields(
    before: Document, after: Document, fields: Mapping[str, FieldRule], others: FieldRule | None, moment: Moment
) -> bool:
    return all(
        _may_change(before.get(name, MISSING), after.get(name, MISSING), fields.get(name, others), moment)
        for name in before | after
    )


def _may_change(before: Found, after: Found, rule: FieldRule | None, moment: Moment) -> bool:
    if identical(before, after):
        return True
    if rule is None:
        return False
    here = moment.at_field(after, before)
    return here.holds(rule.write) or _may_change_within(before, after, rule, here)


def _may_change_within(before: Found, after: Found, rule: FieldRule, moment: Moment) -> bool:
    """Whether all that differs are fields of embedded documents; an array must keep its length."""
    if not isinstance(before, list) or not isinstance(after, list):
        return _may_change_embedded(before, after, rule, moment)
    return len(before) == len(after) and all(
        identical(was, will) or _may_change_embedded(was, will, rule, moment)
        for was, will in zip(before, after, strict=True)
    )


def _may_change_embedded(before: Found, after: Found, rule: FieldRule, moment: Moment) -> bool:
    parts = [part for part in (before, after) if part is not MISSING]
    if not any(parts) or not all(isinstance(part, dict) for part in parts):
        return False
    was, will = (cast(Document, {} if part is MISSING else part) for part in (before, after))
    keeps_order = [name for name in was if name in will] == [name for name in will if name in was]
    return keeps_order and _may_change_fields(was, will, rule.fields, None, moment)
