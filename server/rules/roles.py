"""Roles: which one applies to a document, and what it lets be read and written (contract 10.2).

A write is judged twice, on the document as it was and as it will be, and both must allow it: nobody gains a document
by making it his own, nor puts one where he could not have inserted it. Only an expression that itself speaks of the
change (`%%prevRoot`, `%%prev`, `%%this`) is asked once, with both documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from bson import ObjectId

from server.ejson import Document
from server.rules.comparison import identical
from server.rules.expressions import NEVER, Expression
from server.rules.scope import MISSING, Found, Scope
from server.rules.variables import lookup


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
        """Whether the expression holds at this moment; one that does not look at documents is evaluated once."""
        if expression.varies:
            return expression.holds(self.change if expression.of_change else self.now)
        settled = self.now.settled
        known = settled.get(expression.test)
        if known is None:
            known = expression.holds(self.now)
            if not self.now.functions.wants:
                settled[expression.test] = known
        return known

    def grants(self, rule: FieldRule) -> bool:
        """Whether the field may be read; found once where it is the same for every document."""
        known = self.now.settled.get(id(rule))
        if known is None:
            known = self.holds(rule.read) or self.holds(rule.write)
            if not (rule.read.varies or rule.write.varies or self.now.functions.wants):
                self.now.settled[id(rule)] = known
        return known

    def at_field(self, rule: FieldRule, this: Found, prev: Found = MISSING) -> Moment:
        """The same moment for the rules of a field."""
        if not (rule.read.of_change or rule.write.of_change):
            return self
        return Moment(self.now, replace(self.change, this=this, prev=prev))


def reading(scope: Scope, document: Document) -> Moment:
    """The moment of a read."""
    there = scope.at(document)
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
    for role in roles:
        if moment.holds(role.apply_when):
            return role
    return None


def insert_refusal(role: Role, after: Document, moment: Moment) -> str | None:
    """Why the role may not insert the document; None: it may.

    The server makes ObjectIds itself: such an `_id` is nobody's field.
    """
    start: Document = {"_id": after["_id"]} if isinstance(after.get("_id"), ObjectId) else {}
    refusal = write_refusal(role, start, after, moment)
    return refusal or (None if moment.holds(role.insert) else "'insert' does not hold")


def write_refusal(role: Role, before: Document, after: Document, moment: Moment) -> str | None:
    """Why the role may not make the one document into the other; None: it may."""
    if not _may_write_document(role, moment):
        return "'document_filters.write' does not hold"
    if role.write is not None:
        return None if moment.holds(role.write) else "'write' does not hold"
    field_name = next(_closed_fields(before, after, role.fields, role.additional_fields, moment), None)
    return None if field_name is None else f"field '{field_name}' may not be written"


def delete_refusal(role: Role, moment: Moment) -> str | None:
    """Why the role may not delete the moment's document; None: it may."""
    if not _may_write_document(role, moment):
        return "'document_filters.write' does not hold"
    return None if moment.holds(role.delete) else "'delete' does not hold"


def may_touch(role: Role, path: Sequence[str], before: Document, after: Document, moment: Moment) -> bool:
    """Whether the role grants, in any way, the field at the path or one above it.

    What an update says of a field can be told from whether it is refused, so that a field that may neither be read nor
    written must not even be named. A number in the path is a position where the document has an array there.
    """
    is_open = before is after  # before an update is tried, nothing can be told of what depends on its outcome
    if grants(role.read, moment) or grants(role.write, moment) or (is_open and _depends(role.write)):
        return True
    rule: FieldRule | None = role.fields.get(path[0], role.additional_fields)
    was: Found = before
    will: Found = after
    for position, name in enumerate(path):
        is_element = isinstance(was, list) and name.isdigit()
        was, will = lookup(was, [name]), lookup(will, [name])
        if position and not is_element:
            rule = None if rule is None else rule.fields.get(name)
        if rule is None:
            return False
        here = moment.at_field(rule, will, was)
        if here.holds(rule.read) or here.holds(rule.write) or (is_open and _depends(rule.write)):
            return True
    return False


def _depends(expression: Expression | None) -> bool:
    return expression is not None and expression.of_change


def grants(expression: Expression | None, moment: Moment) -> bool:
    """Whether there is an expression, and it holds."""
    return expression is not None and moment.holds(expression)


def _may_write_document(role: Role, moment: Moment) -> bool:
    return role.document_filters is None or moment.holds(role.document_filters.write)


def _closed_fields(
    before: Document, after: Document, fields: Mapping[str, FieldRule], others: FieldRule | None, moment: Moment
) -> Iterator[str]:
    """The fields that differ and that may not."""
    for name in before | after:
        rule = fields.get(name, others)
        if not _may_change(before.get(name, MISSING), after.get(name, MISSING), rule, moment):
            yield name


def _may_change(before: Found, after: Found, rule: FieldRule | None, moment: Moment) -> bool:
    if identical(before, after):
        return True
    if rule is None:
        return False
    here = moment.at_field(rule, after, before)
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
    closed = next(_closed_fields(was, will, rule.fields, None, moment), None)  # a field's name may be empty
    return keeps_order and closed is None
