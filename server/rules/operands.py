"""The values within rule expressions: literals, expansions, conversions and functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import cast
from uuid import UUID

from bson import ObjectId
from bson.binary import Binary

from server import ejson
from server.ejson import Document, Value
from server.rules.scope import MISSING, Found, FunctionCall, Scope, UndecidedError

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
_PARTS: dict[str, set[str]] = {
    "true": set(),
    "false": set(),
    "user": {"id", "type", "data", "custom_data", "identities"},
    "environment": {"tag", "values"},
    "request": {
        "remoteIPAddress", "requestHeaders", "httpMethod", "httpReferrer", "httpUserAgent", "rawQueryString", "service",
        "action", "webhookUrl",
    },
}  # fmt: skip
"""The members of the expansions whose members are fixed: a misspelt one must not silently be missing."""


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
    if "" in parts or (name in _PARTS and parts and parts[0] not in _PARTS[name]):
        raise RuleError(reading.path, f"unknown expansion {text[:80]!r}")
    if name in {"true", "false"}:
        return Operand(lambda _scope: name == "true")
    reading.names.add(name)
    variable = _VARIABLES[name]
    if name == "args":
        return Operand(lambda scope: _argument(scope.args, parts), spreads=True)
    if name == "request" and parts[:1] == ["requestHeaders"]:
        return Operand(lambda scope: _header(variable(scope), parts), spreads=True)
    path = ".".join(parts) if name == "root" and parts else None
    return Operand(lambda scope: lookup(variable(scope), parts), spreads=True, varies=name in _OF_DOCUMENT, path=path)


_OF_DOCUMENT = {"root", "prevRoot", "this", "prev"}


def _partition(_scope: Scope) -> Found:
    raise UndecidedError("%%partition belongs to Device Sync")


_VARIABLES: dict[str, Callable[[Scope], Found]] = {
    "user": lambda scope: scope.user,
    "values": lambda scope: scope.values,
    "environment": lambda scope: scope.environment,
    "request": lambda scope: scope.request,
    "args": lambda scope: scope.args,
    "root": lambda scope: scope.root,
    "prevRoot": lambda scope: scope.prev_root,
    "this": lambda scope: scope.this,
    "prev": lambda scope: scope.prev,
    "partition": _partition,
}


def lookup(value: Found, parts: list[str]) -> Found:
    """The value at a path. As in queries, a name looks into every element of an array, and a number picks one."""
    for position, part in enumerate(parts):
        if isinstance(value, list):
            return _lookup_in_array(cast("list[Value]", value), part, parts[position:])
        if not isinstance(value, dict) or part not in value:
            return MISSING
        value = cast(Document, value)[part]
    return value


def _lookup_in_array(array: list[Value], part: str, parts: list[str]) -> Found:
    if part.isascii() and part.isdigit() and len(part) < 10:
        return lookup(array[int(part)], parts[1:]) if int(part) < len(array) else MISSING
    found = [lookup(item, parts) for item in array if isinstance(item, dict)]
    present: list[Value] = [item for item in found if item is not MISSING]
    return present or MISSING


def _argument(arguments: Found, parts: list[str]) -> Found:
    """A name means a field of the first argument: were any of them meant, callers would add one that passes."""
    if isinstance(arguments, list) and parts and not parts[0].isdigit():
        return lookup(arguments[0], parts) if arguments and isinstance(arguments[0], dict) else MISSING
    return lookup(arguments, parts)


def _header(request: Found, parts: list[str]) -> Found:
    """Header names differ in case between clients, proxies and examples (contract 14)."""
    headers = lookup(request, parts[:1])
    if len(parts) == 1 or not isinstance(headers, dict):
        return headers
    wanted = parts[1].lower()
    values = [value for name, value in cast(Document, headers).items() if name.lower() == wanted]
    return lookup(values[0], parts[2:]) if values else MISSING


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


def _oid(value: Value) -> Value:
    return ObjectId(_text(value, _OID))


def _oid_text(value: Value) -> Value:
    if not isinstance(value, ObjectId):
        raise TypeError("not an ObjectId")
    return str(value)


def _uuid(value: Value) -> Value:
    return Binary(UUID(_text(value, _UUID)).bytes, 4)


def _uuid_text(value: Value) -> Value:
    if isinstance(value, UUID):
        return str(value)
    if not isinstance(value, Binary) or value.subtype != 4:
        raise TypeError("not a UUID")
    return str(UUID(bytes=bytes(value)))


def _text(value: Value, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError("not the text of an identifier")
    return value


_OID = re.compile(r"[0-9a-fA-F]{24}", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)

_OPERATORS: dict[str, Callable[[Value, Reading], Operand]] = {
    "%stringToOid": _conversion(_oid),
    "%oidToString": _conversion(_oid_text),
    "%stringToUuid": _conversion(_uuid),
    "%uuidToString": _conversion(_uuid_text),
    "%function": _function,
}
