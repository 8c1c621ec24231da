"""The memory for tokens: it saves work, and lets nothing in that would not have been let in without it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.auth import token_reader
from server.auth.keys import SigningKeys, new_signing_key
from server.auth.token_reader import TokenReader
from server.auth.tokens import TokenExpired, TokenInvalid, issue_access_token, read_token
from server.records import Session

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LIFETIME = timedelta(minutes=30)
KEYS = SigningKeys.from_rows([new_signing_key(now=NOW)])


def token_of(session_id: str, *, data: str = "") -> str:
    """An access token of a session of that id."""
    session = Session(
        id=session_id, app_id="app", user_id="u", device_id="d", provider_type="anon-user", identity_id="i",
        provider_id="p", created_at=NOW, expires_at=NOW + timedelta(days=60),
    )  # fmt: skip
    return issue_access_token(
        KEYS, session=session, user_data={"data": data}, domain_id="domain", now=NOW, lifetime=LIFETIME
    )


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens whose signature was verified, in order."""
    tokens: list[str] = []

    def read_and_note(keys: SigningKeys, token: str, *, now: datetime) -> object:
        tokens.append(token)
        return read_token(keys, token, now=now)

    monkeypatch.setattr(token_reader, "read_token", read_and_note)
    return tokens


def test_a_token_is_verified_once(verified: list[str]) -> None:
    """The second reading finds the same claims without the cost of a signature."""
    reader, token = TokenReader(KEYS), token_of("a")

    assert reader.read(token, now=NOW) == reader.read(token, now=NOW)
    assert verified == [token]


def test_a_remembered_token_expires() -> None:
    """Expiry is judged at every reading, to the second."""
    reader, token = TokenReader(KEYS), token_of("a")
    reader.read(token, now=NOW + LIFETIME - timedelta(seconds=1))

    with pytest.raises(TokenExpired):
        reader.read(token, now=NOW + LIFETIME)


def test_a_changed_token_is_not_the_remembered_one() -> None:
    """One other character is another token, which must verify by itself."""
    reader, token = TokenReader(KEYS), token_of("a")
    reader.read(token, now=NOW)

    with pytest.raises(TokenInvalid):
        reader.read(token[:-3] + ("AAA" if token[-3:] != "AAA" else "BBB"), now=NOW)


def test_refused_tokens_are_not_remembered(verified: list[str]) -> None:
    """A token that failed is judged anew, so nobody fills the memory with rubbish."""
    reader = TokenReader(KEYS)
    for _ in range(2):
        with pytest.raises(TokenInvalid):
            reader.read("rubbish", now=NOW)

    assert verified == ["rubbish", "rubbish"]


def test_the_least_recently_used_is_forgotten(verified: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory has an end; who comes often stays."""
    monkeypatch.setattr(token_reader, "REMEMBERED", 2)
    reader, (first, second, third) = TokenReader(KEYS), map(token_of, "abc")
    for token in (first, second, first, third, first, second):
        reader.read(token, now=NOW)

    assert verified == [first, second, third, second]


def test_a_large_token_is_not_kept(verified: list[str]) -> None:
    """Tokens that carry much user data would make the memory large."""
    reader, token = TokenReader(KEYS), token_of("a", data="x" * token_reader.LONGEST_REMEMBERED)
    for _ in range(2):
        reader.read(token, now=NOW)

    assert verified == [token, token]
