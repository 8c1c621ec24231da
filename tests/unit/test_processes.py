"""What tests start ends with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import SETPRIV, tied

ROOT = Path(__file__).resolve().parents[2]
STARTS = """
import subprocess, sys, time
from tests.processes import tied
subprocess.Popen(tied([sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)"]))
time.sleep(600)
"""


@pytest.mark.skipif(SETPRIV is None, reason="needs util-linux")
def test_a_tied_process_ends_when_its_parent_is_killed() -> None:
    """Its output, which only the two can write to, comes to an end."""
    with subprocess.Popen([sys.executable, "-c", STARTS], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "here\n"
        parent.kill()
        rest, _ = parent.communicate(timeout=120)

    assert (rest, parent.returncode) == ("", -9)


def test_a_tied_process_is_the_one_that_was_started() -> None:
    """What is killed and waited for is the command itself, and its status is its own."""
    with subprocess.Popen(
        tied([sys.executable, "-c", "import os; print(os.getpid()); raise SystemExit(3)"]),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        said, _ = process.communicate(timeout=120)

    assert (int(said), process.returncode) == (process.pid, 3)
