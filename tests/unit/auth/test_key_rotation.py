"""Keys that rotate: shown before they sign, good for verifying afterwards, worthless once removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.auth.keys import PUBLISHED_FIRST, SigningKeyError, SigningKeys, new_signing_key
from server.auth.token_reader import TokenReader
from server.auth.tokens import TokenInvalid, issue_refresh_token
from server.records import Session

NOW = datetime(2026, 3, 4, tzinfo=UTC)
SESSION = Session(
    id="s" * 24, app_id="app", user_id="u" * 24, device_id="d" * 24, provider_type="anon-user", identity_id="i",
    provider_id="p", created_at=NOW, expires_at=NOW + timedelta(days=3650),
)  # fmt: skip


def test_new_key_signs_after_it_was_shown() -> None:
    """A key is published at once and signs when whoever keeps the key set has met it."""
    old, new = new_signing_key(now=NOW - timedelta(days=1)), new_signing_key(now=NOW)
    keys = SigningKeys.from_rows([old])

    keys.renew([new, old], now=NOW + PUBLISHED_FIRST - timedelta(seconds=1))
    assert keys.current.id == old.id
    assert {key["kid"] for key in keys.public_jwks()["keys"]} == {old.id, new.id}
    keys.renew([new, old], now=NOW + PUBLISHED_FIRST)
    assert keys.current.id == new.id


def test_first_key_signs_at_once() -> None:
    """Where there is no earlier key, nobody can have kept a set without the new one."""
    key = new_signing_key(now=NOW)
    keys = SigningKeys.from_rows([key])
    keys.renew([key], now=NOW)

    assert keys.current.id == key.id
    with pytest.raises(SigningKeyError):
        keys.renew([], now=NOW)
    assert keys.current.id == key.id


def test_tokens_by_earlier_keys_stay_good_until_the_key_is_removed() -> None:
    """Rotation ends no token; removing a key ends all that it signed, those that were read before included."""
    old, new = new_signing_key(now=NOW - timedelta(days=1)), new_signing_key(now=NOW - timedelta(hours=1))
    keys = SigningKeys.from_rows([old])
    reader = TokenReader(keys)
    token = issue_refresh_token(keys, session=SESSION, domain_id="domain", now=NOW)
    keys.renew([old, new], now=NOW)

    assert reader.read(token, now=NOW).session_id == SESSION.id
    assert keys.current.id == new.id
    keys.renew([new], now=NOW)
    with pytest.raises(TokenInvalid):
        reader.read(token, now=NOW)
