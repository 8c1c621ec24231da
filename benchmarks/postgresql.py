"""A PostgreSQL of one's own: made in a directory that is removed afterwards, on a free port of loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server

from benchmarks.other_engines import NotMeasured
from tests.processes import tied

USER = "vestibule"
PATIENCE = 120.0
"""Seconds that it may take to start."""


@contextmanager
def postgresql() -> Iterator[str]:
    """The URI of an empty database with PostgreSQL's own settings. Raises NotMeasured where it is not installed."""
    programs = _programs()
    account = _account()
    # Not below /tmp, which may be memory: what is measured waits for the disk.
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="vestibule-postgresql-") as directory:
        data = Path(directory) / "data"
        if account is not None:
            os.chown(directory, account, -1)
        initdb = [f"{programs}/initdb", "-D", f"{data}", "--username", USER, "--auth", "trust", "--encoding", "UTF8"]
        made = subprocess.run(initdb, capture_output=True, check=False, text=True, user=account, cwd=directory)
        if made.returncode:
            raise NotMeasured(f"initdb: {made.stderr.strip()[-300:]}")
        with _running(programs, data, account) as port:
            yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"


@contextmanager
def _running(programs: Path, data: Path, account: int | None) -> Iterator[int]:
    with create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = tied([
        f"{programs}/postgres", "-D", f"{data}", "-p", str(port), "-c", "listen_addresses=127.0.0.1",
        "-c", f"unix_socket_directories={data}",
    ])  # fmt: skip
    with (
        (data / "server.log").open("ab") as log,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=account, cwd=data) as process,
    ):
        try:
            _wait_for(programs, port, process)
            yield port
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _wait_for(programs: Path, port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    ask = [f"{programs}/pg_isready", "--quiet", "--host", "127.0.0.1", "--port", str(port)]
    while time.monotonic() < until and process.poll() is None:
        if subprocess.run(ask, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise NotMeasured("PostgreSQL did not start")


def _programs() -> Path:
    """The newest installation's programs, which Debian and its kin keep off the path."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    found = str(installed[-1]) if installed else shutil.which("postgres")
    if found is None:
        raise NotMeasured("PostgreSQL is not installed")
    return Path(found).resolve().parent


def _account() -> int | None:
    """Whom to run it as: it refuses to be run by the superuser."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise NotMeasured("there is no account that PostgreSQL could run as")
