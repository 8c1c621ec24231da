"""What Extended JSON says that plain Python types cannot: the value types, undefined, and the errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, TypeGuard

from bson import ObjectId
from bson.code import Code

Value: TypeAlias = object
Document: TypeAlias = dict[str, Value]

MAX_DEPTH = 200
"""Levels of documents and arrays within one another."""


class EjsonError(ValueError):
    """The text is not Extended JSON, or the value has no place in it."""


class Undefined(Enum):
    """BSON's deprecated undefined, which is neither null nor absent."""

    UNDEFINED = "undefined"

    def __bool__(self) -> bool:
        return False


UNDEFINED = Undefined.UNDEFINED


class Symbol(str):
    """BSON's deprecated symbol: a string that remembers its type on the way through."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class DbPointer:
    """BSON's deprecated pointer into a collection."""

    collection: str
    id: ObjectId


def is_text(value: Value) -> TypeGuard[str]:
    """Whether a value is text, and not the code that passes for a string but cannot be looked for in a table."""
    return isinstance(value, str) and not isinstance(value, Code)


def check_depth(depth: int) -> None:
    """Refuse a document or array that has `depth` others around it, where that is too many."""
    if depth >= MAX_DEPTH:
        raise EjsonError(f"nested deeper than {MAX_DEPTH} levels")


def check_key(key: str) -> None:
    """Refuse a key that BSON cannot hold."""
    if "\0" in key:
        raise EjsonError("a key must not contain a null character")
