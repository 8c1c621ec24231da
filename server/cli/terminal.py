"""What a person who watches is shown beyond plain text: colours, and how far something is."""

from __future__ import annotations

import os
import sys
from typing import Final, Self, TextIO

_WIDTH: Final = 24
"""Cells of a bar."""


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
    """A bar on standard error while something takes its time; nothing where nobody watches."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = max(total, 1)
        self._shown = -1
        self._is_watched = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Self:
        self.reached(0)
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_watched:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()

    def reached(self, done: int) -> None:
        """So much of the total is done by now."""
        cells = min(done, self._total) * _WIDTH // self._total
        if not self._is_watched or cells == self._shown:
            return
        self._shown = cells
        percent = min(done, self._total) * 100 // self._total
        sys.stderr.write(f"\r{self._what} [{'#' * cells}{'.' * (_WIDTH - cells)}] {percent:3d}%")
        sys.stderr.flush()


def coloured_diff(text: str) -> str:
    """A text in the form of `diff -u`, gains green and losses red."""
    return "\n".join(map(_coloured_line, text.split("\n")))


def _coloured_line(line: str) -> str:
    if line.startswith(("+++", "---", "@@")):
        return OUTPUT.bold(line)
    paint = {"+": OUTPUT.green, "-": OUTPUT.red}.get(line[:1])
    return paint(line) if paint else line
