"""How log lines look: text of guests and clients cannot pass for a record of ours."""

from __future__ import annotations

import contextvars
import json
import logging

import pytest

from runtime.messages import Stats
from server.cli.logging_format import JsonLine, OneLine
from server.request_id import begin_request

FORMAT = OneLine("%(levelname)s %(message)s")


def line_of(message: str, *arguments: object) -> str:
    """What is written for the record."""
    return FORMAT.format(logging.LogRecord("name", logging.WARNING, "file", 1, message, arguments, None))


@pytest.mark.parametrize("character", ["\n", "\r", "\x1b", "\0", "\x7f", "\x85", "\u2028", "\u2029"])
def test_control_characters_are_escaped(character: str) -> None:
    """Neither a new line nor a terminal's command gets through, in the message or in what is put into it."""
    assert character not in line_of("a%sb", character)
    assert character not in line_of(f"a{character}b")


def test_other_text_stays_as_it_is() -> None:
    """Letters of any script are no danger."""
    assert line_of("größe %s", "長い") == "WARNING größe 長い"


def test_a_request_s_records_carry_its_id() -> None:
    """In text at the end, in JSON as a field; without a request there is none."""

    def logged() -> tuple[str, dict[str, object]]:
        record = logging.makeLogRecord({"levelname": "INFO", "msg": "hello", "name": "n"})
        return FORMAT.format(record), json.loads(JsonLine().format(record))

    text, fields = logged()
    assert "request" not in text
    assert "request_id" not in fields

    def of_request() -> tuple[str, dict[str, object]]:
        begin_request("0123")
        return logged()

    text, fields = contextvars.copy_context().run(of_request)
    assert text == "INFO hello [request 0123]"
    assert fields["request_id"] == "0123"


def test_json_records_hold_what_was_given_with_them() -> None:
    """One object a line: message with its arguments filled in, extras, traceback, and text that is no Unicode."""
    with pytest.raises(ValueError, match="invalid") as raised:
        int("why\nnot")
    record = logging.makeLogRecord({
        "levelname": "ERROR", "name": "n", "msg": "%s \ud800", "args": ("a\nb",), "app": "shop",
        "stats": Stats(memory=5), "odd": "\u2028\x85", "exc_info": (raised.type, raised.value, raised.tb),
    })  # fmt: skip
    line = JsonLine().format(record)
    fields = json.loads(line)
    assert len(line.splitlines()) == 1
    assert fields["odd"] == "\u2028\x85"
    assert (fields["message"], fields["level"], fields["app"]) == ("a\nb ?", "ERROR", "shop")
    assert fields["stats"]["memory"] == 5
    assert "ValueError: invalid literal" in fields["traceback"]
