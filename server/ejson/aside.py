"""Large values are read and written beside the event loop, which others are waiting for."""

from __future__ import annotations

import asyncio

from server.ejson.reading import loads
from server.ejson.values import EjsonError, Value
from server.ejson.writing import dumps

LARGE_TEXT = 128 * 1024
"""Bytes of a text beyond which reading it takes milliseconds."""
MOST_SEPARATORS = 2_000_000
"""Commas and opening brackets of a text: more than 18 MB of canonical numbers have, and work for a second."""
MANY_VALUES = 4096
"""Fields and items beyond which writing them takes milliseconds."""


async def loads_aside(data: bytes) -> Value:
    """As `loads`; a large text keeps nobody waiting. Raises EjsonError, also for too many values."""
    return await asyncio.to_thread(_load_large, data) if len(data) > LARGE_TEXT else loads(data)


async def dumps_aside(value: Value) -> bytes:
    """As `dumps`; a large value, which must not change meanwhile, keeps nobody waiting. Raises EjsonError."""
    return await asyncio.to_thread(dumps, value) if _holds_many(value) else dumps(value)


def _load_large(data: bytes) -> Value:
    if _separators(data) > MOST_SEPARATORS and _separators(_without_strings(data)) > MOST_SEPARATORS:
        raise EjsonError("too many values")
    return loads(data)


def _separators(data: bytes) -> int:
    return sum(map(data.count, (b",", b"[", b"{")))


def _without_strings(data: bytes) -> bytes:
    unescaped = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(unescaped.split(b'"')[::2])


def _holds_many(value: Value) -> bool:
    """Whether there are many values within; looks at no more than that many."""
    seen, waiting = 0, [value]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict | list | tuple):
            continue
        seen += len(node)
        if seen > MANY_VALUES:
            return True
        waiting.extend(node.values() if isinstance(node, dict) else node)
    return False
