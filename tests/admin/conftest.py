"""A server with no apps, and administrators who know nothing but the contract."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

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
