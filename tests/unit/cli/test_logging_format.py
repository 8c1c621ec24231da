"""How log lines look: text of guests and clients cannot pass for a record of ours."""

from __future__ import annotations

import logging

import pytest

from server.cli.logging_format import OneLine

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
