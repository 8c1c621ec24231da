"""The quickstart served by a real process on a data directory of its own, and clients of it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.request import Request, urlopen

import pytest

from tests.processes import tied

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "functions" / "quickstart"
COMMAND = [sys.executable, "-m", "server", "serve"]

Reply: TypeAlias = dict[str, object]


@dataclass(slots=True)
class Server:
    """A server process and where it answers."""

    process: subprocess.Popen[str]
    url: str
    app_id: str = "quickstart"

    def post(self, path: str, body: object = None, token: object = "") -> Reply:
        """The decoded answer to a POST below the client API; raises OSError where there is none."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/api/client/v2.0{path}", data, headers, method="POST")
        with urlopen(request, timeout=120) as response:
            found: Reply = json.load(response)
        return found

    def login(self) -> Reply:
        """The answer to a fresh anonymous login."""
        return self.post(f"/app/{self.app_id}/auth/providers/anon-user/login", {})

    def call(self, login: Reply, name: str, *arguments: object) -> object:
        """What a function returns to the one who logged in."""
        call = {"name": name, "arguments": arguments}
        return self.post(f"/app/{self.app_id}/functions/call", call, login["access_token"])

    def refresh(self, login: Reply) -> Reply:
        """A new access token for the login's session."""
        return self.post("/auth/session", token=login["refresh_token"])

    def delete(self, login: Reply) -> None:
        """Delete the account of the one who logged in."""
        headers = {"Authorization": f"Bearer {login['access_token']}"}
        with urlopen(Request(f"{self.url}/api/client/v2.0/auth/delete", headers=headers, method="DELETE"), timeout=120):
            return

    def kill(self) -> None:
        """SIGKILL for the server and all that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def started(data: Path, *apps: Path) -> subprocess.Popen[str]:
    """A server process of its own group."""
    options = ["--port", "0", "--data-dir", str(data), "--workers", "1", "--log-level", "WARNING"]
    command = tied([*COMMAND, *map(str, apps or [QUICKSTART]), *options])
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


@contextmanager
def serving(data: Path, app: Path = QUICKSTART) -> Iterator[Server]:
    """A server that is ready; killed at the end if it still runs."""
    with started(data, app) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            assert line.startswith(f"serving {app.name}"), "the server did not come up"
            yield Server(process, line.split()[-1], app.name)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory in which the engine is compiled and the app built, to copy from."""
    data = tmp_path_factory.mktemp("compiled")
    with serving(data) as server:
        server.process.terminate()
        server.process.wait()
    return data


def rows(data: Path, sql: str) -> list[tuple[object, ...]]:
    """Rows of the identity database, as another process sees them."""
    with closing(sqlite3.connect(data / "identity.sqlite")) as connection:
        return connection.execute(sql).fetchall()
