"""What a guest hands over is read, or is nonsense; nothing else can happen."""

from __future__ import annotations

import json
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import ErrorKind
from runtime.handed_over import HandedOver, Nonsense, author_stack

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
KEYS = st.sampled_from(["calls", "done", "logs", "id", "operation", "arguments", "value", "error", "name", "text"])
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(), inner, max_size=5)
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "calls": JSON | st.lists(st.fixed_dictionaries({"id": SCALARS, "operation": SCALARS, "arguments": JSON})),
        "logs": JSON | st.lists(st.lists(st.text(), max_size=3)),
        "done": JSON | st.fixed_dictionaries({"error": JSON}) | st.fixed_dictionaries({"value": JSON}),
    },
)


def read(text: bytes) -> HandedOver | None:
    """What was read; None for nonsense."""
    try:
        return HandedOver.read(text)
    except Nonsense:
        return None


def test_a_value_too_long_to_be_written() -> None:
    """It is an end of its own, which carries nothing."""
    handed_over = read(b'{"calls":[],"done":{"tooLong":true},"logs":[]}')
    assert handed_over is not None
    assert handed_over.has_ended
    assert (handed_over.value, handed_over.error, handed_over.is_too_long) == (None, None, True)


@pytest.mark.parametrize(
    ("stack", "kept"),
    [
        ("    at f (functions/a.js:1:2)\n    at enter (vestibule:guest.js:1:2)\n", "E\n    at f (functions/a.js:1:2)"),
        ("    at functions/a.js:1:2\n", "E\n    at functions/a.js:1:2"),
        ("    at enter (vestibule:guest.js:1:2)\n", ""),
        ("anything (functions/a.js", ""),
        ("", ""),
    ],
)
def test_a_stack_s_own_frames(stack: str, kept: str) -> None:
    """Of an engine's stack the author is shown the frames of the author's files."""
    assert author_stack("E", stack) == kept


@given(st.binary(max_size=200))
def test_any_bytes(text: bytes) -> None:
    """Bytes are read or are nonsense."""
    read(text)


@given(JSON | NEARLY)
def test_any_json(value: Json) -> None:
    """JSON, of nearly the right form, too, is read or is nonsense."""
    read(json.dumps(value).encode())


@pytest.mark.parametrize("depth", [100, 250, 300, 1000, 5000, 100_000])
@pytest.mark.parametrize("form", ['{"done":{"value":%s}}', '{"calls":[{"id":1,"operation":"o","arguments":%s}]}', "%s"])
def test_deep_values(form: str, depth: int) -> None:
    """Depth is no way to break the reader."""
    found = read((form % ("[" * depth + "]" * depth)).encode())
    assert found is None or depth < 1100


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b'{"calls":1}',
        b'{"logs":{}}',
        b'{"done":1}',
        b'{"done":{}}',
        b'{"done":{"tooLong":false}}',
        b'{"done":{"error":{"name":"E"}}}',
        b'{"done":{"error":{"name":"E","message":1,"stack":"","text":""}}}',
        b'{"calls":[{"id":-1,"operation":"o","arguments":{}}]}',
        b'{"calls":[{"id":9007199254740992,"operation":"o","arguments":{}}]}',
        b'{"calls":[{"id":true,"operation":"o","arguments":{}}]}',
        b'{"calls":[{"id":1.5,"operation":"o","arguments":{}}]}',
        b'{"calls":[{"id":1,"operation":1,"arguments":{}}]}',
        b'{"calls":[{"id":1,"operation":"o"}]}',
        b'{"logs":[["log"]]}',
        b'{"logs":[["log",1]]}',
    ],
)
def test_nonsense(text: bytes) -> None:
    """Whatever is not of the library's form is refused."""
    assert read(text) is None


def test_a_step_is_read_whole() -> None:
    """Calls, lines and the value are as the guest wrote them."""
    text = b'{"calls":[{"id":3,"operation":"http","arguments":{"url":"x"}}],"done":null,"logs":[["warn","careful"]]}'
    found = HandedOver.read(text)
    assert [(call.id, call.operation, call.arguments) for call in found.calls] == [(3, "http", b'{"url":"x"}')]
    assert [(line.level, line.text) for line in found.logs] == [("warn", "careful")]
    assert (found.value, found.error) == (None, None)
    assert HandedOver.read(b'{"done":{"value":null}}').value == b"null"


def test_errors_are_cut() -> None:
    """An error of any length is kept up to a length that can be stored."""
    error = {"name": "N" * 10**6, "message": "m" * 10**6, "stack": "s" * 10**6, "text": "t" * 10**6}
    found = HandedOver.read(json.dumps({"done": {"error": error}}).encode()).error
    assert found is not None
    assert found.kind is ErrorKind.THREW
    assert max(map(len, (found.name, found.message, found.stack, found.text))) <= 64 * 1024
