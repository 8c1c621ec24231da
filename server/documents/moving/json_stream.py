"""mongoexport's files: a document a line, or one array of documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from server import ejson
from server.documents.admission import admit, encode
from server.documents.errors import DocumentError
from server.documents.moving.problems import MovingError
from server.ejson import EjsonError

CHUNK: Final = 1024 * 1024
LONGEST: Final = 256 * 1024 * 1024
"""Bytes of one document's text; Extended JSON of the largest document has fewer."""
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_TOKENS: Final = re.compile(rb'["\\{}\[\]]')


def documents_of_lines(stream: BinaryIO) -> Iterator[bytes]:
    """The BSON of each line that is not empty. Raises MovingError naming the line."""
    for number, line in enumerate(iter(lambda: stream.readline(LONGEST), b""), 1):
        if len(line) == LONGEST:
            raise MovingError(f"line {number}: longer than any document")
        text = line.removeprefix(BYTE_ORDER_MARK if number == 1 else b"").strip()
        if text:
            yield _encoded(text, f"line {number}")


def documents_of_array(stream: BinaryIO) -> Iterator[bytes]:
    """The BSON of each element of an array, which need not fit into memory. Raises MovingError naming the element."""
    for number, text in enumerate(_elements(stream), 1):
        yield _encoded(text, f"element {number}")


def _encoded(text: bytes, place: str) -> bytes:
    try:
        document = ejson.loads(text)
        if not isinstance(document, dict):
            raise MovingError(f"{place}: a document is a JSON object")
        return encode(admit(document))
    except (EjsonError, DocumentError) as error:
        raise MovingError(f"{place}: {error}") from error


def _elements(stream: BinaryIO) -> Iterator[bytes]:
    """The texts of the objects in an array, found by their braces."""
    scanner = _Scanner()
    while chunk := stream.read(CHUNK):
        yield from scanner.feed(chunk)
    if not scanner.is_done:
        raise MovingError("the file ends in the middle of the array")


class _Scanner:
    """Cuts an array into its objects, whatever pieces it comes in."""

    def __init__(self) -> None:
        self._text = b""
        self._at = 0
        self._depth = 0
        self._start = 0
        self._in_string = False
        self.is_done = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The objects that are complete now."""
        if len(self._text) > LONGEST:
            raise MovingError("an element of the array is longer than any document")
        self._text += chunk
        while (token := _TOKENS.search(self._text, self._at)) is not None:
            if token.end() == len(self._text) and token.group() == b"\\":
                return  # what is escaped comes with the next piece
            yield from self._take(token.group(), token.start())
        self._at = max(self._at, len(self._text))

    def _take(self, token: bytes, place: int) -> Iterator[bytes]:
        self._at = place + 1
        if token == b'"':
            self._in_string = not self._in_string
        elif token == b"\\":
            self._at += 1
        elif not self._in_string:
            yield from self._bracket(token, place)

    def _bracket(self, token: bytes, place: int) -> Iterator[bytes]:
        if token in b"{[":
            self._depth += 1
            if self._depth == 2:
                self._start = place
            return
        self._depth -= 1
        self.is_done = self._depth == 0
        if self._depth == 1:
            found = self._text[self._start : place + 1]
            self._text, self._at = self._text[place + 1 :], 0
            yield found
