"""A user and what the creation of the user wrote to documents: both, or neither, wherever the process is killed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STRIDE = 4
"""Every so many lines of code a round; 1 takes all, and four times as long."""


def test_killed_between_lines(tmp_path: Path) -> None:
    """Neither before the account is decided, all of it from then on, also where the kill came in between."""
    command = [sys.executable, "-m", "tests.faults.killed_creation", str(tmp_path), str(STRIDE)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    left = [line.split()[1] for line in ended.stdout.splitlines()]

    assert ended.returncode == 0, ended.stderr
    assert Counter(left).keys() == {"000", "111"}
    assert len(left) > 40
    assert "which a process that ended had left" in ended.stderr
