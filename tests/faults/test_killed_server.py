"""kill -9 of the whole server during logins: nothing acknowledged is lost, nothing is half made."""

from __future__ import annotations

import shutil
import threading
import time
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.faults.conftest import Reply, Server, rows, serving

LOGINS_BEFORE_KILL = 15
CLIENTS = 4


@pytest.fixture
def data(compiled: Path, tmp_path: Path) -> Path:
    """A data directory without users."""
    return Path(shutil.copytree(compiled, tmp_path / "data"))


def log_in_until_killed(server: Server, acknowledged: list[Reply], enough: threading.Event) -> None:
    """Log in again and again; what was answered is kept."""
    while True:
        try:
            acknowledged.append(server.login())
        except (OSError, HTTPException, ValueError):
            return
        if len(acknowledged) >= LOGINS_BEFORE_KILL:
            enough.set()


def kill_during_logins(data: Path) -> list[Reply]:
    """The logins that were acknowledged before the kill."""
    acknowledged: list[Reply] = []
    enough = threading.Event()
    with serving(data) as server:
        clients = [
            threading.Thread(target=log_in_until_killed, args=(server, acknowledged, enough)) for _ in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        assert enough.wait(120)
        server.kill()
        for client in clients:
            client.join(120)
    return acknowledged


def welcomed(server: Server, login: Reply) -> bool:
    """Whether the CREATE trigger's document about this user is there."""
    query = {"database": "quickstart", "collection": "welcomes", "query": {"_id": login["user_id"]}}
    call = {"name": "findOne", "service": "mongodb-atlas", "arguments": [query]}
    found = server.post("/app/quickstart/functions/call", call, login["access_token"])
    return bool(found)


def wait_for_triggers(data: Path) -> None:
    """Until no trigger event waits."""
    deadline = time.monotonic() + 120
    while rows(data, "SELECT 1 FROM events LIMIT 1"):
        assert time.monotonic() < deadline, "trigger events are left"
        time.sleep(0.05)


def test_acknowledged_logins_survive(data: Path) -> None:
    """After the restart every acknowledged session refreshes, each user is whole, each trigger ran."""
    acknowledged = kill_during_logins(data)

    users = {row[0] for row in rows(data, "SELECT id FROM users")}
    assert {login["user_id"] for login in acknowledged} <= users
    assert {row[0] for row in rows(data, "SELECT user_id FROM identities")} == users
    assert {row[0] for row in rows(data, "SELECT user_id FROM sessions")} == users

    with serving(data) as server:
        wait_for_triggers(data)
        for login in acknowledged:
            fresh = server.refresh(login)
            assert fresh["access_token"]
            assert welcomed(server, {**login, **fresh})


def test_killed_right_after_the_answer(data: Path) -> None:
    """A trigger event whose cause was answered is run after the restart, though the server died at once."""
    for _ in range(2):
        with serving(data) as server:
            login = server.login()
            server.kill()
        with serving(data) as server:
            wait_for_triggers(data)
            assert welcomed(server, {**login, **server.refresh(login)})


def test_a_server_killed_at_its_start_starts_again(data: Path) -> None:
    """Killed as soon as it is ready, over and over, the server comes up each time."""
    for _ in range(3):
        with serving(data) as server:
            server.kill()
    with serving(data) as server:
        assert server.login()["user_id"]
