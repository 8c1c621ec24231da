"""Schemas of collections: what a user's writes must look like (contract 10.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, cast

from server.ejson import Document, Value
from server.rules.expressions import Expression
from server.rules.schema_keywords import Check
from server.rules.scope import MISSING, Found, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A schema that was read. `others` is for fields that `properties` does not name, as `items` for an array's."""

    checks: tuple[Check, ...] = ()
    required: tuple[str, ...] = ()
    properties: tuple[tuple[str, Schema], ...] = ()
    others: Schema | None = None
    items: Schema | None = None
    all_of: tuple[Schema, ...] = ()
    any_of: tuple[Schema, ...] = ()
    one_of: tuple[Schema, ...] = ()
    none_of: tuple[Schema, ...] = ()
    validate: Expression | None = None


REFUSING: Final = Schema(checks=(lambda _value: "is not in the schema",))
"""`additionalProperties: false`, and what stands in for a schema that cannot be read."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Where a document departs from its schema, and how."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


@dataclass(frozen=True, slots=True)
class Spot:
    """A value within a document that is judged, what it was before, and the way to it."""

    value: Found
    before: Found
    scope: Scope
    path: str = ""

    def below(self, name: str, value: Found, before: Found) -> Spot:
        """A field or an item of the value."""
        return replace(self, value=value, before=before, path=f"{self.path}.{name}" if self.path else name)


def find_violation(schema: Schema, after: Document, before: Document | None, scope: Scope) -> Violation | None:
    """The first departure of a written document from the schema; None: it conforms."""
    there = replace(scope, root=after, prev_root=MISSING if before is None else before)
    return next(_violations(schema, Spot(after, there.prev_root, there)), None)


def _violations(schema: Schema, spot: Spot) -> Iterator[Violation]:
    value = spot.value
    if value is not MISSING:
        yield from (Violation(spot.path, reason) for check in schema.checks if (reason := check(value)) is not None)
    if isinstance(value, list):
        yield from _of_items(schema, cast("list[Value]", value), spot)
    yield from _of_fields(schema, spot)
    yield from _of_combinations(schema, spot)
    if schema.validate is not None and not schema.validate.holds(_at(spot)):
        yield Violation(spot.path, "was refused by its validation")


def _at(spot: Spot) -> Scope:
    return replace(spot.scope, this=spot.value, prev=spot.before)


def _of_items(schema: Schema, items: list[Value], spot: Spot) -> Iterator[Violation]:
    if schema.items is not None:
        for index, item in enumerate(items):
            yield from _violations(schema.items, spot.below(str(index), item, MISSING))


def _of_fields(schema: Schema, spot: Spot) -> Iterator[Violation]:
    """Fields that are there, and those that a write took away: their validations have a word in it."""
    after, before = _fields(spot.value), _fields(spot.before)
    if isinstance(spot.value, dict):
        yield from (Violation(spot.path, f"{name} is required") for name in schema.required if name not in after)
    properties = dict(schema.properties)
    for name, part in properties.items():
        if name in after or name in before:
            yield from _violations(part, spot.below(name, after.get(name, MISSING), before.get(name, MISSING)))
    if schema.others is not None:
        known = properties.keys() | ({"_id"} if not spot.path else set())
        for name in (name for name in after if name not in known):
            yield from _violations(schema.others, spot.below(name, after[name], before.get(name, MISSING)))


def _fields(value: Found) -> Document:
    return cast(Document, value) if isinstance(value, dict) else {}


def _of_combinations(schema: Schema, spot: Spot) -> Iterator[Violation]:
    for part in schema.all_of:
        yield from _violations(part, spot)
    if spot.value is MISSING:
        return
    if schema.any_of and not any(_conforms(part, spot) for part in schema.any_of):
        yield Violation(spot.path, "fits none of the forms allowed")
    if schema.one_of and sum(_conforms(part, spot) for part in schema.one_of) != 1:
        yield Violation(spot.path, "must fit just one of the forms allowed")
    if any(_conforms(part, spot) for part in schema.none_of):
        yield Violation(spot.path, "has a form that is not allowed")


def _conforms(schema: Schema, spot: Spot) -> bool:
    return next(_violations(schema, spot), None) is None
