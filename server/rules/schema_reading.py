"""Reading `schema.json` (contract 10.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, cast

from server.ejson import Document, Value
from server.rules.draft import Draft
from server.rules.operands import Place
from server.rules.schema import REFUSING, Schema
from server.rules.schema_keywords import KEYWORDS, Check, SchemaError, bound_checks, type_check

MAX_DEPTH: Final = 64
"""Levels of a schema."""


def read_schema(raw: Value, path: str, draft: Draft, depth: int = 0) -> Schema:
    """The schema that an author wrote. As in JSON Schema, keywords that are not known say nothing."""
    if depth > MAX_DEPTH:
        draft.refuse(path, f"nested deeper than {MAX_DEPTH} levels")
        return REFUSING
    written = draft.as_document(raw, path)

    def below(name: str, inner: Value) -> Schema:
        return read_schema(inner, f"{path}.{name}", draft, depth + 1)

    many = _listed(written, path, draft, below)
    types = [below(name, written[name]) for name in _TYPE_KEYWORDS if isinstance(written.get(name), dict)]
    return Schema(
        checks=tuple(_read_checks(written, path, draft)),
        required=_read_required(written.get("required"), path, draft),
        properties=tuple(
            (name, below(f"properties.{name}", inner))
            for name, inner in draft.document(written, "properties", path).items()
        ),
        others=_read_others(written.get("additionalProperties"), below),
        items=below("items", written["items"]) if written.get("items") is not None else None,
        all_of=(*many["allOf"], *types),
        any_of=many["anyOf"],
        one_of=many["oneOf"],
        none_of=(below("not", written["not"]),) if written.get("not") is not None else (),
        validate=draft.optional_expression(written, "validate", Place.FIELD, path),
    )


_TYPE_KEYWORDS = ("bsonType", "type")
"""Exported schemas sometimes hold a whole schema in place of a type's name."""


def _listed(
    written: Document, path: str, draft: Draft, below: Callable[[str, Value], Schema]
) -> dict[str, tuple[Schema, ...]]:
    read: dict[str, tuple[Schema, ...]] = {}
    for name in ("allOf", "anyOf", "oneOf"):
        parts = written.get(name, [])
        if not isinstance(parts, list):
            draft.refuse(f"{path}.{name}", "must be an array")
            parts = []
        read[name] = tuple(below(f"{name}.{index}", part) for index, part in enumerate(cast("list[Value]", parts)))
    return read


def _read_others(raw: Value, below: Callable[[str, Value], Schema]) -> Schema | None:
    if raw is None or raw is True:
        return None
    return REFUSING if raw is False else below("additionalProperties", raw)


def _read_required(raw: Value, path: str, draft: Draft) -> tuple[str, ...]:
    names = cast("list[Value]", raw) if isinstance(raw, list) else []
    # A boolean beside a field is the old draft's way, and says nothing in a schema of BSON.
    if (not isinstance(raw, list | bool) and raw is not None) or not all(isinstance(name, str) for name in names):
        draft.refuse(f"{path}.required", "must be an array of field names")
    return tuple(name for name in names if isinstance(name, str))


def _read_checks(written: Document, path: str, draft: Draft) -> list[Check]:
    checks: list[Check] = []
    for name, argument in written.items():
        reader = type_check if name in _TYPE_KEYWORDS and not isinstance(argument, dict) else KEYWORDS.get(name)
        if reader is not None:
            with _noting(draft, f"{path}.{name}"):
                checks.append(reader(argument))
    with _noting(draft, path):
        checks.extend(bound_checks(written))
    return checks


@contextmanager
def _noting(draft: Draft, path: str) -> Iterator[None]:
    try:
        yield
    except SchemaError as error:
        draft.refuse(path, str(error))
