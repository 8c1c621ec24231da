"""Server processes: started, waited for, stopped; and the memory they use."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.http_client import Address
from tests.processes import tied

_SERVING = re.compile(rb"serving \S+ at http://([^:/]+):(\d+)")
ROOT = Path(__file__).parent.parent
DATA = Path(__file__).parent / ".data"
"""Where measurements keep data: beside the project, not in a temporary file system, since disk writes count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that is ready: where, as which process, and the seconds from its start until then."""

    address: Address
    process_id: int
    start_seconds: float


@contextmanager
def serving(*arguments: str) -> Iterator[Running]:
    """Run `python -m <arguments>` until the end of the block; it must say where it serves."""
    with running([sys.executable, "-m", *arguments], ROOT) as started:
        yield started


@contextmanager
def running(command: Sequence[str], folder: Path) -> Iterator[Running]:
    """Run a server's command in a folder until the end of the block; it must say where it serves.

    It keeps its modules compiled, as one that was installed has them.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    with (
        (DATA / "servers.log").open("ab") as log,
        subprocess.Popen(
            tied(command), cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
        ) as process,
    ):
        try:
            address = _address(process, command)
            yield Running(
                address=address, process_id=process.pid, start_seconds=time.perf_counter() - started
            )  # fmt: skip
        finally:
            process.terminate()


def _address(process: subprocess.Popen[bytes], command: Sequence[str]) -> Address:
    """From what it says; some servers warn before."""
    said = b""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if found := _SERVING.search(line):
            return Address(host=found[1].decode(), port=int(found[2]))
    raise RuntimeError(f"{' '.join(command)} does not serve; it says {said!r}")


@contextmanager
def vestibule(app: Path, data: Path) -> Iterator[Running]:
    """Our server over one app folder, with default settings but for port and directory."""
    options = ("--port", "0", "--data-dir", str(data))
    with serving("server", "serve", str(app), *options) as running:
        yield running


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes of a process: resident, and resident with what is shared counted by its share."""

    resident: int
    proportional: int


def memory_of(process_id: int) -> Memory:
    """From the kernel's account of the process."""
    text = Path(f"/proc/{process_id}/smaps_rollup").read_text(encoding="ascii")
    found = {name: int(size) * 1024 for name, size in re.findall(r"^(\w+): +(\d+) kB$", text, re.MULTILINE)}
    return Memory(resident=found["Rss"], proportional=found["Pss"])


def processor_seconds_of(process_id: int) -> float:
    """Processor time that the process and its children have taken so far, in seconds."""
    ids = (process_id, *children_of(process_id))
    stats = [Path(f"/proc/{one}/stat").read_text(encoding="ascii").rpartition(")")[2].split() for one in ids]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def children_of(process_id: int) -> list[int]:
    """The process's children."""
    tasks = Path(f"/proc/{process_id}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text(encoding="ascii").split()]
