"""Identities of anonymous users: nobody guesses them."""

from __future__ import annotations

import re
from collections import Counter

from server.login.anonymous import random_letters


def test_letters_are_drawn_evenly() -> None:
    """Each letter is as likely as any other at each place; six deviations from that is no chance."""
    drawn = [random_letters(24) for _ in range(2600)]

    assert all(re.fullmatch(r"[a-z]{24}", letters) for letters in drawn)
    for place in range(24):
        counts = Counter(letters[place] for letters in drawn)
        assert all(abs(counts[letter] - 100) < 60 for letter in "abcdefghijklmnopqrstuvwxyz"), (place, counts)
