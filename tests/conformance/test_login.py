"""Logins with the unmodified client: what the author's function returns, and what becomes of it (contract 7.3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conformance.http_client import Http, bearer
from tests.conformance.realm_web import Printed, RealmWeb
from tests.conformance.server_process import ServerProcess

PREFIX = "error executing auth function: "


def refusal_of(realm_web: RealmWeb, payload: object) -> Printed:
    """The error of a login that must fail."""
    [outcome] = realm_web.run("login.mjs", [payload])
    assert "error" in outcome, f"the login of {payload} succeeded: {outcome}"
    return outcome["error"]


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        ({"id": "text-id"}, None),
        ({"does": "object", "id": "object-id"}, None),
        ({"does": "named", "id": "named-id", "name": "Ada"}, "Ada"),
    ],
)
def test_function_names_the_user(realm_web: RealmWeb, payload: dict[str, str], name: str | None) -> None:
    """A string, `{id}` and `{id, name}` log in; the external id is the identity's, the name the profile's."""
    [outcome] = realm_web.run("login.mjs", [payload])
    user = outcome["value"]

    assert user["state"] == "active"
    assert user["providerType"] == "custom-function"
    assert user["profile"] == ({"name": name} if name else {})
    assert [identity["id"] for identity in user["identities"]] == [payload["id"]]
    assert len(user["id"]) == len(user["deviceId"]) == 24
    assert user["id"] != payload["id"]


def test_same_external_id_is_the_same_user(realm_web: RealmWeb) -> None:
    """Whatever form it came in, an external id belongs to one user; another is another user."""
    payloads = [{"id": "twin"}, {"does": "named", "id": "twin", "name": "T"}, {"id": "Twin"}]
    text, named, other = [outcome["value"]["id"] for outcome in realm_web.run("login.mjs", payloads)]

    assert text == named != other


@pytest.mark.parametrize(
    "end", ["number", "null", "returnsNothing", "boolean", "empty", "array", "withoutId", "numberId", "objectId"]
)
def test_wrong_type_is_no_login(realm_web: RealmWeb, end: str) -> None:
    """Whatever names nobody fails the login as the contract says: 401, AuthError."""
    error = refusal_of(realm_web, {"does": end, "id": "nobody"})

    assert (error["type"], error["statusCode"], error["errorCode"]) == ("MongoDBRealmError", 401, "AuthError")
    assert error["error"].startswith(PREFIX)


@pytest.mark.parametrize(
    ("end", "text"),
    [
        ("throws", PREFIX + '{"message":"no such person","name":"Error"}'),
        ("rejects", PREFIX + '{"message":"rejected at the door","name":"TypeError"}'),
        ("throwsText", PREFIX + "just text"),
        ("throwsObject", PREFIX + '{"reason":"an object"}'),
        ("throwsNothing", PREFIX + "undefined"),
        ("unknownName", PREFIX + "ReferenceError: 'unknown' is not defined"),
    ],
)
def test_throw_is_a_refusal_with_its_text(realm_web: RealmWeb, end: str, text: str) -> None:
    """What the function throws reaches the application, in every field that the client makes of it."""
    error = refusal_of(realm_web, {"does": end})
    url = f"{realm_web.url}/api/client/v2.0/app/logins/auth/providers/custom-function/login"

    assert error["error"] == text
    assert error["message"].startswith(f"Request failed (POST {url}): {text} (status 401")
    assert {name: error[name] for name in ("type", "method", "url", "statusCode", "errorCode")} == {
        "type": "MongoDBRealmError", "method": "POST", "url": url,
        "statusCode": 401, "errorCode": "AuthError",
    }  # fmt: skip
    assert error["link"].startswith(f"{realm_web.url}/groups/")
    assert "logs?co_id=" in error["link"]


def test_throw_is_logged_with_file_and_line(realm_web: RealmWeb, server: ServerProcess) -> None:
    """The author finds the message and the place of a throw in the log."""
    start = len(server.output.text)
    refusal_of(realm_web, {"does": "throws"})

    server.output.wait_for(r"no such person[^\0]*?functions/logIn\.js:\d+", start=start)


def test_payload_arrives_as_sent(realm_web: RealmWeb) -> None:
    """The function gets the credentials, types preserved, and nothing of the client's own `options`."""
    payload = {"does": "echoed", "text": "ä", "n": 1, "large": 5_000_000_000, "half": 1.5, "list": [None, True]}
    [outcome] = realm_web.run("login.mjs", [payload])

    assert outcome["value"]["identities"][0]["id"] == (
        '{"does":"echoed","text":"ä","n":{"$numberLong":"1"},"large":{"$numberLong":"5000000000"},'
        '"half":{"$numberDouble":"1.5"},"list":[null,true]}'
    )


def test_anonymous_login(realm_web: RealmWeb) -> None:
    """An anonymous user is reused by its client, unless it asks for another."""
    printed = realm_web.run("anonymous.mjs")

    assert printed["first"]["providerType"] == "anon-user"
    assert printed["first"]["state"] == "active"
    assert printed["first"]["id"] == printed["again"] != printed["other"]


def test_failing_creation_function_leaves_nothing(realm_web: RealmWeb) -> None:
    """Neither an account nor a document comes of a login whose creation function throws, however often it is tried."""
    first = refusal_of(realm_web, {"id": "refused-1"})
    refusal_of(realm_web, {"id": "refused-1"})
    seen = realm_web.run("calls.mjs", {"id": "witness"}, [["peopleAsSystem", "refused-1"]])

    assert (first["statusCode"], first["errorCode"]) == (401, "AuthError")
    assert "no room for refused-1" in first["error"]
    assert seen["outcomes"][0]["value"] | {"user": ""} == {"people": 0, "creations": 0, "user": "", "isSystem": True}


def test_simultaneous_first_logins_make_one_user(realm_web: RealmWeb) -> None:
    """Eight clients log in for the first time at once: one user, whose creation function ran once."""
    printed = realm_web.run("simultaneous.mjs")

    assert len(set(printed["ids"])) == 1
    assert (printed["seen"]["people"], printed["seen"]["creations"]) == (1, 1)


def test_login_beside_a_deletion_is_a_first_login(http: Http) -> None:
    """Whose account is deleted at the very moment of a login gets a new one; right credentials are not refused."""

    def come_and_go(_: int) -> int:
        answer = http.log_in({"id": "restless"})
        if answer.status == 200:
            http.ask("DELETE", "/auth/delete", headers=bearer(answer.json["access_token"]))
        return answer.status

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(come_and_go, range(200))) == {200}
