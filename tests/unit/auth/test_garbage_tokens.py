"""Texts that were never tokens: refused, and never another exception."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.auth.keys import SigningKeys
from server.auth.tokens import MAX_TOKEN_LENGTH, TokenInvalid, read_token

NOW = datetime(2026, 3, 4, tzinfo=UTC)
KEYS = SigningKeys.create(now=NOW)


def encoded(data: bytes) -> str:
    """Bytes as a token holds them."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def segment(value: object) -> str:
    """A part of a token."""
    return encoded(json.dumps(value).encode())


def assert_invalid(token: str) -> None:
    """The token is refused, in words that do not tell why."""
    with pytest.raises(TokenInvalid) as caught:
        read_token(KEYS, token, now=NOW)
    assert str(caught.value) == "invalid token"


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "a.b.c", "\ud800.a.b", "\u00e9.\u00e9.\u00e9", "\0", "eyJ9.e30.e30", "WzFd.e30.e30"],
)
def test_garbage_is_invalid(token: str) -> None:
    """What is no token at all is refused like any other."""
    assert_invalid(token)


@pytest.mark.parametrize(
    "header", [b'{"a":' * 100_000, b'{"kid":"x","alg":' + b"9" * 5000 + b"}", b"a" * MAX_TOKEN_LENGTH],
    ids=["nested", "number", "long"],
)  # fmt: skip
def test_huge_garbage_is_invalid(header: bytes) -> None:
    """Neither depth nor length of a header is more than invalid."""
    assert_invalid(f"{encoded(header)}.e30.e30")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["alg", "kid", "crit"]), inner),
)


@settings(deadline=None)
@given(st.one_of(st.text(), st.tuples(json_values, json_values, st.text()).map(
    lambda parts: f"{segment(parts[0])}.{segment(parts[1])}.{parts[2]}"
)))  # fmt: skip
def test_no_text_raises_anything_else(token: str) -> None:
    """Whatever a client sends, the only answer is that it is invalid."""
    assert_invalid(token)
