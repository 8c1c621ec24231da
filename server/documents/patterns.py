"""Regular expressions of queries and expressions, matched in bounded time."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import regex
from bson import Regex

from server.documents.budget import seconds_left
from server.documents.errors import BAD_VALUE, MAX_TIME_EXPIRED, DocumentError

MATCH_SECONDS: Final = 2.0
"""The longest that one match may take; a pattern that backtracks for longer is refused."""
MAX_PATTERN_LENGTH: Final = 16_384
LONGEST_REMEMBERED: Final = 1024
FLAGS: Final[dict[str, int]] = {
    "i": regex.IGNORECASE,
    "m": regex.MULTILINE,
    "x": regex.VERBOSE,
    "s": regex.DOTALL,
    "u": regex.UNICODE,
}
STANDARD_FLAGS: Final = ((2, "i"), (8, "m"), (16, "s"), (64, "x"))
"""The bits of Python's `re` flags, in which `bson.Regex` keeps its options."""


class Pattern:
    """A compiled pattern that cannot run away."""

    __slots__ = ("_compiled",)

    def __init__(self, source: str, options: str) -> None:
        flags = 0
        for option in options:
            if option not in FLAGS:
                raise DocumentError(51108, f"invalid flag in regex options: {option}")
            flags |= FLAGS[option]
        if "\x00" in source or "\x00" in options:
            raise DocumentError(51109, "Regular expression cannot contain an embedded null byte")
        if len(source) > MAX_PATTERN_LENGTH:
            raise DocumentError(51091, "Regular expression is invalid: pattern is too large")
        try:
            self._compiled = regex.compile(source, flags | regex.VERSION0)
        except (regex.error, RecursionError, OverflowError, ValueError) as error:
            raise DocumentError(51091, f"Regular expression is invalid: {error}") from error

    def search(self, text: str, start: int = 0) -> regex.Match[str] | None:
        """The first match from `start` on."""
        try:
            return self._compiled.search(text, start, timeout=min(MATCH_SECONDS, seconds_left()))
        except TimeoutError as error:
            raise DocumentError(MAX_TIME_EXPIRED, "operation exceeded time limit: a regular expression") from error


def compile_pattern(source: str, options: str = "") -> Pattern:
    """The pattern of a source and MongoDB's option letters; long ones take megabytes and are not remembered."""
    return _remembered(source, options) if len(source) <= LONGEST_REMEMBERED else Pattern(source, options)


@lru_cache(maxsize=512)
def _remembered(source: str, options: str) -> Pattern:
    return Pattern(source, options)


def pattern_of(value: Regex[str] | Regex[bytes]) -> Pattern:
    """The pattern of a BSON regular expression."""
    return compile_pattern(source_of(value), options_of(value))


def source_of(value: Regex[str] | Regex[bytes]) -> str:
    """The text of a BSON regular expression."""
    if isinstance(value.pattern, str):
        return value.pattern
    try:
        return value.pattern.decode()
    except UnicodeDecodeError as error:
        raise DocumentError(BAD_VALUE, "Regular expression is invalid: it is not UTF-8") from error


def options_of(value: Regex[str] | Regex[bytes]) -> str:
    """The option letters of a BSON regular expression."""
    return "".join(letter for bit, letter in STANDARD_FLAGS if value.flags & bit)
