"""Blots secrets out of what is logged: functions that read them as plain values may print them."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from urllib.parse import quote

import orjson

from server.apps.model import ValueDefinition

SHORTEST = 4
"""Characters of a secret, or of one of its lines, that is looked for; shorter ones would blot out common words."""
SHORTEST_ENCODED = 8
"""Characters of an encoded form that is looked for."""
_HEAD = (0, 2, 3)
"""Characters of base64 that also hold bits of the bytes before: by how many bytes of a group of three those are."""
_TAIL = (0, 3, 2)
"""Characters that also hold bits of what follows, or fill up: by how many bytes of the last group there are."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """The secrets of an app by their texts, in each form in which a console or a header shows them.

    `names` has the longest forms first. Each is looked for by itself: one pattern of a hundred secrets would take
    as long for the output of a run as a hundred runs.
    """

    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The secrets by their names."""

    @classmethod
    def of(cls, values: Iterable[ValueDefinition]) -> Redaction:
        """Of the values that are secrets."""
        texts = {
            value.secret_name: value.value
            for value in values
            if value.secret_name is not None and isinstance(value.value, str)
        }
        names = {form: name for name, text in texts.items() for form in secret_forms(text).values()}
        longest_first = sorted(names.items(), key=lambda item: len(item[0]), reverse=True)
        return cls(dict(longest_first), texts)

    def __call__(self, text: str) -> str:
        """The text with `[secret NAME]` in the place of each secret."""
        pattern = self._found_in(text)
        return text if pattern is None else pattern.sub(lambda found: self._mark(found[0]), text)

    def lines(self, texts: Sequence[str]) -> list[str]:
        """The lines without secrets, also such as were printed in pieces over several lines, or cut off at the end."""
        if not self.names or not texts:
            return list(texts)
        joined = "".join(texts)
        cleaned = [self(text) for text in texts] if self._found_in(joined) else list(texts)
        joined = "".join(cleaned)
        pattern = self._found_in(joined)
        found = pattern.finditer(joined) if pattern is not None else ()
        spans = [(one.start(), one.end(), self._mark(one[0])) for one in found] + self._begun_at_end(joined)
        return list(_blotted(cleaned, spans)) if spans else cleaned

    def _found_in(self, text: str) -> re.Pattern[str] | None:
        """What finds the forms that are in the text; None where none is, as in most."""
        found = [form for form in self.names if form in text]
        return re.compile("|".join(map(re.escape, found))) if found else None

    def _mark(self, form: str) -> str:
        return f"[secret {self.names[form]}]"

    def _begun_at_end(self, text: str) -> list[tuple[int, int, str]]:
        """Where the text ends with the beginning of a secret: output that reached its limit is cut off anywhere."""
        longest = 0, ""
        for form in self.names:
            tail = text[-(len(form) - 1) :]
            begin = tail.find(form[:SHORTEST])
            while begin >= 0 and not form.startswith(tail[begin:]):
                begin = tail.find(form[:SHORTEST], begin + 1)
            longest = max(longest, (len(tail) - begin if begin >= 0 else 0, form))
        return [(len(text) - longest[0], len(text), self._mark(longest[1]))] if longest[0] else []


def _blotted(texts: Sequence[str], spans: Sequence[tuple[int, int, str]]) -> Iterator[str]:
    """The texts, whose joined text has marks in the place of these spans; each text gets those of its own part."""
    for text, end in zip(texts, accumulate(map(len, texts)), strict=True):
        start, whole = end - len(text), text
        for begin, until, mark in reversed(spans):
            if begin < end and until > start and text:
                whole = whole[: max(0, begin - start)] + mark + whole[until - start :]
        yield whole


def secret_forms(text: str) -> dict[str, str]:
    """The forms in which a secret is looked for, by what they are: itself, as JSON writes it, line by line, and as
    headers and addresses carry it.
    """
    forms = {"text": text, "json": orjson.dumps(text).decode()[1:-1]}
    forms |= {f"line{number}": line.strip() for number, line in enumerate(text.splitlines())}
    plain = {kind: form for kind, form in forms.items() if len(form) >= SHORTEST}
    return plain | {kind: form for kind, form in _encoded(text) if len(form) >= SHORTEST_ENCODED}


def _encoded(text: str) -> Iterator[tuple[str, str]]:
    raw = text.encode()
    if len(raw) < SHORTEST_ENCODED:
        return
    yield "url", quote(text, safe="")
    yield "hex", raw.hex()
    yield "HEX", raw.hex().upper()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).decode()
        core = encoded[_HEAD[before] : len(encoded) - _TAIL[(before + len(raw)) % 3]]
        yield f"base64-{before}", core
        yield f"base64url-{before}", core.replace("+", "-").replace("/", "_")
