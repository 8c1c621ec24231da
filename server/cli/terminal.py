"""What a person who watches is shown beyond plain text: colours, and how far something is."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any, Final, Self, TextIO, TypeVar, cast

Thing = TypeVar("Thing")

_WIDTH: Final = 24
"""Cells of a bar."""
_PAUSE: Final = 0.1
"""Seconds between two looks of a line, so that what is counted is not slowed down by the terminal."""


_COMMANDING: Final = re.compile(
    r"\x1b(?!\[(?:0|1|31|32|33)m)"
    r"|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What makes a terminal do more than show text, save our own colours; and what shows text in another order."""


def printable(text: str) -> str:
    """The text with the control characters spelled out, as JSON does it: users and guests write what is printed."""
    return _COMMANDING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def indented(text: str, by: str = "    ") -> str:
    """The text with all lines but the first moved in, so that none passes for one of ours."""
    return f"\n{by}".join(re.split(r"\r\n|[\r\n]", text))


class _Printable:
    """A stream that takes nothing but what is printable."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what is printable of it."""
        self._stream.write(printable(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's."""
        return getattr(self._stream, name)


@contextmanager
def printable_output() -> Iterator[None]:
    """Within the block the standard output takes nothing but what is printable."""
    with redirect_stdout(cast("TextIO", _Printable(sys.stdout))):
        yield


class Colours:
    """Colours on a stream; none where no terminal is, or the person wants none (no-color.org)."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def are_shown(self) -> bool:
        """Whether the stream is a terminal that takes them."""
        return self._stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def red(self, text: str) -> str:
        """For errors and what is lost."""
        return self._in("31", text)

    def green(self, text: str) -> str:
        """For what went well and what is gained."""
        return self._in("32", text)

    def yellow(self, text: str) -> str:
        """For what to look at."""
        return self._in("33", text)

    def bold(self, text: str) -> str:
        """For headings."""
        return self._in("1", text)

    def _in(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if text and self.are_shown else text


OUTPUT: Final = Colours(sys.stdout)
ERRORS: Final = Colours(sys.stderr)


class Progress:
    """A line on standard error while something takes its time; nothing where nobody watches.

    A bar where it is known how much there is, else what was done by now.
    """

    def __init__(self, what: str, total: int = 0, unit: str = "") -> None:
        self._what = what
        self._total = total
        self._unit = f" {unit}" if unit else ""
        self._shown = ""
        self._next = 0.0
        self.is_watched = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Self:
        self.reached(0)
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def reached(self, done: int, total: int = 0) -> None:
        """So much is done by now, of so much where only now it is known."""
        self._total = total or self._total
        now = time.monotonic()
        if self.is_watched and (now >= self._next or done == self._total):
            self._next = now + _PAUSE
            self.show(self._bar(done) if self._total else f"{self._what} {done:,}{self._unit}")

    def _bar(self, done: int) -> str:
        reached = min(done, self._total)
        cells, percent = reached * _WIDTH // self._total, reached * 100 // self._total
        return f"{self._what} [{'#' * cells}{'.' * (_WIDTH - cells)}] {percent:3d}%"

    def clear(self) -> None:
        """Take the line away."""
        if self.is_watched and self._shown:
            self._shown = ""
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()

    def show(self, line: str) -> None:
        """Another line in the place of the one that is there."""
        if self.is_watched and line != self._shown:
            self._shown = line
            sys.stderr.write(f"\r\033[K{line}")
            sys.stderr.flush()


def watched(what: str, things: Sequence[Thing]) -> Iterator[Thing]:
    """The things one by one; who watches sees how far they are."""
    with Progress(what, len(things)) as line:
        for number, thing in enumerate(things, 1):
            yield thing
            line.reached(number)


def coloured_diff(text: str) -> str:
    """A text in the form of `diff -u`, gains green and losses red."""
    return "\n".join(map(_coloured_line, text.split("\n")))


def _coloured_line(line: str) -> str:
    if line.startswith(("+++", "---", "@@")):
        return OUTPUT.bold(line)
    paint = {"+": OUTPUT.green, "-": OUTPUT.red}.get(line[:1])
    return paint(line) if paint else line
