"""A real server process: started on a free port, waited for by what it prints, stopped with the tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest

from tests.processes import tied

ROOT = Path(__file__).resolve().parents[2]
APPS = Path(__file__).parent / "apps"
QUICKSTART = ROOT / "functions" / "quickstart"
PATIENCE = 120.0
"""Seconds after which something that must happen is taken not to."""
_SERVING = re.compile(r"serving .+ at (\S+)")


@dataclass(slots=True)
class Output:
    """What the process has said so far; a thread reads it, others wait for a line of it."""

    text: str = ""
    has_ended: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def read(self, stream: IO[str]) -> None:
        """Read to the end of the stream."""
        for line in stream:
            with self._changed:
                self.text += line
                self._changed.notify_all()
        with self._changed:
            self.has_ended = True
            self._changed.notify_all()

    def wait_for(self, pattern: str | re.Pattern[str], *, start: int = 0) -> re.Match[str]:
        """The first match beyond `start`; fails the test, showing what was said, if there never is one."""
        compiled = re.compile(pattern)
        with self._changed:
            self._changed.wait_for(lambda: compiled.search(self.text, start) or self.has_ended, PATIENCE)
            match = compiled.search(self.text, start)
        if match is None:
            pytest.fail(f"the server never said {compiled.pattern!r}; it said:\n{self.text[start:][-8000:]}")
        return match


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerProcess:
    """A running server: its address, and all that it prints and logs."""

    url: str
    data_dir: Path
    output: Output
    process: subprocess.Popen[str]

    @property
    def lives(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None


_compiled: list[Path] = []
"""The engine that the first server of this run has compiled, in two files."""


def _lend_engine(data_dir: Path) -> None:
    """Give a new data directory the compiled engine, which each would have to compile anew."""
    for file in _compiled:
        copy = data_dir / "cache" / file.parent.name / file.name
        if not copy.exists():
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy(file, copy)


@contextmanager
def serve(
    data_dir: Path, apps: Sequence[Path], settings: Mapping[str, str], *, secrets: Path | None = None
) -> Iterator[ServerProcess]:
    """`vestibule serve` over these app folders until the end of the block; it must then stop cleanly."""
    command = [sys.executable, "-m", "server", "serve", *map(str, apps), "--port", "0", "--data-dir", str(data_dir)]
    command += [] if secrets is None else ["--secrets", str(secrets)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **settings}
    _lend_engine(data_dir)
    with subprocess.Popen(
        tied(command), cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        output = Output()
        assert process.stdout is not None
        reader = threading.Thread(target=output.read, args=(process.stdout,))
        reader.start()
        try:
            url = output.wait_for(_SERVING)[1]
            _compiled[:] = _compiled or (data_dir / "cache").glob("*/????.cwasm")  # core and base
            yield ServerProcess(url=url, data_dir=data_dir, output=output, process=process)
        finally:
            process.terminate()
            status = process.wait(PATIENCE)
            reader.join(PATIENCE)
    assert status == 0, f"the server stopped with status {status}; it said last:\n{output.text[-2000:]}"
