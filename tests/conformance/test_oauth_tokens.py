"""Tokens by the standards: verified by libraries that know nothing of us, rotated, revoked, introspected."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import jwt
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from joserfc import jwt as joserfc
from joserfc.jwk import KeySet, KeySetSerialization

from tests.conformance.browser import Browser
from tests.conformance.http_client import JSON, Answer, Http, assert_refused, bearer
from tests.conformance.realm_web import RealmWeb
from tests.conformance.server_process import APPS, ROOT, ServerProcess, serve

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class OAuth:
    """The OAuth endpoints of the app `accounts`."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self.issuer = f"{http.url}/oauth2/{http.app_id}"

    def post(self, endpoint: str, headers: dict[str, str] | None = None, **form: str) -> Answer:
        """A form to one of the endpoints."""
        path = f"/oauth2/{self.http.app_id}/{endpoint}"
        return self.http.send("POST", path, urlencode(form).encode(), FORM | (headers or {}))

    def refresh(self, token: str) -> Answer:
        """A refresh by the token endpoint."""
        return self.post("token", grant_type="refresh_token", refresh_token=token, client_id=self.http.app_id)

    def describe(self) -> dict[str, object]:
        """The published description."""
        described: dict[str, object] = json.loads(
            Browser(self.http.url).get(f"{self.issuer}/.well-known/openid-configuration").body
        )
        return described


@pytest.fixture
def oauth(accounts: Http) -> OAuth:
    """The endpoints, with sessions by `accounts`."""
    return OAuth(accounts)


def keys_of(oauth: OAuth) -> KeySetSerialization:
    """The key set that the description names."""
    keys: KeySetSerialization = json.loads(Browser(oauth.http.url).get(str(oauth.describe()["jwks_uri"])).body)
    return keys


def test_description_is_one_of_the_standard(oauth: OAuth) -> None:
    """The description is valid by RFC 8414, the same at both addresses, and of the issuer that was asked."""
    described = oauth.describe()
    other = urlsplit(oauth.issuer)._replace(path=f"/.well-known/oauth-authorization-server/oauth2/{oauth.http.app_id}")

    assert described["issuer"] == oauth.issuer
    assert json.loads(Browser(oauth.http.url).get(other.geturl()).body) == described
    AuthorizationServerMetadata(described).validate_jwks_uri()
    assert described["grant_types_supported"] == ["refresh_token"]


def test_libraries_verify_our_tokens(oauth: OAuth) -> None:
    """PyJWT, Authlib's joserfc and npm's jose verify a token by the published keys, and refuse another audience."""
    opened = oauth.http.log_in({"id": "standard"}).json
    token = oauth.refresh(opened["refresh_token"]).json["access_token"]
    expected = {"iss": oauth.issuer, "aud": "accounts", "client_id": "accounts", "sub": opened["user_id"]}
    key = jwt.PyJWKClient(str(oauth.describe()["jwks_uri"])).get_signing_key_from_jwt(token)
    by_pyjwt = jwt.decode(token, key, algorithms=["ES256"], audience="accounts", issuer=oauth.issuer)
    by_authlib = joserfc.decode(token, KeySet.import_key_set(keys_of(oauth)), algorithms=["ES256"]).claims
    joserfc.JWTClaimsRegistry(aud={"essential": True, "value": "accounts"}).validate(by_authlib)
    by_jose = RealmWeb(url=oauth.http.url, app_id="accounts").run("verify-tokens.mjs", token, oauth.issuer, "accounts")

    for claims in (by_pyjwt, by_authlib, by_jose["payload"]):
        assert claims.items() >= expected.items()
        assert claims["exp"] - claims["iat"] == 1800
        assert claims["jti"]
    assert by_jose["refusal"] == "ERR_JWT_CLAIM_VALIDATION_FAILED"
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(token, key, algorithms=["ES256"], audience="another")


def test_tokens_of_clients_verify_too(oauth: OAuth) -> None:
    """The tokens that App Services' clients get carry a signature by the same keys."""
    token = oauth.http.log_in({"id": "plain"}).json["access_token"]
    key = jwt.PyJWKClient(str(oauth.describe()["jwks_uri"])).get_signing_key_from_jwt(token)

    assert jwt.decode(token, key, algorithms=["ES256"])["typ"] == "access"


def test_new_tokens_serve_at_our_own_routes(oauth: OAuth) -> None:
    """A token by the standards calls functions like any other."""
    opened = oauth.http.log_in({"id": "caller"}).json
    made = oauth.refresh(opened["refresh_token"]).json

    assert made["token_type"] == "Bearer"
    assert made["expires_in"] == 1800
    assert oauth.http.call(made["access_token"], "add", 1, 2).json == {"$numberInt": "3"}
    assert oauth.http.profile(made["access_token"]).json["user_id"] == opened["user_id"]


def test_used_refresh_token_ends_the_session(oauth: OAuth) -> None:
    """A refresh token works once; when it comes again, whoever has the newer one loses it."""
    first = oauth.http.log_in({"id": "rotating"}).json["refresh_token"]
    second = oauth.refresh(first).json["refresh_token"]
    third = oauth.refresh(second).json["refresh_token"]
    replayed = oauth.refresh(first)

    assert (replayed.status, replayed.json["error"]) == (400, "invalid_grant")
    assert replayed.headers["cache-control"] == "no-store"
    assert oauth.refresh(third).json["error"] == "invalid_grant"
    refused = oauth.http.ask("POST", "/auth/session", headers=bearer(third))
    assert_refused(refused, 401, "InvalidSession", "failed to find refresh token")


def test_replaced_token_ends_the_session_at_the_old_route(oauth: OAuth) -> None:
    """A token that was replaced is reuse wherever it comes; the newest one is good at the old route as well."""
    first = oauth.http.log_in({"id": "mixed"}).json["refresh_token"]
    second = oauth.refresh(first).json["refresh_token"]

    assert oauth.http.ask("POST", "/auth/session", headers=bearer(second)).status == 201
    assert oauth.http.ask("POST", "/auth/session", headers=bearer(first)).status == 401
    assert oauth.http.ask("POST", "/auth/session", headers=bearer(second)).status == 401


def test_one_of_many_refreshes_wins(oauth: OAuth) -> None:
    """Of many refreshes with one token at once one gets tokens, which end with the session: it was in many hands."""
    token = oauth.http.log_in({"id": "racing"}).json["refresh_token"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: oauth.refresh(token), range(8)))

    (won,) = (answer for answer in answers if answer.status == 200)
    assert [answer.status for answer in answers].count(400) == 7
    assert oauth.refresh(won.json["refresh_token"]).status == 400


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoked_token_ends_the_session(oauth: OAuth, which: str) -> None:
    """Either token revokes; what is no token is answered alike (RFC 7009, 2.2)."""
    opened = oauth.http.log_in({"id": "revoked"}).json

    assert oauth.post("revoke", token=opened[which], token_type_hint=which).status == 200
    assert oauth.refresh(opened["refresh_token"]).json["error"] == "invalid_grant"
    assert oauth.post("revoke", token="nonsense").status == 200
    assert oauth.post("revoke").json["error"] == "invalid_request"


def test_bad_requests_have_the_form_of_the_standard(oauth: OAuth) -> None:
    """Errors are `error` and `error_description`, nothing else."""
    assert (
        oauth.post("token", grant_type="password", username="a", password="b").json["error"] == "unsupported_grant_type"
    )
    assert oauth.post("token", grant_type="refresh_token").json.keys() == {"error", "error_description"}
    opened = oauth.http.log_in({"id": "bad"}).json
    for token in (opened["access_token"], "nonsense", ""):
        assert oauth.refresh(token).json["error"] == "invalid_grant"
    wrong = oauth.post("token", grant_type="refresh_token", refresh_token=opened["refresh_token"], client_id="another")
    assert (wrong.status, wrong.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("endpoint", ["token", "revoke"])
@pytest.mark.parametrize(
    "body",
    [
        b"token=a&token=b", b"a&" * 65, b"a&" * 4_000_000, b"token=" + b"a" * (2 * 1024 * 1024), b"token=\xff",
        b"grant_type=refresh_token&grant_type=refresh_token&refresh_token=a", b"",
    ],
    ids=["repeated", "fields", "millions", "long", "no text", "grants", "empty"],
)  # fmt: skip
def test_form_that_is_none_is_refused_unread(oauth: OAuth, endpoint: str, body: bytes) -> None:
    """Fields that come twice, are too many or too long are refused as such (RFC 6749, 3.2)."""
    answer = oauth.http.send("POST", f"/oauth2/accounts/{endpoint}", body, FORM)

    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


def test_introspection_needs_a_server_key(oauth: OAuth) -> None:
    """A user's own key, a token and nothing at all do not introspect."""
    opened = oauth.http.log_in({"id": "curious"}).json
    body = json.dumps({"name": "mine"}).encode()
    key = oauth.http.ask("POST", "/auth/api_keys", body, JSON | bearer(opened["refresh_token"])).json["key"]

    for headers in ({}, bearer(key), bearer(opened["access_token"]), bearer("x"), {"Authorization": "Basic eDp5"}):
        answer = oauth.post("introspect", headers, token=opened["access_token"])
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.fixture(scope="module")
def rotating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, Path]]:
    """A server of `accounts` of its own, and its data directory."""
    folder = tmp_path_factory.mktemp("rotating")
    secrets = folder / "secrets.json"
    secrets.write_text(json.dumps({"tokenKey": "k" * 40, "olderTokenKey": "o" * 40}))
    with serve(folder / "data", [APPS / "accounts"], {"VESTIBULE_WORKERS": "1"}, secrets=secrets) as started:
        yield started, folder / "data"


def keys_command(data: Path, *arguments: str) -> list[str]:
    """What `vestibule keys` prints."""
    command = [sys.executable, "-m", "server", "keys", "--data-dir", str(data), *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    return ended.stdout.splitlines()


def test_rotated_key_is_published_before_it_signs(rotating: tuple[ServerProcess, Path]) -> None:
    """A new key logs nobody out: it is stored at once, and tokens by the earlier one stay good."""
    server, data = rotating
    oauth = OAuth(Http(url=server.url, app_id="accounts"))
    opened = oauth.http.log_in({"id": "stays"}).json
    before = keys_command(data)
    after = keys_command(data, "--rotate")

    assert len(before) == 1
    assert after[:1] == before
    assert len(after) == 2
    assert oauth.http.profile(opened["access_token"]).status == 200
    assert oauth.http.ask("POST", "/auth/session", headers=bearer(opened["refresh_token"])).status == 201
    now = time.time()
    assert jwt.decode(opened["access_token"], options={"verify_signature": False})["exp"] > now
