"""kill -9 while logs and recordings are written: what is there is whole, and can be read."""

from __future__ import annotations

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path

import pytest

from server.recordings.seal import unseal
from server.store import open_store
from server.versions.secret_box import SecretBox
from tests.admin.conftest import vestibule
from tests.faults.conftest import Reply, Server, rows, serving

APP = Path(__file__).parent / "apps" / "recorded"
CLIENTS = 4
KEPT_BEFORE_KILL = 20
SECONDS = 120
"""More than any machine takes."""


@pytest.fixture(scope="module")
def killed(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Reply]]:
    """The data of a server that was killed amid recorded calls, and the calls that it had answered."""
    data = Path(shutil.copytree(compiled, tmp_path_factory.mktemp("killed") / "data"))
    answered: list[Reply] = []
    with serving(data, APP) as server, ThreadPoolExecutor(CLIENTS) as clients:
        calling = [clients.submit(call_until_killed, server, answered) for _ in range(CLIENTS)]
        wait_for_rows(data)
        server.kill()
        for one in calling:
            one.result(SECONDS)
    return data, answered


def call_until_killed(server: Server, answered: list[Reply]) -> None:
    """Call again and again, each with a number of its own; what was answered is kept."""
    try:
        login = server.login()
        while True:
            number = len(answered)
            answered.append({"number": number, "value": server.call(login, "doubles", number)})
    except (OSError, ValueError, HTTPException):
        return


def wait_for_rows(data: Path) -> None:
    """Until so many recordings are kept, and a first batch of log entries."""
    deadline = time.monotonic() + SECONDS
    while len(rows(data, "SELECT id FROM recordings")) <= KEPT_BEFORE_KILL or not rows(data, "SELECT 1 FROM logs"):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_logs_are_read_after_a_kill(killed: tuple[Path, list[Reply]]) -> None:
    """Batches are whole, with what they add to the size of the log; entries are of calls that were made."""
    data, answered = killed
    assert rows(data, "PRAGMA integrity_check") == [("ok",)]
    assert rows(data, "SELECT sum(size) FROM logs WHERE app_id = 'recorded'") == rows(
        data, "SELECT size FROM log_sizes WHERE app_id = 'recorded'"
    )
    said = vestibule(data, "logs", "recorded", "--local", "--format", "json")
    entries = [json.loads(line) for line in said.stdout.splitlines()]
    assert entries
    assert len(rows(data, "SELECT 1 FROM logs WHERE function_name = 'doubles'")) <= len(answered) + CLIENTS
    assert all(entry["error"] is None and entry["messages"] for entry in entries if entry["type"] == "FUNCTION")


async def test_recordings_are_whole_after_a_kill(killed: tuple[Path, list[Reply]]) -> None:
    """Each that is there is unsealed, and holds its call from the arguments to the last line."""
    data, _ = killed
    box, now = SecretBox.open(data / "secrets.key"), datetime.now(UTC)
    async with open_store(data / "identity.sqlite") as store:
        kept = await store.find_recordings("recorded", now=now)
        sealed = [await store.find_recording("recorded", entry.id, now=now) for entry in kept]
    assert len(kept) > KEPT_BEFORE_KILL
    for one in sealed:
        assert one is not None
        recording = unseal(box, one).recording
        assert len(recording.messages) == len(recording.steps) == 1
        assert b"twice" in recording.steps[0]
