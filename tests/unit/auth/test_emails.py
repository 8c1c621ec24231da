"""Addresses as logins: which are the same, and what is none."""

from __future__ import annotations

import pytest

from server.auth.emails import LONGEST, is_email, login_of


@pytest.mark.parametrize("spelling", ["Ada@Example.org", "ADA@EXAMPLE.ORG", "\uff41da@example.org"])
def test_spellings_of_one_address_are_one_login(spelling: str) -> None:
    """Case and width of letters tell no two accounts apart, unless the app says so."""
    assert login_of(spelling, case_sensitive=False) == "ada@example.org"
    assert login_of(spelling, case_sensitive=True) == spelling


@pytest.mark.parametrize("is_exact", [True, False])
def test_what_is_longer_than_an_address_is_nobodys(*, is_exact: bool) -> None:
    """Megabytes are not normalised, which would take seconds: they are no address."""
    assert login_of("\ufdfa" * (LONGEST + 1), case_sensitive=is_exact) == ""
    assert login_of("a" * LONGEST, case_sensitive=is_exact) == "a" * LONGEST


@pytest.mark.parametrize(
    "text",
    [
        "a@b.c\r\nBcc: x@y.z",
        "a\x00@b.c",
        "a@b.c.",
        "a@b.c\u2028",
        "a b@c.d",
        "a@b@c.d",
        "@b.c",
        "a@",
        "a" * 250 + "@b.cd",
    ],
)
def test_what_is_no_address(text: str) -> None:
    """Nothing that would end a header, and nothing that another server reads as another address."""
    assert not is_email(text)
