"""Keeps personal data that an app declares out of logs: fields by path, and their texts wherever a run met them."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import orjson

from runtime.messages import Host
from server.ejson import LARGE_TEXT

SHORTEST = 3
"""Characters of a text that is looked for; shorter ones would blot out common words."""
MOST_TEXTS = 10_000
"""Different texts that one run may meet; of one that meets more, nothing is logged but that."""
MOST_DEPTH = 64
"""Levels of a value that are looked at; what lies deeper below a personal field is not printed by consoles either."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TOO_MANY = "[not logged: the run met too much personal data]"
_VALUE = r"""\s*(?:\]\s*)?[:=]\s*(?P<value>"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|`[^`]*`?|[^\s,;}\])&]+)"""

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonalFields:
    """The paths that an app declares; a document's field is meant wherever in a value the path is found."""

    paths: tuple[Path, ...] = ()
    pattern: re.Pattern[str] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, names: Iterable[str]) -> PersonalFields:
        """From `email`, `profile.phone`: names between dots, however deep they lie."""
        paths = tuple(tuple(name.split(".")) for name in dict.fromkeys(names))
        if not paths:
            return cls()
        last = "|".join(sorted({re.escape(path[-1]) for path in paths}, key=len, reverse=True))
        return cls(paths, re.compile(rf"""(?P<name>(?<![\w$])["'`]?(?:{last})["'`]?){_VALUE}""", re.IGNORECASE))

    def sightings(self) -> Sightings | None:
        """What a run will meet of them; None where nothing is declared."""
        return Sightings(self) if self.paths else None

    def without_values(self, text: str) -> str:
        """The text without what stands behind the fields' names, as consoles, JSON and forms write them."""
        if self.pattern is None:
            return text
        return self.pattern.sub(lambda found: f"{found['name']}: [personal]", text)


class Sightings:
    """The texts of personal fields that one run has met, in its arguments, its user, and what its host answered."""

    def __init__(self, fields: PersonalFields) -> None:
        self._fields = fields
        self._texts: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    @property
    def texts(self) -> frozenset[str]:
        """All that were met."""
        return frozenset(self._texts)

    @property
    def overflowed(self) -> bool:
        """Whether the run met more than is looked for."""
        return len(self._texts) > MOST_TEXTS

    def see(self, value: object) -> None:
        """Look at a value, as JSON has it."""
        before = len(self._texts)
        if len(self._texts) <= MOST_TEXTS:
            self._look(value, (), 0)
        if len(self._texts) != before:
            self._pattern = None

    async def see_json(self, data: bytes) -> None:
        """Look at Extended JSON; a long text does not hold up the event loop."""
        try:
            value = await asyncio.to_thread(orjson.loads, data) if len(data) > LARGE_TEXT else orjson.loads(data)
        except orjson.JSONDecodeError:
            return
        self.see(value)

    def __call__(self, text: str) -> str:
        """The text with `[personal]` in the place of each text that was met, and behind the fields' names."""
        if len(self._texts) > MOST_TEXTS:
            return TOO_MANY
        if self._texts and self._pattern is None:
            forms = {form for known in self._texts for form in _forms(known)}
            longest_first = sorted(forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
        known = self._pattern.sub("[personal]", text) if self._pattern is not None else text
        return self._fields.without_values(known)

    def _look(self, value: object, above: Path, depth: int) -> None:
        if depth > MOST_DEPTH:
            return
        if isinstance(value, dict):
            for name, inner in value.items():
                path = (*above, str(name))
                if name == "$binary":
                    self._look(_inside(inner), above, depth + 1)
                elif any(path[-len(wanted) :] == wanted for wanted in self._fields.paths):
                    self._texts.update(_leaves(inner))
                else:
                    self._look(inner, path, depth + 1)
        elif isinstance(value, list):
            for inner in value:
                self._look(inner, above, depth + 1)


@dataclass(frozen=True, slots=True)
class WatchedHost:
    """A run's host; what passes is looked at for personal data."""

    host: Host
    sightings: Sightings

    async def answer(self, operation: str, arguments: bytes) -> bytes:
        """As the host's. Raises HostError."""
        await self.sightings.see_json(arguments)
        answer = await self.host.answer(operation, arguments)
        await self.sightings.see_json(answer)
        return answer


def _leaves(value: object, depth: int = 0) -> Iterator[str]:
    """Every text and number below a personal field that is long enough to be looked for."""
    if depth > MOST_DEPTH:
        return
    if isinstance(value, str):
        if len(value) >= SHORTEST:
            yield value
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, (int, float)):
        yield from _leaves(str(value), depth + 1)
    elif isinstance(value, dict):
        yield from _date(value)
        for inner in value.values():
            yield from _leaves(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, depth + 1)


def _date(value: dict[object, object]) -> Iterator[str]:
    """A date as consoles print it, and its day."""
    match value:
        case {"$date": {"$numberLong": str(milliseconds)}} if len(milliseconds) < 15:
            with suppress(ValueError, OverflowError):
                text = (EPOCH + timedelta(milliseconds=int(milliseconds))).isoformat(timespec="milliseconds")
                yield from (text.replace("+00:00", "Z"), text[:10])
        case _:
            return


def _inside(binary: object) -> object:
    """The JSON that bytes hold, as an answer to a request does; None where they hold none."""
    try:
        data = base64.b64decode(binary["base64"]) if isinstance(binary, dict) else b""
        return orjson.loads(data) if data.lstrip()[:1] in (b"{", b"[") else None
    except (KeyError, TypeError, binascii.Error, orjson.JSONDecodeError):
        return None


def _forms(text: str) -> set[str]:
    """The text itself, as JSON writes it, and its lines."""
    written = orjson.dumps(text).decode()[1:-1]
    return {form for form in (text, written, *map(str.strip, text.splitlines())) if len(form) >= SHORTEST}
