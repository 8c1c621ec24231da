"""The options that every operation may have: `maxTimeMS`, `let`, `hint`, `collation`; a `comment` is let pass."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Final

from server.documents.arguments import Arguments
from server.documents.budget import SECONDS
from server.documents.errors import BAD_VALUE, TYPE_MISMATCH, DocumentError, unsupported
from server.documents.expressions.compiler import NO_VARIABLES, compile_expression, is_constant, let
from server.documents.session import Choice, Session
from server.documents.values import MISSING, is_number, whole
from server.ejson import Value

SHARED: Final = frozenset({"maxTimeMS", "let", "hint", "collation"})
SIMPLE: Final = "simple"
"""The locale by which strings are compared byte by byte: the engine's only order."""
NATURAL: Final = {"$natural": 1}
BACKWARDS: Final = {"$natural": -1}


def seconds_of(milliseconds: Value) -> float:
    """How long an operation with this `maxTimeMS` may work. Raises DocumentError where it is no such number."""
    if milliseconds is None:
        return SECONDS
    number = whole(milliseconds)
    if number is None:
        code = BAD_VALUE if is_number(milliseconds) else TYPE_MISMATCH
        raise DocumentError(code, f"maxTimeMS must be an integer: {milliseconds!r}")
    if number < 0:
        raise DocumentError(BAD_VALUE, f"maxTimeMS must not be negative: {number}")
    return min(number / 1000 or SECONDS, SECONDS)


def bindings(arguments: Arguments) -> AbstractContextManager[None]:
    """Within the block, expressions see the variables of `let`."""
    given = arguments.optional_document("let")
    return nullcontext() if given is None else let({name: _value(name, item) for name, item in given.items()})


def _value(name: str, expression: Value) -> Value:
    if not is_constant(expression):
        raise DocumentError(4890500, f"Command let Expression tried to access a field, but this is not allowed: {name}")
    value = compile_expression(expression)(NO_VARIABLES)
    return None if value is MISSING else value


def with_choices(session: Session, arguments: Arguments) -> Session:
    """The session with the index that the caller names.

    Refuses an order of strings that the engine does not have, and the hint of an index that is not there.
    """
    collation = arguments.optional_document("collation")
    if collation is not None and collation.get("locale") != SIMPLE:
        raise unsupported("the option collation with another locale than simple")
    hint = arguments.value("hint")
    collection = None if hint is None else session.find_collection()
    if collection is None:
        return session
    if hint == BACKWARDS:
        raise unsupported("the hint {$natural: -1}")
    chosen = None if hint == NATURAL else next((index for index in collection.indexes if index.is_named(hint)), None)
    if chosen is None and hint != NATURAL:
        raise DocumentError(BAD_VALUE, "error processing query: hint provided does not correspond to an existing index")
    return replace(session, choice=Choice(chosen))
