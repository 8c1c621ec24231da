"""`vestibule serve` and `vestibule dev`: they serve until they are stopped, and tell once why they cannot."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from server.cli.commands import run_command
from server.cli.dev import show_new
from server.records import LogEntry
from server.store import open_store
from tests.conformance.server_process import PATIENCE, ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new app."""
    folder = tmp_path_factory.mktemp("served") / "every"
    assert run_command(["init", str(folder)]) == 0
    return folder


@pytest.mark.parametrize("command", ["serve", "dev"])
def test_what_serves_serves(folder: Path, command: str, tmp_path: Path) -> None:
    """Until it is stopped; `dev` also says how to log in, and shows what the functions did."""
    arguments = [sys.executable, "-m", "server", command, str(folder), "--port", "0", "--data-dir", str(tmp_path)]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split()[-1]
            login = Request(f"{url}/api/client/v2.0/app/every/auth/providers/custom-function/login", method="POST")
            login.add_header("Content-Type", "application/json")
            login.data = json.dumps({"username": "Ada", "password": "correct horse", "register": True}).encode()
            with urlopen(login, timeout=PATIENCE) as answer:
                assert "access_token" in json.load(answer)
            said = iter(process.stdout.readline, "")
            if command == "dev":
                assert any("custom-function/login -d" in line for line in said)
                assert any("FUNCTION login" in line for line in said)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 0


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_refused_start_is_told_once(folder: Path, tmp_path: Path, processes: str) -> None:
    """However many processes were to serve: all of them have the same reason."""
    source = tmp_path / "app" / "functions" / "sum.js"
    assert run_command(["init", str(tmp_path / "app")]) == 0
    source.write_text("exports = (")
    settings = ["--port", "0", "--http-workers", processes, "--data-dir", str(tmp_path)]
    arguments = ["serve", str(source.parents[1]), *settings]
    ended = subprocess.run(
        [sys.executable, "-m", "server", *arguments], cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=4 * PATIENCE,
    )  # fmt: skip

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("cannot be deployed") == 1, ended.stderr
    assert ended.stderr.count("functions/sum.js") == 1, ended.stderr


def test_dev_shows_each_entry_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """However many are kept at once; what it has shown is remembered by one number, not by all their ids."""
    now = datetime(2026, 3, 4, tzinfo=UTC)
    entry = LogEntry(
        id="", app_id="app", type="FUNCTION", function_name="f", user_id=None, started_at=now, completed_at=now,
        error=None, error_code=None, messages=(),
    )  # fmt: skip

    async def show() -> None:
        async with open_store(tmp_path / "identity.sqlite") as store:
            last = await show_new(store, "app", 0)
            await store.add_logs([replace(entry, id=f"{number}", function_name=f"f{number}") for number in range(250)])
            last = await show_new(store, "app", last)
            assert await show_new(store, "app", last) == last

    asyncio.run(show())
    shown = [line.split()[2] for line in capsys.readouterr().out.splitlines()]
    assert shown == [f"f{number}" for number in range(250)]
