"""Tokens of identity providers: good ones log in with their metadata, no other does, and keys may rotate (7.1, 7.4)."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.conformance.http_client import Answer, Http, assert_refused
from tests.conformance.identity_provider import CLIENT_ID, Issuer
from tests.conformance.realm_web import RealmWeb

GOOD_CUSTOM: dict[str, Any] = {"aud": ["one", "two"], "iss": None}


def profile_of(http: Http, answer: Answer) -> dict[str, object]:
    """The data of the user who logged in."""
    assert answer.status == 200, answer.body
    data: dict[str, object] = http.profile(answer.json["access_token"]).json["data"]
    return data


@pytest.mark.parametrize("provider", ["oauth2-google", "oauth2-apple"])
def test_id_token_logs_in(federated: Http, idp: Issuer, provider: str) -> None:
    """An ID token makes a user with the provider's metadata, which each login refreshes."""
    first = federated.log_in({"id_token": idp.token(sub=provider)}, provider)
    second = federated.log_in({"id_token": idp.token(sub=provider, name="Countess")}, provider)

    assert profile_of(federated, first) == {
        "name": "Countess", "first_name": "Ada", "last_name": "Lovelace", "email": "ada@outside.example",
    }  # fmt: skip
    assert second.json["user_id"] == first.json["user_id"]


@pytest.mark.parametrize("verified", [False, None, "false", 1])
def test_unverified_address_is_not_taken_over(federated: Http, idp: Issuer, *, verified: object) -> None:
    """What the provider does not vouch for is no data of the user, and opens no door for people of a domain."""
    token = idp.token(sub="unverified", email_verified=verified)
    inside = idp.token(sub="unverified", email="ada@inside.example", email_verified=verified)

    assert "email" not in profile_of(federated, federated.log_in({"id_token": token}, "oauth2-apple"))
    assert_refused(federated.log_in({"id_token": inside}, "oauth2-google"), 403, "DomainNotAllowed", "domain")


def test_code_of_the_client_is_exchanged(federated: Http, idp: Issuer) -> None:
    """A code that the client got is exchanged for an ID token with the app's secret; an unknown one is refused."""
    idp.tokens["good"] = {"id_token": idp.token(sub="by code")}

    assert profile_of(federated, federated.log_in({"authCode": "good"}, "oauth2-google"))["name"] == "Ada Lovelace"
    assert_refused(federated.log_in({"authCode": "bad"}, "oauth2-google"), 401, "AuthError", "unauthorized")


def test_domains_are_restricted(federated: Http, idp: Issuer) -> None:
    """Where the app names domains, addresses of others are refused, and so is a person without an address."""
    for email in ("ada@inside.example", "ada@notoutside.example", None):
        token = idp.token(sub="elsewhere", email=email)
        assert_refused(federated.log_in({"id_token": token}, "oauth2-google"), 403, "DomainNotAllowed", "domain")


def test_facebook_is_asked(federated: Http, idp: Issuer) -> None:
    """A token is good if Facebook says it was given to this app, and its owner is who Facebook says."""
    debug = {"is_valid": True, "app_id": CLIENT_ID, "user_id": "fb1"}
    me = {"id": "fb1", "name": "Ada", "picture": {"data": {"url": "https://x/y.png"}}, "age_range": {"min": 21}}
    idp.facebook = {"/debug_token": {"data": debug}, "/me": me}
    data = profile_of(federated, federated.log_in({"accessToken": "t"}, "oauth2-facebook"))
    idp.facebook["/debug_token"] = {"data": debug | {"app_id": "another"}}
    foreign = federated.log_in({"accessToken": "t"}, "oauth2-facebook")
    idp.facebook["/debug_token"] = {"data": debug | {"is_valid": False}}
    invalid = federated.log_in({"accessToken": "t"}, "oauth2-facebook")
    idp.facebook["/debug_token"] = {"data": debug | {"user_id": "fb2"}}
    mixed = federated.log_in({"accessToken": "t"}, "oauth2-facebook")

    assert data == {"name": "Ada", "picture": "https://x/y.png", "min_age": "21"}
    for refused in (foreign, invalid, mixed, federated.log_in({"accessToken": ""}, "oauth2-facebook")):
        assert_refused(refused, 401, "AuthError", "unauthorized")


def test_token_by_key_set_logs_in(federated: Http, idp: Issuer) -> None:
    """With a key set's URL a token by any of its keys logs in; all configured audiences have to be in it."""
    token = idp.token(sub="by key set", **GOOD_CUSTOM)

    assert federated.log_in({"token": token}, "custom-token").status == 200
    one = federated.log_in({"token": idp.token(sub="by key set", aud="one")}, "custom-token")
    assert_refused(one, 401, "AuthError", "unauthorized")


def test_keys_rotate_without_a_restart(federated: Http, idp: Issuer) -> None:
    """A token by a key that appears later logs in once the set was due; made-up key ids cause hardly any fetches."""
    federated.log_in({"token": idp.token(**GOOD_CUSTOM)}, "custom-token")
    fetched = idp.asked.count("/jwks_uri")
    for number in range(5):
        unknown = idp.token(headers={"kid": f"made up {number}"}, **GOOD_CUSTOM)
        assert_refused(federated.log_in({"token": unknown}, "custom-token"), 401, "AuthError", "unauthorized")

    assert idp.asked.count("/jwks_uri") <= fetched + 1


def _public_pem(idp: Issuer) -> str:
    key = idp.keys["first"].public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


def _confused(idp: Issuer) -> str:
    """A token whose HMAC was made with the public key's text, as a verifier that believes `alg` would check it."""
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"first","typ":"JWT"}').rstrip(b"=")
    body = idp.token().split(".")[1].encode()
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = mac.sign(head + b"." + body, _public_pem(idp).encode())
    return b".".join((head, body, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()


def _own_key(idp: Issuer) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return jwt.encode(idp.claims(), key, algorithm="ES256", headers={"kid": "first", "jwk": public})


BAD: dict[str, Callable[[Issuer], str]] = {
    "HMAC by the public key": _confused,
    "key in the header": _own_key,
    "another issuer": lambda idp: idp.token(iss="https://evil.example"),
    "another audience": lambda idp: idp.token(aud="another"),
    "no audience": lambda idp: idp.token(aud=None),
    "another party": lambda idp: idp.token(azp="another"),
    "several audiences, no party": lambda idp: idp.token(aud=[CLIENT_ID, "another"]),
    "expired": lambda idp: idp.token(exp=int(time.time()) - 1),
    "from the future": lambda idp: idp.token(iat=int(time.time()) + 3600),
    "no subject": lambda idp: idp.token(sub=None),
    "no key id": lambda idp: jwt.encode(idp.claims(), idp.keys["first"], algorithm="RS256"),
    "key by address": lambda idp: idp.token(headers={"kid": "other", "jku": f"{idp.url}/evil"}),
    "none": lambda idp: idp.token().rpartition(".")[0].replace("RS256", "none") + ".",
    "nonsense": lambda _: "not.a.token",
}


@pytest.mark.parametrize("provider", ["oauth2-apple", "oauth2-oidc"])
@pytest.mark.parametrize("trick", BAD)
def test_bad_id_token_is_refused(federated: Http, idp: Issuer, trick: str, provider: str) -> None:
    """Whatever is wrong, the answer is the same, and no address of the token's own is ever asked."""
    answer = federated.log_in({"id_token": BAD[trick](idp)}, provider)

    assert_refused(answer, 401, "AuthError", "unauthorized")
    assert "/evil" not in idp.asked


def test_provider_that_is_down_logs_nobody_in(federated: Http, idp: Issuer) -> None:
    """Without the provider a code proves nothing; keys that are known go on serving."""
    federated.log_in({"id_token": idp.token()}, "oauth2-apple")
    idp.is_down = True
    try:
        by_code = federated.log_in({"authCode": "good"}, "oauth2-google")
        by_token = federated.log_in({"id_token": idp.token()}, "oauth2-apple")
    finally:
        idp.is_down = False

    assert_refused(by_code, 401, "AuthError", "unauthorized")
    assert by_token.status == 200


def test_client_logs_in_by_each_provider(federated: Http, idp: Issuer) -> None:
    """The unmodified client logs in by what Google, Apple and Facebook gave it, and links one of them."""
    idp.facebook = {
        "/debug_token": {"data": {"is_valid": True, "app_id": CLIENT_ID, "user_id": "fb9"}},
        "/me": {"id": "fb9", "first_name": "Ada"},
    }
    tokens = [idp.token(sub="web"), idp.token(sub="web"), "facebook token", idp.token(sub="linked", email=None)]
    printed = RealmWeb(url=federated.url, app_id="federated").run("federated.mjs", *tokens)

    people = [printed[name]["value"] for name in ("google", "apple", "facebook")]
    assert [person["providerType"] for person in people] == ["oauth2-google", "oauth2-apple", "oauth2-facebook"]
    assert [person["profile"]["firstName"] for person in people] == ["Ada"] * 3
    assert len({person["id"] for person in people}) == 3
    linked = [identity["providerType"] for identity in printed["linked"]["identities"]]
    assert linked == ["anon-user", "oauth2-apple"]
