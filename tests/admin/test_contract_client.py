"""The Admin API asked by a client that knows nothing but the contract's text: urllib, JSON, and section 12."""

from __future__ import annotations

import io
import json
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.admin.conftest import vestibule
from tests.conformance.server_process import PATIENCE, ServerProcess


@dataclass
class Client:
    """What an author of vendor tools would write after reading the contract."""

    url: str
    token: str = ""

    def send(self, method: str, path: str, body: object = None, *, base: str = "/api/admin/v3.0") -> tuple[int, Any]:
        """Status and decoded body; types are exactly `application/json`, and 204 has none (12)."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        try:
            with urlopen(Request(self.url + base + path, data, headers, method=method), timeout=120) as answer:
                text, status, type_ = answer.read(), answer.status, answer.headers["Content-Type"]
        except HTTPError as refusal:
            with refusal:
                text, status, type_ = refusal.read(), refusal.code, refusal.headers["Content-Type"]
        if status == 204:
            assert (text, type_) == (b"", None)
            return status, None
        if type_ != "application/json":
            return status, text
        return status, json.loads(text)


@pytest.fixture
def client(server: ServerProcess, data_dir: Path) -> Client:
    """Logged in with a key pair, as `realm-cli` does it (12.1)."""
    made = vestibule(data_dir, "admins", "add-key", "--role", "owner")
    public, private = (line.split()[-1] for line in made.stdout.strip().splitlines()[:2])
    client = Client(server.url)
    status, session = client.send(
        "POST", "/auth/providers/mongodb-cloud/login", {"username": public, "apiKey": private}
    )
    assert (status, session.keys()) == (200, {"access_token", "refresh_token", "user_id", "device_id"})
    refreshing = Client(server.url, session["refresh_token"])
    status, refreshed = refreshing.send("POST", "/auth/session")
    assert (status, refreshed.keys()) == (201, {"access_token"})
    client.token = refreshed["access_token"]
    return client


def test_a_day_with_the_admin_api(client: Client) -> None:
    """Log in, make an app, push it as vendor tools do, look at it, run it, manage users, export, roll back, delete."""
    assert client.send("GET", "/version", base="/api/private/v1.0")[0] == 200
    profile = client.send("GET", "/auth/profile")[1]
    (group,) = {role["group_id"] for role in profile["roles"]}
    status, app = client.send("POST", f"/groups/{group}/apps", {"name": "bookshop", "location": "US-VA"})
    assert status == 201
    assert app.keys() >= {"_id", "client_app_id", "name", "domain_id", "group_id", "location", "product"}
    every = [client.send("GET", f"/groups/{group}/apps{query}")[1] for query in ("", "?product=atlas")]
    assert [sum(one["_id"] == app["_id"] for one in apps) for apps in every] == [1, 0]
    here = f"/groups/{group}/apps/{app['_id']}"
    assert client.send("GET", f"{here}/drafts") == (200, [])
    _push(client, here)
    _look(client, here)
    _run(client, here)
    _manage_users(client, here)
    _secrets(client, here)
    _roll_back(client, here)
    assert client.send("DELETE", here)[0] == 204
    assert client.send("GET", here)[0] == 404


def _push(client: Client, here: str) -> None:
    """Import with diff, draft, import, deploy, poll (12.2, 13)."""
    body = {
        "config_version": 20210101, "app_id": "another-abcde", "name": "bookshop",
        "functions": {
            "config": [{"name": "sum", "private": True}],
            "sources": {"sum.js": "exports = (a, b) => { console.log('adding'); return a + b; };"},
        },
        "auth": {"providers": {
            "anon-user": {"name": "anon-user", "type": "anon-user", "disabled": False},
            "local-userpass": {"name": "local-userpass", "type": "local-userpass", "config": {"autoConfirm": True}},
        }},
        "values": [{"name": "greeting", "value": "hello", "from_secret": False}],
    }  # fmt: skip
    status, changes = client.send("POST", f"{here}/import?strategy=replace-by-name&diff=true", body)
    assert status == 200
    assert all(isinstance(change, str) for change in changes)
    status, draft = client.send("POST", f"{here}/drafts")
    assert (status, draft.keys()) == (201, {"_id", "user_id", "app"})
    status, refusal = client.send("POST", f"{here}/drafts")
    assert (status, refusal["error_code"]) == (409, "DraftAlreadyExists")
    assert client.send("POST", f"{here}/import?strategy=replace-by-name", body)[0] == 204
    diff = client.send("GET", f"{here}/drafts/{draft['_id']}/diff")[1]
    assert any("sum.js" in change for change in diff["diffs"])
    status, deployment = client.send("POST", f"{here}/drafts/{draft['_id']}/deployment")
    assert (status, deployment["status"]) == (201, "created")
    assert _ended(client, here, deployment["_id"])["status"] == "successful"
    assert client.send("POST", f"{here}/import?strategy=replace-by-name&diff=true", body) == (200, [])


def _ended(client: Client, here: str, deployment: str) -> Any:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        found = client.send("GET", f"{here}/deployments/{deployment}")[1]
        if found["status"] in {"successful", "failed"}:
            return found
        time.sleep(0.02)
    pytest.fail("the deployment never ended")


def _look(client: Client, here: str) -> None:
    """The summary, the objects (12.2, 12.3)."""
    described = client.send("GET", f"{here}/description")[1]
    assert described["functions"] == [{"name": "sum", "path": "functions/sum.js"}]
    assert (described["service_descs"], described["event_subscription"]) == ([], [])
    (function,) = client.send("GET", f"{here}/functions")[1]
    whole = client.send("GET", f"{here}/functions/{function['_id']}")[1]
    assert (whole["name"], "adding" in whole["source"]) == ("sum", True)
    providers = client.send("GET", f"{here}/auth_providers")[1]
    anonymous = next(one for one in providers if one["type"] == "anon-user")
    path = f"{here}/auth_providers/{anonymous['_id']}"
    assert client.send("PATCH", path, {"metadata_fields": [{"name": "email", "required": False}]})[0] == 204
    assert [client.send("PUT", f"{path}/{switch}")[0] for switch in ("disable", "enable")] == [204, 204]
    assert client.send("GET", f"{here}/environment_values") == (200, [])
    assert client.send("GET", f"{here}/logs")[1]["logs"] == []


def _run(client: Client, here: str) -> None:
    """A private function, in plain JSON and in EJSON (12.5)."""
    path = f"{here}/debug/execute_function?run_as_system=true"
    answer = client.send("POST", path, {"name": "sum", "arguments": [1, {"$numberInt": "2"}]})[1]
    assert (answer["result"], answer["logs"]) == ({"$numberInt": "3"}, ["adding"])
    assert answer["stats"]["execution_time"].endswith("ms")


def _manage_users(client: Client, here: str) -> None:
    """Made, listed, disabled, logged out, deleted (12.4)."""
    status, user = client.send("POST", f"{here}/users", {"email": "a@example.com", "password": "correct horse"})
    assert (status, user["disabled"], user["last_authentication_date"]) == (201, False, 0)
    assert len(user["identities"][0]["provider_id"]) == 24
    path = f"{here}/users/{user['_id']}"
    assert [client.send("PUT", f"{path}/{action}")[0] for action in ("disable", "enable", "logout")] == [204] * 3
    assert [one["_id"] for one in client.send("GET", f"{here}/users?status=enabled&sort=_id")[1]] == [user["_id"]]
    assert client.send("GET", f"{path}/devices") == (200, [])
    assert client.send("DELETE", path)[0] == 204
    status, refusal = client.send("POST", f"{here}/users/verify_token", {"token": "e30.e30.e30"})
    assert (status, refusal["error"]) == (401, "signature is invalid")


def _secrets(client: Client, here: str) -> None:
    """Kept, renamed with an empty value, never shown (12.3)."""
    status, secret = client.send("POST", f"{here}/secrets", {"name": "one", "value": "hidden text"})
    assert (status, {"_id", "name"} <= secret.keys()) == (201, True)
    path = f"{here}/secrets/{secret['_id']}"
    assert client.send("PUT", path, {"name": "two", "value": ""})[0] == 204
    assert "hidden" not in json.dumps(client.send("GET", f"{here}/secrets")[1])
    assert client.send("DELETE", path)[0] == 204
    assert client.send("DELETE", path)[1]["error"] == f'secret not found: "{secret["_id"]}"'


def _roll_back(client: Client, here: str) -> None:
    """The export holds what was pushed; an earlier deployment is served again (12.2)."""
    archive = zipfile.ZipFile(io.BytesIO(client.send("GET", f"{here}/export?version=20210101&source_control=true")[1]))
    assert json.loads(archive.read("values/greeting.json"))["value"] == "hello"
    assert archive.read("auth/providers.json").endswith(b"\n}\n")
    deployments = client.send("GET", f"{here}/deployments")[1]
    assert len(deployments) <= 25
    assert client.send("POST", f"{here}/deployments/{deployments[-1]['_id']}/redeploy")[0] == 204
    assert client.send("GET", f"{here}/values") == (200, [])
