"""Blots secrets out of what is logged: functions that read them as plain values may print them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from server.apps.model import ValueDefinition

SHORTEST = 4
"""Characters of a secret, or of one of its lines, that is looked for; shorter ones would blot out common words."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """The secrets of an app by their texts, in each form in which a console shows them."""

    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    pattern: re.Pattern[str] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, values: Iterable[ValueDefinition]) -> Redaction:
        """Of the values that are secrets."""
        names = {
            form: value.secret_name
            for value in values
            if value.secret_name is not None and isinstance(value.value, str)
            for form in _forms(value.value)
        }
        longest_first = sorted(names, key=len, reverse=True)
        return cls(names, re.compile("|".join(map(re.escape, longest_first))) if names else None)

    def __call__(self, text: str) -> str:
        """The text with `[secret NAME]` in the place of each secret."""
        if self.pattern is None:
            return text
        return self.pattern.sub(lambda found: f"[secret {self.names[found[0]]}]", text)


def _forms(text: str) -> set[str]:
    """The text itself, as JSON writes it, and line by line."""
    written = orjson.dumps(text).decode()[1:-1]
    lines = [line.strip() for line in text.splitlines()]
    return {form for form in (text, written, *lines) if len(form) >= SHORTEST}
