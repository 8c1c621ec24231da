"""A server killed with SIGKILL while it starts over many folders: the next start serves what they hold by then."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.faults.conftest import Server, rows, started

APPS = 12
KILLS = 3


def write(folder: Path, answer: int) -> Path:
    """An app whose function returns this number; its files are as large and as old as with another one."""
    tree = {
        "realm_config.json": {"app_id": folder.name, "name": folder.name},
        "auth/providers.json": {"anon-user": {"name": "anon-user", "type": "anon-user", "disabled": False}},
        "functions/config.json": [{"name": "answer", "private": False}],
    }
    files = {path: json.dumps(content) for path, content in tree.items()}
    for path, text in {**files, "functions/answer.js": f"exports = () => {answer:04};"}.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="ascii")
        os.utime(file, (1, 1))
    return folder


def until_ready(process: subprocess.Popen[str]) -> str:
    """The server's URL, from the lines that it prints once all apps are served."""
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(APPS)]
    assert all(line.startswith("serving ") for line in lines), lines
    return lines[0].split()[-1]


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL for all of it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_server_killed_while_it_starts_serves_all_folders_as_they_are(compiled: Path, tmp_path: Path) -> None:
    """Whenever it was killed; each folder is served in its newest form, and recorded no more than once in each."""
    data = Path(shutil.copytree(compiled, tmp_path / "data"))
    answers = dict.fromkeys((f"app{number}" for number in range(APPS)), 0)
    folders = [write(tmp_path / app_id, answer) for app_id, answer in answers.items()]
    begun = time.monotonic()
    with started(data, *folders) as process:
        until_ready(process)
        kill(process)
    takes = time.monotonic() - begun
    chance = random.Random(11)
    for number in range(1, KILLS + 1):
        changed = chance.sample(sorted(answers), APPS // 3)
        answers |= dict.fromkeys(changed, number)
        folders = [write(tmp_path / app_id, answer) for app_id, answer in answers.items()]
        with started(data, *folders) as process:
            time.sleep(chance.uniform(0.2, 1.0) * takes)
            kill(process)
    with started(data, *folders) as process:
        url = until_ready(process)
        servers = {app_id: Server(process, url, app_id) for app_id in answers}
        found = {app_id: server.call(server.login(), "answer") for app_id, server in servers.items()}
        kill(process)

    assert found == {app_id: {"$numberInt": str(answer)} for app_id, answer in answers.items()}
    served = rows(data, "SELECT app_id, version FROM deployments WHERE status = 'successful' AND app_id LIKE 'app%'")
    assert len(served) == len(set(served))
    assert rows(data, "SELECT 1 FROM deployments WHERE status IN ('created', 'pending')") == []
