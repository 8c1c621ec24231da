"""Made-up texts in the place of personal ones: of the same shape, so that code goes the same way with them."""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Callable, Iterable

SHORTEST_IN_NAMES = 6
"""Characters of a text that is also looked for in the names of fields."""


class Pseudonyms:
    """One made-up text for each personal text, in its own case and in small and capital letters."""

    def __init__(self, texts: Iterable[str], salt: bytes) -> None:
        self._made: dict[str, str] = {}
        for text in sorted(texts):
            made = made_up(text, salt)
            self._made |= {text: made, text.lower(): made.lower(), text.upper(): made.upper()}
        self._values = _replacing(self._made, 1)
        self._names = _replacing(self._made, SHORTEST_IN_NAMES)

    def value(self, text: str) -> str:
        """A value without personal texts."""
        return self._values(text)

    def name(self, text: str) -> str:
        """A field's name without them."""
        return self._names(text)


def made_up(text: str, salt: bytes) -> str:
    """Letters for letters, digits for digits; all other characters stay, and so do leading zeros."""
    stream = hashlib.shake_256(salt + text.encode(errors="replace")).digest(2 * len(text))
    return "".join(
        _like(character, int.from_bytes(stream[2 * place : 2 * place + 2], "big"))
        for place, character in enumerate(text)
    )


def _like(character: str, chance: int) -> str:
    if character == "0" or not character.isalnum():
        return character
    if character.isdigit():
        return "123456789"[chance % 9]
    letters = string.ascii_uppercase if character.isupper() else string.ascii_lowercase
    return letters[chance % 26]


def _replacing(made: dict[str, str], shortest: int) -> Callable[[str], str]:
    known = sorted((text for text in made if len(text) >= shortest), key=len, reverse=True)
    if not known:
        return str
    pattern = re.compile("|".join(map(re.escape, known)))
    return lambda text: pattern.sub(lambda found: made[found[0]], text)
