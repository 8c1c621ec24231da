"""Tokens of another system with the unmodified client: the good ones log in, no trick does (contract 7.4)."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable

import jwt
import pytest

from tests.conformance.conftest import TOKEN_KEYS
from tests.conformance.http_client import Http, assert_refused
from tests.conformance.mail_server import Mailbox
from tests.conformance.realm_web import RealmWeb
from tests.conformance.server_process import ServerProcess

KEY = TOKEN_KEYS["tokenKey"]


def claims(**changes: object) -> dict[str, object]:
    """What a good token says; a change to None leaves the claim out."""
    now = int(time.time())
    good = {
        "sub": "ada-outside", "aud": "accounts", "iat": now, "exp": now + 600,
        "profile": {"email": "ada@outside.example"}, "https://roles.example/role": "admin",
    }  # fmt: skip
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(key: str = KEY, algorithm: str = "HS256", headers: dict[str, object] | None = None, **changes: object) -> str:
    """A token of the other system."""
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)


def unsigned(header: dict[str, object]) -> str:
    """A token without a signature."""
    parts = (json.dumps(part).encode() for part in (header, claims()))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def test_good_tokens_log_in(accounts_server: tuple[ServerProcess, Mailbox]) -> None:
    """Each signing key is good, a subject is one user, and the metadata is that of the last login."""
    tokens = [
        token(), token(TOKEN_KEYS["olderTokenKey"], profile={"email": "new@outside.example"}),
        token(sub="bob-outside", aud=["x", "accounts"]),
    ]  # fmt: skip
    first, again, other = RealmWeb(url=accounts_server[0].url, app_id="accounts").run("custom-token.mjs", tokens)

    assert first["value"]["profile"] == {"email": "ada@outside.example", "role": "admin"}
    assert again["value"]["profile"]["email"] == "new@outside.example"
    assert again["value"]["id"] == first["value"]["id"] != other["value"]["id"]
    assert first["value"]["identities"][0]["id"] == "ada-outside"


BAD: dict[str, Callable[[], str]] = {
    "another key": lambda: token("x" * 40),
    "none": lambda: unsigned({"alg": "none", "typ": "JWT"}),
    "none in other letters": lambda: unsigned({"alg": "nOnE"}),
    "HS256 without signature": lambda: unsigned({"alg": "HS256"}),
    "another HMAC": lambda: token(algorithm="HS512"),
    "key in the header": lambda: token(
        "x" * 40, headers={"jwk": {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 40).decode()}}
    ),
    "key by address": lambda: token("x" * 40, headers={"jku": "https://evil.example/jwks.json", "kid": "1"}),
    "key by path": lambda: token("0", headers={"kid": "../../../../dev/null"}),
    "key by injection": lambda: token("x" * 40, headers={"kid": "' UNION SELECT 'xxx"}),
    "critical extension": lambda: token(headers={"crit": ["exp"]}),
    "expired": lambda: token(exp=int(time.time()) - 1),
    "no expiry": lambda: token(exp=None),
    "expiry that is text": lambda: token(exp="tomorrow"),
    "not yet valid": lambda: token(nbf=int(time.time()) + 3600),
    "from the future": lambda: token(iat=int(time.time()) + 3600),
    "another audience": lambda: token(aud="another"),
    "no audience": lambda: token(aud=None),
    "no subject": lambda: token(sub=None),
    "subject that is a number": lambda: token(sub=7),
    "empty subject": lambda: token(sub=""),
    "required metadata missing": lambda: token(profile={}),
    "metadata that is no value": lambda: token(profile={"email": {"$oid": "short"}}),
    "nonsense": lambda: "not a token",
    "too long": lambda: token(profile={"email": "x" * 100_000}),
}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("trick", BAD)
def test_bad_token_is_refused(accounts: Http, trick: str) -> None:
    """Whatever is wrong, the answer is the same, and says nothing of the reason."""
    answer = accounts.log_in({"token": BAD[trick]()}, "custom-token")

    assert_refused(answer, 401, "AuthError", "unauthorized")
    assert answer.json["error"] == "unauthorized"
