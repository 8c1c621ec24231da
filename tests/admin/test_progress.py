"""Commands that take their time show a person how far they are, and nobody else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.admin.command_place import Place
from tests.conformance.server_process import PATIENCE, ROOT

LONG = [
    ("pull every watched", "receiving "),
    ("documents import every notes.jsonl --database db", "db.notes: 3000 documents"),
    ("documents export every db notes notes.out", "exporting "),
    ("users import users.csv --app every --data-dir users", "importing "),
]
"""A command, and what who watches sees."""


@pytest.mark.parametrize(("line", "shown"), LONG, ids=[line for line, _ in LONG])
def test_who_watches_sees_how_far_it_is(place: Place, tmp_path: Path, line: str, shown: str) -> None:
    """On a terminal one line that is gone in the end; through a pipe nothing."""
    (tmp_path / "users.csv").write_text("_id,email\n0123456789abcdef01234567,ada@example.com\n")
    (tmp_path / "notes.jsonl").write_text("".join(f'{{"_id": {number}}}\n' for number in range(3000)))
    (tmp_path / "users").mkdir()
    arguments = [sys.executable, "-m", "server", *line.split()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(arguments, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=terminal) as process:
        os.close(terminal)
        said = _read(keyboard)
        assert process.wait(timeout=4 * PATIENCE) == 0, said
    assert shown in said
    assert said.endswith("\r\033[K")
    assert "\n" not in said

    if "out" not in line:
        ended = subprocess.run(
            [*arguments, *(["--force"] if line.startswith("pull") else [])], cwd=tmp_path, env=environment,
            capture_output=True, text=True, check=False, timeout=4 * PATIENCE,
        )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (0, "")


def _read(terminal: int) -> str:
    """All that is written to the terminal until the last who has it open is gone."""
    said = b""
    try:
        while piece := os.read(terminal, 4096):
            said += piece
    except OSError:  # how Linux tells the end of a terminal
        pass
    os.close(terminal)
    return said.decode()
