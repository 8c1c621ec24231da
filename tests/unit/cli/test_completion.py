"""Completion scripts are what their shells read, and complete commands, options and choices."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from server.cli.commands import run_command
from server.cli.completion import SHELLS
from server.cli.table import COMMANDS


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_is_completed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In a script that its shell accepts, where it is installed."""
    assert run_command(["completion", shell]) == 0
    script = capsys.readouterr().out

    assert all(name in script for name, row in COMMANDS.items() if row.group)
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_bash_completes_commands_and_options(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """As a person gets it with the tabulator."""
    assert run_command(["completion", "bash"]) == 0
    script = tmp_path / "completion.bash"
    script.write_text(capsys.readouterr().out + _ASK)
    ended = subprocess.run(["/bin/bash", str(script)], capture_output=True, text=True, check=True)

    assert ended.stdout.splitlines() == ["push pull", "--dry-run"]


_ASK = """
ask() { COMP_WORDS=(vestibule "$@"); COMP_CWORD=$#; COMPREPLY=(); _shtab_vestibule vestibule "${@: -1}"; }
ask pu; echo "${COMPREPLY[*]}"
ask push --dr; echo "${COMPREPLY[*]}"
"""
