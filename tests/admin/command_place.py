"""Where commands are tried: logged in at a server that serves an app, its folder beside it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from server.cli.commands import run_command


@dataclass(frozen=True, slots=True)
class Place:
    """Where commands are tried: a server with an app, its folder, an empty directory, and a call that was recorded."""

    url: str
    data: Path
    folder: Path
    tmp: Path
    recording: str = ""

    def arguments(self, line: str) -> list[str]:
        """The words of a command line."""
        given: dict[str, object] = {"url": self.url, "data": self.data, "folder": self.folder, "tmp": self.tmp}
        given |= {"recording": self.recording}
        return shlex.split(line.format(**given))


def run(arguments: list[str]) -> int:
    """The exit status."""
    try:
        return run_command(arguments)
    except SystemExit as ended:
        return int(str(ended.code))
