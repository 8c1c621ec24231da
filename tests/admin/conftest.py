"""A server with no apps, and administrators who know nothing but the contract."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.admin.command_place import Place, run
from tests.admin.conforming import assert_conforming
from tests.conformance.http_client import JSON, Answer, Http, bearer
from tests.conformance.server_process import PATIENCE, ServerProcess, serve

ADMIN = "/api/admin/v3.0"
PASSWORD = "correct horse battery staple"


Found = TypeVar("Found")


@dataclass(slots=True)
class AdminClient:
    """One administrator's session, and one app it works on."""

    http: Http
    token: str
    app: str = ""
    app_id: str = ""
    answers: list[Answer] = field(default_factory=list)

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """A request below the Admin API, with a JSON body."""
        data = None if body is None else json.dumps(body).encode()
        answer = self.http.send(method, ADMIN + path, data, JSON | bearer(self.token))
        assert_conforming(method, ADMIN + path, answer)
        return answer

    def of_app(self, method: str, path: str = "", body: object = None) -> Answer:
        """A request about the app."""
        return self.ask(method, self.app + path, body)

    def new_app(self, name: str) -> AdminClient:
        """The same session, working on a new app."""
        group = self.ask("GET", "/auth/profile").json["roles"][0]["group_id"]
        made = self.ask("POST", f"/groups/{group}/apps", {"name": name})
        assert made.status == 201, made.body
        path = f"/groups/{group}/apps/{made.json['_id']}"
        return AdminClient(self.http, self.token, path, made.json["client_app_id"])

    def push(self, body: dict[str, Any]) -> dict[str, Any]:
        """As vendor tools do it: draft, import, deploy, ask until it has ended."""
        draft = self.of_app("POST", "/drafts")
        assert draft.status == 201, draft.body
        assert self.of_app("POST", "/import?strategy=replace-by-name", body).status == 204
        begun = self.of_app("POST", f"/drafts/{draft.json['_id']}/deployment")
        assert (begun.status, begun.json["status"]) == (201, "created")
        return self.ended(begun.json["_id"])

    def ended(self, deployment_id: str) -> dict[str, Any]:
        """The deployment once it is successful or failed."""
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            deployment: dict[str, Any] = self.of_app("GET", f"/deployments/{deployment_id}").json
            if deployment["status"] in {"successful", "failed"}:
                return deployment
            time.sleep(0.02)
        pytest.fail("the deployment never ended")

    def call(self, name: str, *arguments: object) -> Any:
        """What a client that logs in anonymously gets from a function."""
        http = Http(url=self.http.url, app_id=self.app_id)
        token = http.log_in({}, "anon-user").json["access_token"]
        return http.call(token, name, *arguments).json

    def operate(self, action: str, arguments: dict[str, Any]) -> Answer:
        """One operation on the app's documents by an anonymous client."""
        http = Http(url=self.http.url, app_id=self.app_id)
        token = http.log_in({}, "anon-user").json["access_token"]
        body = {"name": action, "service": "mongodb-atlas", "arguments": [arguments]}
        return http.ask("POST", f"/app/{self.app_id}/functions/call", json.dumps(body).encode(), JSON | bearer(token))


def vestibule(data_dir: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """A command on the server's data."""
    command = [sys.executable, "-m", "server", *arguments, "--data-dir", str(data_dir)]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=PATIENCE)


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's data, with an owner in it."""
    directory = tmp_path_factory.mktemp("administration")
    assert vestibule(directory, "admins", "add", "ada", text=PASSWORD).returncode == 0
    return directory


@pytest.fixture(scope="session")
def server(data_dir: Path) -> Iterator[ServerProcess]:
    """A server that begins without apps."""
    with serve(data_dir, [], {}) as process:
        yield process


@pytest.fixture(scope="session")
def owner(server: ServerProcess) -> AdminClient:
    """Ada, who may do everything."""
    return log_in(server, "ada")


@pytest.fixture
def shop(owner: AdminClient) -> Iterator[AdminClient]:
    """An app of Ada's that lets anybody in."""
    client = owner.new_app("shop")
    assert client.of_app("POST", "/auth_providers", {"name": "anon-user", "type": "anon-user"}).status == 201
    yield client
    assert client.of_app("DELETE").status == 204


@pytest.fixture(scope="session")
def stocked_place(server: ServerProcess, owner: AdminClient, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Ada's, logged in twice, with an app that was pushed."""
    tmp = tmp_path_factory.mktemp("commands")
    made = Place(server.url, server.data_dir, tmp / "every", tmp)
    with pytest.MonkeyPatch.context() as patch:
        settle(made, patch)
        for line in ("login {url} --username ada", "login {url} --username ada --profile other"):
            patch.setattr(sys, "stdin", io.StringIO(PASSWORD))
            assert run(made.arguments(line)) == 0
        (tmp / "users.csv").write_text("_id,email\n0123456789abcdef01234567,ada@example.com\n")
        (tmp / "notes.jsonl").write_text('{"_id": 1}\n')
        for line in ("init {tmp}/tested", "init {folder}"):
            assert run(made.arguments(line)) == 0
        (tmp / "tested" / "functions" / "sum.test.js").write_text('test("adds", () => {});\n')
        providers = made.folder / "auth" / "providers.json"
        with_keys = json.loads(providers.read_text()) | {"api-key": {"name": "api-key", "type": "api-key"}}
        providers.write_text(json.dumps(with_keys))
        settings = {"functions": {"sum": {"record": "always"}}}
        (made.folder / "vestibule.json").write_text(json.dumps(settings))
        tried = ("run {folder} sum --data-dir {tmp}/run", "backup {tmp}/backed --data-dir {tmp}/run")
        for line in ("push {folder} --create", *tried, "functions run every sum"):
            assert run(made.arguments(line)) == 0
    group = owner.ask("GET", "/auth/profile").json["roles"][0]["group_id"]
    (app,) = (one for one in owner.ask("GET", f"/groups/{group}/apps").json if one["name"] == "every")
    path = f"/groups/{group}/apps/{app['_id']}/recordings"
    return replace(made, recording=in_time(lambda: owner.ask("GET", path).json)[0]["_id"])


@pytest.fixture
def place(stocked_place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Where commands are tried."""
    settle(stocked_place, monkeypatch)
    return stocked_place


def settle(place: Place, patch: pytest.MonkeyPatch) -> None:
    """Be at the place."""
    patch.setenv("XDG_CONFIG_HOME", str(place.tmp / "home"))
    patch.chdir(place.tmp)


def log_in(server: ServerProcess, username: str) -> AdminClient:
    """A session of this administrator."""
    http = Http(url=server.url, app_id="")
    body = json.dumps({"username": username, "password": PASSWORD}).encode()
    answer = http.send("POST", f"{ADMIN}/auth/providers/local-userpass/login", body, JSON)
    assert answer.status == 200, answer.body
    return AdminClient(http, answer.json["access_token"])


def in_time(look: Callable[[], Found]) -> Found:
    """What is found once there is something: logs and triggers follow the answer."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail("it never came")
