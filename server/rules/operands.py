"""The values within rule expressions: literals, expansions, conversions and functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import cast

from server import ejson
from server.ejson import Document, Value
from server.rules.conversions import CONVERSIONS
from server.rules.scope import MISSING, Found, FunctionCall, Scope, UndecidedError
from server.rules.variables import OF_DOCUMENT, PARTS, VARIABLES, argument_at, header_at, lookup

MAX_DEPTH = 64
"""Levels of an expression."""


class RuleError(Exception):
    """A rule that means nothing we know; `path` leads to the part at fault, such as `roles.0.apply_when`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


class Place(Enum):
    """Where an expression stands, which decides what it may refer to (contract 10.4)."""

    REQUEST = "request"
    """A filter's `apply_when` or query: nothing but the user and the request."""
    ARGUMENTS = "arguments"
    """`can_evaluate`: also the arguments, which bare names refer to."""
    DOCUMENT = "document"
    """Roles: also the document, which bare names refer to."""
    FIELD = "field"
    """Fields of roles and schemas: as DOCUMENT, and the field's own value."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A value that an expression compares with.

    `spreads`: when it is an array, its elements are meant too. `varies`: it differs from document to document; `path`
    is then where in the document it stands, if it is a field of it.
    """

    resolve: Callable[[Scope], Found]
    spreads: bool = False
    varies: bool = False
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Where in an expression the reading stands; `functions` and `names` collect what is met anywhere in it."""

    place: Place
    path: str = ""
    depth: int = 0
    functions: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def at(self, name: str) -> Reading:
        """One level further down. Raises RuleError where that is too deep."""
        path = f"{self.path}.{name}" if self.path else name
        if self.depth >= MAX_DEPTH:
            raise RuleError(path, f"nested deeper than {MAX_DEPTH} levels")
        return replace(self, path=path, depth=self.depth + 1)

    def items(self, raw: list[Value]) -> list[tuple[Value, Reading]]:
        """The items of an array, each with its own place."""
        return [(item, self.at(str(index))) for index, item in enumerate(raw)]


_EVERYWHERE = {"true", "false", "user", "values", "environment", "request", "partition"}
_DOCUMENT = _EVERYWHERE | {"root", "prevRoot"}
_NAMES: dict[Place, set[str]] = {
    Place.REQUEST: _EVERYWHERE,
    Place.ARGUMENTS: _EVERYWHERE | {"args"},
    Place.DOCUMENT: _DOCUMENT,
    Place.FIELD: _DOCUMENT | {"this", "prev"},
}
_BARE = {Place.ARGUMENTS: "args", Place.DOCUMENT: "root", Place.FIELD: "root"}


def key_operand(key: str, reading: Reading) -> Operand:
    """What the key of a comparison stands for: an expansion, or a field by its bare name."""
    if key.startswith("%%"):
        return expansion(key, reading)
    bare = _BARE.get(reading.place)
    if bare is None:
        raise RuleError(reading.path, f"{key[:80]!r} is no expansion, and there are no documents here")
    return expansion(f"%%{bare}.{key}", reading)


def expansion(text: str, reading: Reading) -> Operand:
    """The operand of `%%name.path`."""
    name, *parts = text.removeprefix("%%").split(".")
    if name not in _NAMES[reading.place]:
        raise RuleError(reading.path, f"unknown expansion {text[:80]!r} here")
    if "" in parts or (name in PARTS and parts and parts[0] not in PARTS[name]):
        raise RuleError(reading.path, f"unknown expansion {text[:80]!r}")
    if name in {"true", "false"}:
        return Operand(lambda _scope: name == "true")
    reading.names.add(name)
    variable = VARIABLES[name]
    if name == "args":
        return Operand(lambda scope: argument_at(scope.args, parts), spreads=True)
    if name == "request" and parts[:1] == ["requestHeaders"]:
        return Operand(lambda scope: header_at(variable(scope), parts), spreads=True)
    path = ".".join(parts) if name == "root" and parts else None
    return Operand(lambda scope: lookup(variable(scope), parts), spreads=True, varies=name in OF_DOCUMENT, path=path)


def operand(raw: Value, reading: Reading) -> Operand:
    """The operand that a value in a rule stands for. Raises RuleError."""
    if isinstance(raw, str) and raw.startswith("%%"):
        return expansion(raw, reading)
    if isinstance(raw, list):
        items = operands(cast("list[Value]", raw), reading)
        return Operand(lambda scope: [_present(item, scope) for item in items], varies=_any_varies(items))
    if isinstance(raw, dict):
        return _object(cast(Document, raw), reading)
    return Operand(lambda _scope: raw)


def operands(raw: list[Value], reading: Reading) -> list[Operand]:
    """The operands of an array's items."""
    return [operand(item, place) for item, place in reading.items(raw)]


def _any_varies(items: Iterable[Operand]) -> bool:
    return any(item.varies for item in items)


def _present(item: Operand, scope: Scope) -> Value:
    value = item.resolve(scope)
    if value is MISSING:
        raise UndecidedError("part of the value is missing")
    return value


def _object(raw: Document, reading: Reading) -> Operand:
    if is_value_operator(raw):
        ((name, argument),) = raw.items()
        return _OPERATORS[name](argument, reading.at(name))
    for name in raw:
        if name.startswith(("$", "%")):
            raise RuleError(reading.at(name).path, "unknown operator in a value")
    items = {name: operand(item, reading.at(name)) for name, item in raw.items()}
    return Operand(
        lambda scope: {name: _present(item, scope) for name, item in items.items()}, varies=_any_varies(items.values())
    )


def is_value_operator(raw: Document) -> bool:
    """Whether the object is a conversion or a function, which stands for a value."""
    return len(raw) == 1 and not _OPERATORS.keys().isdisjoint(raw)


def _function(raw: Value, reading: Reading) -> Operand:
    described = cast(Document, raw) if isinstance(raw, dict) else {}
    name, arguments = described.get("name"), described.get("arguments", [])
    if not isinstance(name, str) or not name or not isinstance(arguments, list) or described.keys() - _FUNCTION_FIELDS:
        raise RuleError(reading.path, "must be an object of a function's name and its arguments, an array")
    items = operands(cast("list[Value]", arguments), reading.at("arguments"))
    reading.functions.add(name)
    return Operand(
        lambda scope: scope.functions.value(_function_call(name, items, scope)), spreads=True, varies=_any_varies(items)
    )


_FUNCTION_FIELDS = {"name", "arguments"}


def _function_call(name: str, items: list[Operand], scope: Scope) -> FunctionCall:
    values = [item.resolve(scope) for item in items]
    try:
        return FunctionCall(name, ejson.dumps([None if value is MISSING else value for value in values]))
    except ejson.EjsonError as error:
        raise UndecidedError(f"the arguments of {name} cannot be written") from error


def _conversion(convert: Callable[[Value], Value]) -> Callable[[Value, Reading], Operand]:
    def read(raw: Value, reading: Reading) -> Operand:
        if isinstance(raw, dict | list):
            raise RuleError(reading.path, "must be a literal or an expansion")
        source = operand(raw, reading)
        return Operand(lambda scope: _converted(convert, source.resolve(scope)), varies=source.varies)

    return read


def _converted(convert: Callable[[Value], Value], value: Found) -> Found:
    if value is MISSING:
        return MISSING
    try:
        return convert(value)
    except (ValueError, TypeError) as error:
        raise UndecidedError("the value cannot be converted") from error


_OPERATORS: dict[str, Callable[[Value, Reading], Operand]] = {
    **{name: _conversion(convert) for name, convert in CONVERSIONS.items()},
    "%function": _function,
}
