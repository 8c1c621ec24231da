"""Which passwords may be chosen, and what people are told of those that may not."""

from __future__ import annotations

import pytest

from server.auth.password_policy import LONGEST, PasswordRules, why_not_password

RULES = PasswordRules(shortest=8, words=("shop-abcde", "Ada's Shop", "Lovelace", "c64"))


@pytest.mark.parametrize(
    "password",
    [
        "shop2026", "Shop-ABCDE", "lovelace1", "!LoveLace!", "lovelaceshop", "shop lovelace 99", "ada.byron7",
        "BYRON1815", "abcdeabcde",
    ],
)  # fmt: skip
def test_passwords_of_known_words_are_refused(password: str) -> None:
    """Names of the app, its own words and the address's, with digits and signs added, are no password."""
    why = why_not_password(password, RULES, email="ada.byron@example.org")

    assert why == "password is made of names that everybody knows and would be guessed"


@pytest.mark.parametrize(
    "password", ["lovelaceness", "workshops", "c64c64c64", "correct horse", "1815-12-10", "bytonada"]
)
def test_words_among_others_are_taken(password: str) -> None:
    """A password that has letters of its own may hold such a word; short ones are no words."""
    assert why_not_password(password, RULES, email="ada.byron@example.org") is None


def test_app_says_how_short() -> None:
    """The app's own bound is the one that counts, and the one that is told."""
    assert why_not_password("7 chars", RULES) == f"password must be between 8 and {LONGEST} characters"
    assert why_not_password("7 chars", PasswordRules()) is None


def test_common_ones_and_words_are_allowed_together() -> None:
    """Who allows the most common passwords allows these."""
    lenient = PasswordRules(allows_common=True, words=("lovelace",))

    assert why_not_password("password1", lenient) is None
    assert why_not_password("lovelace1", lenient) is None
    assert why_not_password("password1", PasswordRules()) is not None
