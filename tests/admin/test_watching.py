"""What administrators watch: figures of calls, runs of a function, sessions, the queue and what was given up."""

from __future__ import annotations

import pytest

from tests.admin.conftest import AdminClient, in_time
from tests.conformance.http_client import Http, assert_refused, bearer

FAILS_AT_FIRST = (
    "exports = (event) => { if (context.values.get('broken')) { throw new Error('no: ' + event.user.id); } };"
)


def log_in(shop: AdminClient) -> tuple[str, str]:
    """An anonymous user and a refresh token."""
    body = Http(url=shop.http.url, app_id=shop.app_id).log_in({}, "anon-user").json
    return body["user_id"], body["refresh_token"]


@pytest.fixture
def broken(shop: AdminClient) -> AdminClient:
    """An app whose login trigger fails until the value `broken` is false."""
    assert shop.of_app("POST", "/functions", {"name": "greet", "source": FAILS_AT_FIRST}).status == 201
    assert shop.of_app("POST", "/values", {"name": "broken", "value": True}).status == 201
    trigger = {
        "name": "onLogin", "type": "AUTHENTICATION", "function_name": "greet", "disabled": False,
        "config": {"operation_type": "LOGIN", "providers": ["anon-user"]},
    }  # fmt: skip
    assert shop.of_app("POST", "/triggers", trigger).status == 201
    return shop


def test_a_dead_event_is_replayed(broken: AdminClient) -> None:
    """Listed without arguments, shown with them, run again once the cause is mended, and gone."""
    user_id, _ = log_in(broken)
    (dead,) = in_time(lambda: broken.of_app("GET", "/dead_events").json)
    assert (dead["trigger_name"], dead["function_name"], dead["attempts"]) == ("onLogin", "greet", 1)
    assert f"no: {user_id}" in dead["error"]
    assert "arguments" not in dead
    path = f"/dead_events/{dead['_id']}"
    assert broken.of_app("GET", path).json["arguments"][0]["user"]["id"] == user_id
    assert broken.of_app("GET", "/dead_events?trigger_name=other").json == []
    (value,) = broken.of_app("GET", "/values").json
    broken.of_app("PUT", f"/values/{value['_id']}", {"name": "broken", "value": False})

    assert broken.of_app("POST", f"{path}/replay").status == 204
    runs = in_time(lambda: list(broken.of_app("GET", "/logs?function_name=greet").json["logs"])[1:])
    assert len(runs) == 1
    assert broken.of_app("GET", "/dead_events").json == []
    assert_refused(broken.of_app("POST", f"{path}/replay"), 404, "NotFound", "was given up")


def test_a_deleted_trigger_is_still_run_for_what_it_is_owed(broken: AdminClient) -> None:
    """Events that wait for another attempt when their trigger is deleted are run, by the version served then."""
    (trigger,) = broken.of_app("GET", "/triggers").json
    path = f"/triggers/{trigger['_id']}"
    whole = {name: value for name, value in broken.of_app("GET", path).json.items() if name != "_id"}
    config = whole["config"] | {"retry": {"attempts": 100, "first_delay": 0.1, "longest_delay": 0.2}}
    assert broken.of_app("PUT", path, whole | {"config": config}).status == 204
    for _ in range(5):
        log_in(broken)
    in_time(lambda: broken.of_app("GET", "/trigger_queue").json["waiting"] == 5)

    assert broken.of_app("DELETE", path).status == 204
    assert broken.of_app("GET", "/trigger_queue").json["waiting"] == 5
    (value,) = broken.of_app("GET", "/values").json
    assert broken.of_app("PUT", f"/values/{value['_id']}", {"name": "broken", "value": False}).status == 200
    in_time(lambda: broken.of_app("GET", "/trigger_queue").json["waiting"] == 0)
    assert broken.of_app("GET", "/dead_events").json == []


def test_a_dead_event_is_discarded(broken: AdminClient) -> None:
    """It is gone for good, and another time there is none."""
    log_in(broken)
    (dead,) = in_time(lambda: broken.of_app("GET", "/dead_events").json)
    path = f"/dead_events/{dead['_id']}"

    assert broken.of_app("DELETE", path).status == 204
    assert_refused(broken.of_app("DELETE", path), 404, "NotFound", "was given up")
    assert_refused(broken.of_app("GET", path), 404, "NotFound", "was given up")


def test_the_queue_shows_what_watches(shop: AdminClient) -> None:
    """A scheduled trigger is active, and owes nothing yet; resuming it changes nothing."""
    assert shop.of_app("POST", "/functions", {"name": "later", "source": "exports = () => 1;"}).status == 201
    trigger = {
        "name": "nightly", "type": "SCHEDULED", "function_name": "later", "disabled": False,
        "config": {"schedule": "0 0 1 1 *"},
    }  # fmt: skip
    made = shop.of_app("POST", "/triggers", trigger).json["_id"]
    states = in_time(lambda: shop.of_app("GET", "/trigger_queue").json["triggers"])
    assert states == [{"name": "nightly", "type": "SCHEDULED_TRIGGER", "status": "active", "reason": ""}]

    assert shop.of_app("PUT", f"/triggers/{made}/resume", {}).status == 204
    assert shop.of_app("GET", "/trigger_queue").json == {"triggers": states, "waiting": 0, "events": []}


def test_figures_count_calls(shop: AdminClient) -> None:
    """Calls, errors, latency and memory of the last minutes, by step and by function."""
    shop.of_app("POST", "/functions", {"name": "one", "source": "exports = () => 1;"})
    shop.of_app("POST", "/functions", {"name": "bad", "source": "exports = () => { throw new Error('x'); };"})
    for name in ("one", "one", "bad"):
        shop.of_app("POST", "/debug/execute_function?run_as_system=true", {"name": name})
    in_time(lambda: shop.of_app("GET", "/metrics").json["total"]["calls"] == 3)
    figures = shop.of_app("GET", "/metrics?minutes=60").json

    assert (figures["total"]["calls"], figures["total"]["errors"]) == (3, 1)
    assert [(one["name"], one["calls"], one["errors"]) for one in figures["functions"]] == [
        ("bad", 1, 1),
        ("one", 2, 0),
    ]
    assert sum(step["calls"] for step in figures["steps"]) == 3
    assert figures["functions"][1]["median_ms"] > 0
    assert figures["functions"][1]["memory_bytes"] > 65536
    assert_refused(shop.of_app("GET", "/metrics?minutes=1000"), 400, "InvalidParameter", "minutes")


def test_runs_of_one_function_are_found(shop: AdminClient) -> None:
    """The log entries of that function alone."""
    for name in ("one", "two"):
        shop.of_app("POST", "/functions", {"name": name, "source": f"exports = () => console.log('{name}');"})
        shop.of_app("POST", "/debug/execute_function?run_as_system=true", {"name": name})

    (run,) = in_time(lambda: shop.of_app("GET", "/logs?function_name=two").json["logs"])
    assert (run["function_name"], run["messages"]) == ("two", ["two"])


def test_one_session_is_ended(shop: AdminClient) -> None:
    """The user's sessions are listed; the token of the one that is ended is worth nothing."""
    http = Http(url=shop.http.url, app_id=shop.app_id)
    user_id, token = log_in(shop)
    (session,) = shop.of_app("GET", f"/users/{user_id}/sessions").json
    assert session["provider_type"] == "anon-user"
    assert session["created"] < session["expires"]
    assert_refused(
        shop.of_app("DELETE", f"/users/{'0' * 24}/sessions/{session['_id']}"), 404, "UserNotFound", "session"
    )

    assert shop.of_app("DELETE", f"/users/{user_id}/sessions/{session['_id']}").status == 204
    assert shop.of_app("GET", f"/users/{user_id}/sessions").json == []
    assert http.ask("POST", "/auth/session", headers=bearer(token)).status == 401


def test_a_deployment_shows_what_it_changed(shop: AdminClient) -> None:
    """Against the one before, or against what is served now; powers in words; which one is served is said."""
    shop.of_app("POST", "/functions", {"name": "f", "source": "exports = () => 1;"})
    shop.of_app("POST", "/functions", {"name": "g", "source": "exports = () => 2;", "run_as_system": True})
    newest, before, *_ = shop.of_app("GET", "/deployments").json
    assert [newest["served"], before["served"]] == [True, False]

    made = shop.of_app("GET", f"/deployments/{newest['_id']}/diff").json
    assert made["files"]["functions/g.js"] == "added"
    assert any("+exports = () => 2;" in diff for diff in made["diffs"])
    assert any(power.startswith("+ function g") for power in made["powers"])
    back = shop.of_app("GET", f"/deployments/{before['_id']}/diff?against=served").json
    assert back["files"]["functions/g.js"] == "deleted"
    assert shop.of_app("GET", f"/deployments/{newest['_id']}/diff?against=served").json["files"] == {}
