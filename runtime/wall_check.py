"""Tries the walls: a process confined as a worker attempts what a worker must not do, and says what was refused."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from runtime.confinement import WORKER_RULES, Walls, leave_files, leave_system_calls
from runtime.errors import SandboxError
from runtime.landlock import Files
from runtime.system_call import process_control

_LIMIT = 30.0
"""Seconds the attempts may take together."""
_TRACERS = 0x59616D61
_LARGEST_REPORT = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class WallReport:
    """Which walls stand here, and of each attempt whether it was refused."""

    walls: Walls
    refused: Mapping[str, bool]


def check_walls() -> WallReport:
    """Confine a process on this kernel and let it try. Raises SandboxError where it does not come back."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(_LIMIT)
        command = [sys.executable, "-I", "-m", "runtime.wall_check", str(theirs.fileno()), str(os.getpid())]
        process = subprocess.Popen(command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL)  # noqa: S603 - own
        try:
            theirs.close()
            answer = orjson.loads(ours.recv(_LARGEST_REPORT))
            return WallReport(walls=Walls.decode(orjson.dumps(answer["walls"])), refused=answer["refused"])
        except (OSError, ValueError, KeyError) as error:
            raise SandboxError("the check of the walls did not come to its end") from error
        finally:
            process.kill()
            process.wait()


def _list_directory(_parent: int) -> None:
    next(Path("/").iterdir())


def _read_file(_parent: int) -> None:
    Path(sys.executable).open("rb").close()


def _write_file(_parent: int) -> None:
    Path(os.devnull).open("wb").close()


def _make_file(_parent: int) -> None:
    Path("/tmp/vestibule-wall-check").touch()  # noqa: S108 - it must not come to be


def _connect(_parent: int) -> None:
    with socket.socket() as attempt:
        attempt.connect(("127.0.0.1", 9))


def _listen(_parent: int) -> None:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))


def _open_local_socket(_parent: int) -> None:
    socket.socket(socket.AF_UNIX).close()


def _start_program(_parent: int) -> None:
    os.execv(sys.executable, [sys.executable, "-c", ""])  # noqa: S606 - it must not start


def _fork(_parent: int) -> None:
    if os.fork() == 0:
        os._exit(0)


def _signal_parent(parent: int) -> None:
    os.kill(parent, signal.SIGURG)


def _look_into_parent(parent: int) -> None:
    Path(f"/proc/{parent}/mem").open("rb").close()


def _allow_tracers(parent: int) -> None:
    process_control(_TRACERS, parent)


ATTEMPTS: Mapping[str, Callable[[int], None]] = {
    "list a directory": _list_directory,
    "read a file": _read_file,
    "write a file": _write_file,
    "make a file": _make_file,
    "read another process's memory": _look_into_parent,
    "connect over TCP": _connect,
    "listen on TCP": _listen,
    "open a local socket": _open_local_socket,
    "start a program": _start_program,
    "start a process": _fork,
    "signal another process": _signal_parent,
    "control a process": _allow_tracers,
}


def is_refused(attempt: Callable[[int], None], parent: int) -> bool:
    """Whether the kernel forbids it; an attempt that fails for another reason got past the walls."""
    try:
        attempt(parent)
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def main() -> None:
    """`python -m runtime.wall_check FD PARENT`: writes a JSON report to the socket."""
    descriptor, parent = map(int, sys.argv[1:3])
    connection = socket.socket(fileno=descriptor)
    landlock = leave_files({Path(__file__).parent: Files.READ}, kept=(descriptor,), parent=parent)
    walls = Walls(landlock=landlock, seccomp=leave_system_calls(WORKER_RULES))
    refused = {name: is_refused(attempt, parent) for name, attempt in ATTEMPTS.items()}
    connection.sendall(b'{"walls":%b,"refused":%b}' % (walls.encode(), orjson.dumps(refused)))


if __name__ == "__main__":
    main()
