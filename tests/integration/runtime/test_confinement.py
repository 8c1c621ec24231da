"""Native code in a confined worker, as if a guest had escaped from WebAssembly: the kernel refuses it everything."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from runtime import landlock
from runtime.confinement import Walls
from runtime.errors import SandboxError
from runtime.supervisor import open_sandboxes
from runtime.wall_check import ATTEMPTS, check_walls
from runtime.worker_link import WorkerLink

pytestmark = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")

HOOK = """
import ctypes, json, os, socket, sys, threading
from pathlib import Path
from runtime import seccomp
from runtime.confinement import WORKER_RULES, Walls, leave_files, leave_system_calls
from runtime.landlock import Files
from runtime.system_call import process_control
descriptor, server, folder, before, codes = json.loads(sys.stdin.read())
folder = Path(folder)
connection = socket.socket(fileno=descriptor)
exec(before)
version = leave_files({folder: Files.READ}, kept=(descriptor,), parent=server)
walls = Walls(landlock=version, seccomp=leave_system_calls(WORKER_RULES))
library = ctypes.CDLL(None, use_errno=True)
def told(code):
    try:
        return eval(code)
    except Exception as error:
        return type(error).__name__
connection.sendall(json.dumps([str(walls), [told(code) for code in codes]]).encode())
"""


def confined(folder: Path, *codes: str, before: str = "") -> tuple[str, list[object]]:
    """The walls of a process confined as a worker with its images in `folder`; what each expression gives there."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(120)
        given = json.dumps([theirs.fileno(), os.getpid(), str(folder), before, codes])
        process = subprocess.Popen(
            [sys.executable, "-c", HOOK], stdin=subprocess.PIPE, pass_fds=(theirs.fileno(),), env={"SECRET": "hush"}
        )
        with process:
            theirs.close()
            assert process.stdin is not None
            process.stdin.write(given.encode())
            process.stdin.close()
            walls, said = json.loads(ours.recv(1 << 16))
            return walls, said


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory of images with one in it."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "image").write_text("image")
    (tmp_path / "secret").write_text("secret")
    return tmp_path / "images"


FORBIDDEN = (
    "open('/etc/passwd').read()",
    "(folder / '..' / 'secret').read_text()",
    "os.listdir(folder)",
    "open('/proc/self/environ').read()",
    "open(f'/proc/{server}/mem', 'rb').read(1)",
    "open(folder / 'image', 'a').write('x')",
    "open(folder / 'new', 'x').write('x')",
    "os.truncate(folder / 'image', 0)",
    "os.unlink(folder / 'image')",
    "os.rename(folder / 'image', folder / 'other')",
    "os.symlink('/etc', folder / 'link')",
    "os.chmod(folder / 'image', 0o777)",
    "os.mkdir('/tmp/made')",
    "socket.socket(socket.AF_INET).fileno()",
    "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).fileno()",
    "socket.socket(socket.AF_UNIX).fileno()",
    "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).fileno()",
    "socket.socketpair()[0].fileno()",
    "connection.connect('/run/docker.sock')",
    "connection.sendto(b'x', '/run/docker.sock')",
    "socket.send_fds(connection, [b'x'], [descriptor])",
    "os.execv('/bin/sh', ['sh'])",
    "os.posix_spawn('/bin/sh', ['sh'], {})",
    "os.fork()",
    "threading.Thread(target=print).start()",
    "os.kill(server, 0)",
    "os.kill(-1, 9)",
    "os.setuid(0)",
    "os.chroot('/')",
    "os.memfd_create('code')",
    "os.pipe()",
    "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))",
)


def test_a_worker_may_not(folder: Path) -> None:
    """Files, network, processes, signals and privileges: every attempt is refused for want of permission."""
    walls, said = confined(folder, *FORBIDDEN)
    assert "no " not in walls
    assert {code: answer for code, answer in zip(FORBIDDEN, said, strict=True) if answer != "PermissionError"} == {
        "threading.Thread(target=print).start()": "RuntimeError"
    }


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86-64")
def test_a_worker_may_not_call(folder: Path) -> None:
    """System calls that Python has no function for: tracing, other processes' memory, rings, filters, namespaces."""
    calls = {
        "ptrace": "101, 16, server, 0, 0",
        "process_vm_readv": "310, server, 0, 0, 0, 0, 0",
        "io_uring_setup": "425, 8, 0",
        "bpf": "321, 0, 0, 0",
        "userfaultfd": "323, 0",
        "unshare": "272, 0x10000000",
        "mount": "165, 0, 0, 0, 0, 0",
        "keyctl": "250, 0, 0",
        "pidfd_open": "434, server, 0",
        "seccomp": "317, 1, 0, 0",
        "open": "2, b'/etc/passwd', 0",
        "vfork": "58",
        "setns": "308, 0, 0",
    }
    _, said = confined(folder, *(f"[library.syscall({call}), ctypes.get_errno()]" for call in calls.values()))
    assert dict(zip(calls, said, strict=True)) == {name: [-1, 1] for name in calls}


def test_a_worker_may(folder: Path) -> None:
    """It reads images, draws entropy, has memory; of the server's descriptors and environment nothing is left."""
    allowed = {
        "(folder / 'image').read_text()": "image",
        "len(os.urandom(16))": 16,
        "len(bytes(1 << 28))": 1 << 28,
        "dict(os.environ)": {},
        "[number for number in range(3, 64) if number != descriptor and readable(number)]": [],
    }
    before = textwrap.dedent("""
        def readable(number):
            try:
                os.fstat(number)
            except OSError:
                return False
            return True
        leaked = os.open("/etc/passwd", os.O_RDONLY)
    """)
    _, said = confined(folder, *allowed, before=before)
    assert dict(zip(allowed, said, strict=True)) == allowed


def test_a_worker_starts_where_the_walls_are_missing(folder: Path) -> None:
    """Where the kernel has neither Landlock nor seccomp to offer, a worker serves, and says what is missing."""
    before = textwrap.dedent("""
        seccomp.NUMBERS = {**seccomp.NUMBERS, "dup2": (33, None), "dup3": (292, 24), "prctl": (157, 167),
                           "getppid": (110, 173), "capset": (126, 91), "prlimit64": (302, 261),
                           "close_range": (436, 436)}
        process_control(38, 1)
        assert seccomp.restrict(dict.fromkeys(seccomp.NUMBERS, ()))
    """)
    walls, said = confined(folder, "open('/etc/passwd').readable()", before=before)
    assert walls == "no Landlock, no seccomp"
    assert said == [True]
    assert Walls().missing == ("Landlock (files)", "seccomp (system calls)")


def test_every_attempt_of_the_check_is_refused() -> None:
    """What `vestibule doctor` tries, on a kernel with both walls."""
    report = check_walls()
    assert report.walls.missing == ()
    assert report.refused == dict.fromkeys(ATTEMPTS, True)


async def test_workers_say_which_walls_stand(cache: Path) -> None:
    """Every worker reports its walls before its first guest, and where they are required and stand, it serves."""
    async with open_sandboxes(cache, workers=2, require_walls=True) as sandboxes:
        assert [link.walls.missing for link in sandboxes._links] == [(), ()]
        assert sandboxes.walls.seccomp


async def test_required_walls_that_do_not_stand_are_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `require_walls`, sandboxes do not open on a kernel that cannot confine them."""
    start = WorkerLink.start

    async def start_without(link: WorkerLink) -> None:
        await start(link)
        link.walls = Walls(landlock=3)

    monkeypatch.setattr(WorkerLink, "start", start_without)
    with pytest.raises(SandboxError, match=r"required.*seccomp"):
        async with open_sandboxes(cache, workers=1, require_walls=True):
            pass
