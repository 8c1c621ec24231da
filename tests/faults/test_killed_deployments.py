"""kill -9 of a server, or of one of its HTTP processes, while it deploys: the old or the new version, whole."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from http.client import HTTPException
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.faults.conftest import COMMAND, Reply, rows
from tests.processes import tied

PASSWORD = "correct horse battery staple"
ADMIN = "/api/admin/v3.0"
KILLS = 3
LATEST = 0.12
"""Seconds after which a deployment of this app is over on any machine that runs tests."""
PATIENCE = 120.0
FUNCTIONS = ("one", "two", "three")


class Owner:
    """An administrator of a server, over plain HTTP."""

    def __init__(self, url: str) -> None:
        self.url, self.token, self.app = url, "", ""
        body = {"username": "ada", "password": PASSWORD}
        self.token = self.ask("POST", "/auth/providers/local-userpass/login", body)["access_token"]
        self.group = self.ask("GET", "/auth/profile")["roles"][0]["group_id"]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The decoded answer; raises OSError where there is none."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        with urlopen(Request(self.url + ADMIN + self.app + path, data, headers, method=method), timeout=120) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def find_app(self) -> None:
        """Work on the one app there is."""
        self.app = ""
        (app,) = self.ask("GET", f"/groups/{self.group}/apps")
        self.app = f"/groups/{self.group}/apps/{app['_id']}"

    def say(self, number: int) -> Reply:
        """Begin to deploy functions that all return this number."""
        config = [{"name": name, "private": False} for name in FUNCTIONS]
        sources = {f"{name}.js": f"exports = () => {number};" for name in FUNCTIONS}
        draft = self.ask("GET", "/drafts") or [self.ask("POST", "/drafts")]
        self.ask("POST", "/import", {"name": "shop", "functions": {"config": config, "sources": sources}})
        begun: Reply = self.ask("POST", f"/drafts/{draft[0]['_id']}/deployment")
        return begun

    def said(self) -> int:
        """The number that all functions return: one, or a version would be served by halves."""
        run, found = "/debug/execute_function?run_as_system=true", set()
        for name in FUNCTIONS:
            found.add(self.ask("POST", run, {"name": name})["result"]["$numberInt"])
        assert len(found) == 1, found
        return int(found.pop())

    def wait_for_end(self) -> list[Reply]:
        """All deployments, once none is under way."""
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            deployments: list[Reply] = self.ask("GET", "/deployments?limit=100")
            if all(one["status"] in {"successful", "failed"} for one in deployments):
                return deployments
            time.sleep(0.05)
        pytest.fail("a deployment never ended")


class Running:
    """A server without folders, in a process group of its own."""

    def __init__(self, data: Path, *options: str) -> None:
        command = [*COMMAND, "--port", "0", "--data-dir", str(data), "--workers", "2", *options]
        self.process = subprocess.Popen(tied(command), stdout=subprocess.PIPE, text=True, start_new_session=True)
        line = self.process.stdout.readline() if self.process.stdout else ""
        assert line.startswith("serving"), "the server did not come up"
        self.owner = Owner(line.split()[-1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """SIGKILL for all of it."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


@pytest.fixture
def data(compiled: Path, tmp_path: Path) -> Path:
    """A data directory with an administrator and no apps."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copytree(compiled / "cache", data / "cache")
    add = [sys.executable, "-m", "server", "admins", "add", "ada", "--data-dir", str(data)]
    subprocess.run(add, input=PASSWORD, text=True, check=True, capture_output=True, timeout=120)
    return data


def new_app(owner: Owner) -> None:
    """An app whose functions return 0."""
    owner.ask("POST", f"/groups/{owner.group}/apps", {"name": "shop"})
    owner.find_app()
    owner.say(0)
    owner.wait_for_end()


def test_a_server_killed_while_it_deploys_serves_one_whole_version(data: Path) -> None:
    """After each restart the deployment has ended, and what is served is what its record says."""
    moments = random.Random(7)
    with Running(data) as server:
        new_app(server.owner)
    served = 0
    for number in range(1, KILLS + 1):
        with Running(data) as server:
            server.owner.find_app()
            begun = server.owner.say(number)
            time.sleep(moments.uniform(0, LATEST))
        with Running(data) as server:
            server.owner.find_app()
            deployments = {one["_id"]: one["status"] for one in server.owner.wait_for_end()}
            served = number if deployments[begun["_id"]] == "successful" else served
            assert server.owner.said() == served
            assert bool(server.owner.ask("GET", "/drafts")) == (served != number)
    assert rows(data, "SELECT 1 FROM deployments WHERE status IN ('created', 'pending')") == []


def test_a_server_killed_before_it_deploys_fails_what_was_begun(data: Path) -> None:
    """The record is there and nobody works on it: it has failed, and the draft can be deployed again."""
    with Running(data) as server:
        new_app(server.owner)
        workers = _children(server.process.pid)
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        begun = server.owner.say(1)
    with Running(data) as server:
        server.owner.find_app()
        found = server.owner.ask("GET", f"/deployments/{begun['_id']}")
        assert (found["status"], found["status_error_message"]) == ("failed", "the server ended while it was deployed")
        assert server.owner.said() == 0
        server.owner.say(2)
        server.owner.wait_for_end()
        assert server.owner.said() == 2


def test_an_http_process_that_dies_alone_leaves_no_deployment_under_way(data: Path) -> None:
    """The others go on to serve; its deployment has failed without a restart of the server."""
    with Running(data, "--http-workers", "2") as server:
        owner = server.owner
        new_app(owner)
        processes = _children(server.process.pid)
        for process in processes:
            for worker in _children(process):
                os.kill(worker, signal.SIGSTOP)
        begun = owner.say(1)
        ((holder,),) = rows(data, "SELECT holder FROM deployments WHERE status = 'created'")
        assert int(str(holder)) in processes
        os.kill(int(str(holder)), signal.SIGKILL)
        for process in processes:
            for worker in _children(process):
                os.kill(worker, signal.SIGCONT)

        assert _until_answered(owner, begun) == "failed"
        assert owner.said() == 0


def _until_answered(owner: Owner, begun: Reply) -> object:
    """The deployment's status once it has ended; requests that meet the dying process are asked again."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        try:
            status = owner.ask("GET", f"/deployments/{begun['_id']}")["status"]
        except HTTPError:
            raise
        except (OSError, HTTPException):
            continue
        if status != "created":
            return status
        time.sleep(0.05)
    pytest.fail("the deployment never ended")


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in text.split()]
