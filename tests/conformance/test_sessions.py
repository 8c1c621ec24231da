"""Sessions with the unmodified client: custom data, refresh, logout, deletion, events (contract 1.5-1.8, 7.6, 8.1)."""

from __future__ import annotations

from tests.conformance.realm_web import RealmWeb
from tests.conformance.server_process import ServerProcess


def test_custom_data_travels_in_the_token(realm_web: RealmWeb) -> None:
    """What the creation function wrote is in the first token, canonical; a change arrives with the next refresh."""
    printed = realm_web.run("custom-data.mjs")
    first, refreshed = printed["first"], printed["refreshed"]

    assert first.pop("_id").keys() == {"$oid"}
    assert first == {
        "user_id": printed["id"], "external_id": "custom-data",
        "visits": {"$numberInt": "3"}, "born": {"$date": {"$numberLong": "0"}},
    }  # fmt: skip
    assert printed["unrefreshed"]["visits"] == {"$numberInt": "3"}
    assert (refreshed["visits"], refreshed["note"]) == ({"$numberInt": "4"}, "changed")


def test_expired_access_token_is_renewed(server_of_short_tokens: ServerProcess) -> None:
    """The client renews an expired token without the application's help, and logs out when the session is over."""
    printed = RealmWeb(url=server_of_short_tokens.url, app_id="logins").run("expiry.mjs")
    refusal = printed["refusal"]

    assert refusal["status"] == 401
    assert refusal["body"]["error_code"] == "InvalidSession"
    assert refusal["body"]["error"] == "invalid session: access token expired"
    assert printed["called"] == {"value": 3}
    assert printed["isRenewed"]
    assert printed["afterwards"]["error"]["errorCode"] == "InvalidSession"
    assert printed["afterwards"]["error"]["error"] == "invalid session: failed to find refresh token"
    assert not printed["isLoggedIn"]


def test_log_out_ends_the_session(realm_web: RealmWeb) -> None:
    """After a logout the refresh token finds no session; the user may come back."""
    printed = realm_web.run("log-out.mjs")

    assert (printed["state"], printed["current"]) == ("logged-out", None)
    assert "error" in printed["called"]
    assert printed["refresh"]["status"] == 401
    assert printed["refresh"]["body"]["error_code"] == "InvalidSession"
    assert printed["refresh"]["body"]["error"] == "invalid session: failed to find refresh token"
    assert printed["isSameUser"]


def test_deleted_user_is_gone(realm_web: RealmWeb) -> None:
    """Deletion ends every token and frees the external id; its events ran, the DELETE one included."""
    printed = realm_web.run("delete-user.mjs")

    assert (printed["state"], printed["current"]) == ("removed", None)
    assert printed["status"] == 401
    assert printed["profile"]["value"]["error_code"] == "InvalidSession"
    assert not printed["isSameUser"]
    assert printed["events"] == ["CREATE", "DELETE", "LOGIN"]


def test_events_of_logins(realm_web: RealmWeb) -> None:
    """A first login makes CREATE and LOGIN, a second LOGIN; the functions run as system with the event's fields."""
    printed = realm_web.run("events.mjs")

    assert sorted(event["operationType"] for event in printed["kept"]) == ["CREATE", "LOGIN", "LOGIN"]
    for event in printed["kept"]:
        assert event["user_id"] == printed["id"]
        assert event["external_ids"] == ["eventful"]
        assert event["providers"] == ["custom-function"]
        assert event["is_date"]
        assert event["by_system"]
