"""How every process of the sandbox begins and ends: signals, its one connection, and a last word when it breaks."""

from __future__ import annotations

import signal
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from runtime import frames
from runtime.frames import Kind

LONGEST_REPORT = 4096
"""Characters of the report of what broke a process."""


@dataclass(frozen=True, slots=True)
class Task:
    """What the supervisor starts a process with."""

    connection: socket.socket
    directory: Path
    slots: int
    supervisor: int


Serve: TypeAlias = Callable[[Task], None]


def serve_task(serve: Serve) -> None:
    """Serve as the command line says: `python -m MODULE FD DIRECTORY SLOTS SUPERVISOR`."""
    descriptor, directory, slots, supervisor = sys.argv[1:5]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # sent to the whole group; the end of the connection is what ends us
    connection = socket.socket(fileno=int(descriptor))
    try:
        serve(Task(connection, Path(directory), int(slots), int(supervisor)))
    except (ConnectionError, BrokenPipeError):
        return
    except Exception:  # noqa: BLE001 - the process ends; its standard error leads nowhere
        connection.sendall(frames.encode(Kind.BROKE, 0, traceback.format_exc()[-LONGEST_REPORT:].encode()))
