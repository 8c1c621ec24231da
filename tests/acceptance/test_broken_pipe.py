"""Whoever reads the output of a command may stop before its end."""

from __future__ import annotations

import os
import subprocess
import sys

from server.cli.exit_status import ExitStatus
from tests.conformance.server_process import PATIENCE, ROOT


def test_a_reader_that_went_away_is_no_error() -> None:
    """As with `vestibule openapi | head -1`: nothing is told, and the status is that of other programs."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "server", "openapi"], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True,
            check=False, timeout=PATIENCE,
        )  # fmt: skip
    finally:
        os.close(writing)

    assert (ended.returncode, ended.stderr) == (ExitStatus.BROKEN_PIPE, "")
