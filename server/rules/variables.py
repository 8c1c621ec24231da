"""What the expansions of rules stand for: the values of a scope, and the members of them at a path."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from server.ejson import Document, Value
from server.rules.scope import MISSING, Found, Scope, UndecidedError

PARTS: dict[str, set[str]] = {
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

OF_DOCUMENT = {"root", "prevRoot", "this", "prev"}


def _partition(_scope: Scope) -> Found:
    raise UndecidedError("%%partition belongs to Device Sync")


VARIABLES: dict[str, Callable[[Scope], Found]] = {
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


def argument_at(arguments: Found, parts: list[str]) -> Found:
    """A name means a field of the first argument: were any of them meant, callers would add one that passes."""
    if isinstance(arguments, list) and parts and not parts[0].isdigit():
        return lookup(arguments[0], parts) if arguments and isinstance(arguments[0], dict) else MISSING
    return lookup(arguments, parts)


def header_at(request: Found, parts: list[str]) -> Found:
    """Header names differ in case between clients, proxies and examples (contract 14)."""
    headers = lookup(request, parts[:1])
    if len(parts) == 1 or not isinstance(headers, dict):
        return headers
    wanted = parts[1].lower()
    values = [value for name, value in cast(Document, headers).items() if name.lower() == wanted]
    return lookup(values[0], parts[2:]) if values else MISSING
