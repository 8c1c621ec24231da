"""A backup of a server under load is a server again, with everybody whose login was answered before."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

from tests.faults.conftest import Reply, Server, rows, serving
from tests.faults.test_killed_server import log_in_until_killed, wait_for_triggers, welcomed

CLIENTS = 3


def vestibule(*arguments: str | Path) -> str:
    """What the command prints; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "server", *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def backed_up_under_load(server: Server, data: Path, backup: Path) -> list[Reply]:
    """Take a backup while clients log in; the logins answered before it began."""
    acknowledged: list[Reply] = []
    enough = threading.Event()
    clients = [
        threading.Thread(target=log_in_until_killed, args=(server, acknowledged, enough)) for _ in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    assert enough.wait(120)
    before = list(acknowledged)
    assert "files" in vestibule("backup", backup, "--data-dir", data)
    server.kill()
    for client in clients:
        client.join(120)
    return before


def test_who_was_answered_before_is_in_the_backup(compiled: Path, tmp_path: Path) -> None:
    """Their sessions refresh on the restored server, all users are whole, and owed triggers run there."""
    data, backup, restored = tmp_path / "data", tmp_path / "backup", tmp_path / "restored"
    shutil.copytree(compiled, data)
    with serving(data) as server:
        acknowledged = backed_up_under_load(server, data, backup)

    assert "whole" in vestibule("restore", backup, "--dry-run")
    assert "restored into" in vestibule("restore", backup, "--data-dir", restored)

    users = {row[0] for row in rows(restored, "SELECT id FROM users")}
    assert {login["user_id"] for login in acknowledged} <= users
    assert {row[0] for row in rows(restored, "SELECT user_id FROM sessions")} == users
    with serving(restored) as server:
        wait_for_triggers(restored)
        for login in acknowledged:
            assert welcomed(server, {**login, **server.refresh(login)})
