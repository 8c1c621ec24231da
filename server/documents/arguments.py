"""The arguments of an operation, read with their types checked."""

from __future__ import annotations

from typing import Final

from server.documents.errors import BAD_VALUE, TYPE_MISMATCH, DocumentError, unsupported
from server.documents.values import is_text, is_true, type_name, whole
from server.ejson import Document, Value

REFUSED: Final = ("min", "max")
"""Options that change an operation's result and that the engine does not have."""


class Arguments:
    """The named arguments of one operation; null stands for an argument that is not given."""

    __slots__ = ("_given",)

    def __init__(self, given: Document) -> None:
        for name in REFUSED:
            if given.get(name) is not None:
                raise unsupported(f"the option {name}")
        self._given = given

    def has_any(self, names: frozenset[str]) -> bool:
        """Whether one of these arguments is given."""
        return not names.isdisjoint(self._given)

    def value(self, name: str) -> Value:
        """The argument as it is; None where it is not given."""
        return self._given.get(name)

    def document(self, *names: str) -> Document:
        """The first of these arguments that is given; `{}` where none is."""
        return self.optional_document(*names) or {}

    def optional_document(self, *names: str) -> Document | None:
        """The first of these arguments that is given; None where none is."""
        for name in names:
            value = self._given.get(name)
            if value is not None:
                return _document(name, value)
        return None

    def required_document(self, name: str) -> Document:
        """An argument that must be there."""
        if self._given.get(name) is None:
            raise DocumentError(BAD_VALUE, f"the argument {name} is missing")
        return self.document(name)

    def documents(self, name: str) -> list[Document]:
        """A list of documents; empty where it is not given."""
        return [_document(name, item) for item in self.values(name)]

    def values(self, name: str) -> list[Value]:
        """A list; empty where it is not given."""
        value = self._given.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise _mistyped(name, "array", value)
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean."""
        value = self._given.get(name)
        return default if value is None else is_true(value)

    def text(self, name: str) -> str:
        """A string that must be there."""
        value = self._given.get(name)
        if not is_text(value):
            raise _mistyped(name, "string", value)
        return value

    def count(self, name: str) -> int | None:
        """A number of documents; None where it is not given or 0. A negative limit counts as its size."""
        value = self._given.get(name)
        if value is None:
            return None
        number = whole(value)
        if number is None:
            raise _mistyped(name, "integer", value)
        if number < 0 and name != "limit":
            raise DocumentError(BAD_VALUE, f"BSON field '{name}' value must be >= 0, actual value '{number}'")
        return abs(number) or None


def _document(name: str, value: Value) -> Document:
    if not isinstance(value, dict):
        raise _mistyped(name, "object", value)
    return value


def _mistyped(name: str, wanted: str, value: Value) -> DocumentError:
    found = type_name(value)
    return DocumentError(TYPE_MISMATCH, f"BSON field '{name}' is the wrong type '{found}', expected type '{wanted}'")
