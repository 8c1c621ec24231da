"""What roles let be read before any document is at hand: filters for the documents, fields that are always shown."""

from __future__ import annotations

from collections.abc import Sequence

from server.ejson import Document
from server.rules.expressions import Expression
from server.rules.narrowing import NOTHING, all_of_them, one_of
from server.rules.roles import FieldRule, Moment, Role
from server.rules.scope import Scope


def is_partial(role: Role) -> bool:
    """Whether the role may show parts of a document."""
    return role.read is None and bool(role.fields or role.additional_fields != FieldRule())


def is_always_readable(roles: Sequence[Role], name: str, scope: Scope) -> bool:
    """Whether each role shows the field whole wherever it shows anything of a document."""
    moment = Moment(scope, scope)
    return all(not is_partial(role) or _always_grants(_rule(role, name), moment) for role in roles)


def _rule(role: Role, name: str) -> FieldRule:
    return role.fields.get(name, role.additional_fields)


def _always_grants(rule: FieldRule, moment: Moment) -> bool:
    return any(not part.varies and moment.holds(part) for part in (rule.read, rule.write))


def narrowed_by(roles: Sequence[Role], scope: Scope) -> Document:
    """A filter that every document passes of which the roles show anything; `{}` where none is known."""
    parts: list[Document | None] = []
    for role in roles:
        parts.append(_narrowed(role, scope))
        if not role.apply_when.varies and role.apply_when.holds(scope):
            break
    return one_of(parts) or {}


def _narrowed(role: Role, scope: Scope) -> Document | None:
    filters = role.document_filters
    admitted: Document | None = (
        {} if filters is None else one_of([filters.read.narrow(scope), filters.write.narrow(scope)])
    )
    shown: Document | None = {} if is_partial(role) else one_of([_narrow(role.read, scope), _narrow(role.write, scope)])
    return all_of_them([role.apply_when.narrow(scope), admitted, shown])


def _narrow(expression: Expression | None, scope: Scope) -> Document | None:
    return NOTHING if expression is None else expression.narrow(scope)
