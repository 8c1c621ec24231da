"""What a role shows of documents: all, nothing, or some of their fields (contract 10.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from server.ejson import Document, Value
from server.rules.roles import FieldRule, Moment, Role, grants
from server.rules.scope import MISSING, Found, View


def hidden(_document: Document) -> Document | None:
    """The view of who may read nothing."""
    return None


def whole(document: Document) -> Document | None:
    """The view of who may read everything."""
    return document


def view_of(role: Role, moment: Moment) -> View:
    """What the role may read of a document (None: nothing) at the moment of reading it."""
    if not _may_read_document(role, moment):
        return hidden
    if grants(role.read, moment) or grants(role.write, moment):
        return whole
    if role.read is not None:
        return hidden
    cut = _cut_of(role, moment)
    if cut is not None:
        return cut
    return lambda document: _visible_fields(document, role.fields, role.additional_fields, moment) or None


def _may_read_document(role: Role, moment: Moment) -> bool:
    filters = role.document_filters
    return filters is None or moment.holds(filters.read) or moment.holds(filters.write)


def _cut_of(role: Role, moment: Moment) -> View | None:
    """The view of a role that shows the same whole fields of every document, found once for an operation."""
    cuts = moment.now.cuts
    if id(role) not in cuts:
        cuts[id(role)] = _find_cut(role, moment)
    return cuts[id(role)]


def _find_cut(role: Role, moment: Moment) -> View | None:
    if not all(map(_is_plain, (role.additional_fields, *role.fields.values()))):
        return None
    is_open = moment.grants(role.additional_fields)
    others = frozenset(name for name, rule in role.fields.items() if moment.grants(rule) is not is_open)
    if is_open:
        return lambda document: {name: value for name, value in document.items() if name not in others} or None
    return lambda document: {name: value for name, value in document.items() if name in others} or None


def _is_plain(rule: FieldRule) -> bool:
    """Whether the rule is known without a document, and without a function that might not be needed."""
    return not (rule.fields or any(part.varies or part.functions for part in (rule.read, rule.write)))


def _visible_fields(
    document: Document, fields: Mapping[str, FieldRule], others: FieldRule | None, moment: Moment
) -> Document:
    shown: Document = {}
    settled = moment.now.settled
    for name, value in document.items():
        rule = fields.get(name, others)
        if rule is None:
            continue
        if settled.get(id(rule)):
            shown[name] = value
        else:
            part = _visible_value(value, rule, moment.at_field(rule, value))
            if part is not MISSING:
                shown[name] = part
    return shown


def _visible_value(value: Value, rule: FieldRule, moment: Moment) -> Found:
    if moment.grants(rule):
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
