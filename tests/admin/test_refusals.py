"""What the rules refuse: the author reads the role and the reason in the logs, the client does not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.admin.conftest import PASSWORD, AdminClient, log_in, vestibule
from tests.conformance.http_client import JSON, Http, bearer
from tests.conformance.server_process import APPS, PATIENCE, ServerProcess, serve


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of an app with rules, which has an administrator."""
    data = tmp_path_factory.mktemp("ruled")
    assert vestibule(data, "admins", "add", "ada", text=PASSWORD).returncode == 0
    with serve(data, [APPS / "logins"], {"VESTIBULE_WORKERS": "1"}) as started:
        yield started


def _entry(server: ServerProcess, co_id: str) -> dict[str, object]:
    """The entry of a request in the app's log, as the Admin API has it; entries are written soon, not at once."""
    admin = log_in(server, "ada")
    group = admin.ask("GET", "/auth/profile").json["roles"][0]["group_id"]
    apps = admin.ask("GET", f"/groups/{group}/apps").json
    app = next(app for app in apps if app["client_app_id"] == "logins")
    client = AdminClient(admin.http, admin.token, f"/groups/{group}/apps/{app['_id']}")
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        logs: list[dict[str, object]] = client.of_app("GET", "/logs?errors_only=true").json["logs"]
        if found := [entry for entry in logs if entry["co_id"] == co_id]:
            return found[0]
        time.sleep(0.02)
    pytest.fail("the refusal was never logged")


@pytest.mark.parametrize(
    ("collection", "action", "arguments", "text", "reason"),
    [
        ("board", "insertOne", {"document": {"title": "forged"}}, "insert not permitted", "role 'reader': "),
        ("people", "find", {}, "no rule exists for namespace 'lobby.people'", "neither the collection nor the default"),
        ("notes", "insertOne", {"document": {"owner_id": "x"}}, "insert not permitted", "no role applies"),
    ],
)
def test_author_alone_reads_why(
    ruled: ServerProcess, collection: str, action: str, arguments: dict[str, object], text: str, reason: str
) -> None:
    """The client gets the contract's text; the log entry names role and reason, user, operation and collection."""
    http = Http(url=ruled.url, app_id="logins")
    answered = http.log_in({"id": "outsider"})
    assert answered.status == 200, answered.body
    login = answered.json
    call = {"database": "lobby", "collection": collection, **arguments}
    body = json.dumps({"service": "mongodb-atlas", "name": action, "arguments": [call]}).encode()
    answer = http.ask("POST", "/app/logins/functions/call", body, JSON | bearer(login["access_token"]))

    assert (answer.status, answer.json["error"], answer.json["error_code"]) == (403, text, "NoMatchingRuleFound")
    entry = _entry(ruled, answer.json["link"].partition("co_id=")[2])
    assert entry["user_id"] == login["user_id"]
    assert entry["function_name"] == f"mongodb-atlas.{action}"
    assert str(entry["error"]).startswith(f"lobby.{collection}: {text}: ")
    assert reason in str(entry["error"])
