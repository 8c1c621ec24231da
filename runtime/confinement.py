"""The second wall: what a sandbox process may still ask of the kernel, whatever code runs in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from runtime import landlock, privileges, seccomp
from runtime.landlock import Files
from runtime.seccomp import Condition, Rules

DESCRIPTORS = 2048 + 64
"""Files a worker may have open: wasmtime keeps one open for every image it has loaded."""
_LINUX = sys.platform == "linux"
_AT_EMPTY_PATH = 0x1000
_READ_ONLY = (Condition(argument=2, mask=os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | os.O_APPEND),)
_TO_THE_PEER = (Condition(argument=4, word=0), Condition(argument=4, word=1))
_CLONE_THREAD = 0x10000

_BOTH: Rules = dict.fromkeys(
    (
        "recvfrom", "futex", "clock_gettime", "clock_nanosleep", "madvise", "mmap", "munmap", "mprotect", "read",
        "pread64", "close", "lseek", "mremap", "brk", "fstat", "statx", "poll", "ppoll", "getrandom", "rt_sigaction",
        "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "sched_yield", "sched_getaffinity", "getpid", "gettid",
        "gettimeofday", "getrusage", "nanosleep", "membarrier", "rseq", "set_robust_list", "restart_syscall", "exit",
        "exit_group",
    ),
    (),
)  # fmt: skip
WORKER_RULES: Rules = {
    **_BOTH,
    "sendto": _TO_THE_PEER,
    "openat": _READ_ONLY,
    "newfstatat": (Condition(argument=3, mask=_AT_EMPTY_PATH, value=_AT_EMPTY_PATH),),
}
"""A worker computes, reads images and speaks over the socket it has. No new process or thread, no signal."""
COMPILER_RULES: Rules = {
    **_BOTH,
    **dict.fromkeys(
        ("openat", "newfstatat", "write", "fsync", "rename", "renameat", "unlink", "unlinkat",
         "fcntl", "ioctl", "ftruncate", "memfd_create"),
        (),
    ),
    "clone": (Condition(argument=0, mask=_CLONE_THREAD, value=_CLONE_THREAD),),
}  # fmt: skip
"""The compiler writes files where Landlock lets it, and has threads; no process, no socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """Which walls stand around a process. `landlock` is the kernel's interface version; 0: there is none."""

    landlock: int = 0
    seccomp: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """The walls that do not stand, each with what it would have held back."""
        lacks = (
            ("Landlock (files)", self.landlock == 0),
            ("Landlock 4 (TCP)", 0 < self.landlock < 4 and not self.seccomp),
            ("seccomp (system calls)", not self.seccomp),
        )
        return tuple(name for name, is_missing in lacks if is_missing)

    def __str__(self) -> str:
        files = f"Landlock {self.landlock}" if self.landlock else "no Landlock"
        return f"{files}, {'seccomp' if self.seccomp else 'no seccomp'}"

    def encode(self) -> bytes:
        """As JSON."""
        return orjson.dumps({"landlock": self.landlock, "seccomp": self.seccomp})

    @classmethod
    def decode(cls, data: bytes) -> Walls:
        """From JSON. Raises ValueError."""
        match orjson.loads(data):
            case {"landlock": int(version), "seccomp": bool(seccomp)}:
                return cls(landlock=version, seccomp=seccomp)
            case _:
                raise ValueError("walls of an unknown form")


def leave_files(allowed: Mapping[Path, Files], *, kept: tuple[int, ...], parent: int) -> int:
    """The first half, before any thread is started: privileges, descriptors, files. Gives Landlock's version."""
    privileges.forget_surroundings(*kept)
    if not _LINUX:
        return 0
    privileges.give_up_privileges(parent)
    return landlock.restrict(allowed)


def leave_system_calls(rules: Rules) -> bool:
    """The second half, once all that needs more has been done: resources and system calls. Whether seccomp stands."""
    is_worker = rules is WORKER_RULES
    if is_worker:
        privileges.limit_resources(descriptors=DESCRIPTORS, processes=0, file_size=0)
    return _LINUX and seccomp.restrict(rules)
