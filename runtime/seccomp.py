"""seccomp: the process keeps the system calls of a table and no other.

Source: seccomp(2), linux/filter.h (classic BPF), the kernel's tables of system calls.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from runtime.system_call import system_call

_INSTRUCTION = struct.Struct("=HBBI")
_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_ALLOW, _KILL, _REFUSE, _ABSENT = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
_NUMBER_OFFSET, _ARCHITECTURE_OFFSET, _ARGUMENTS_OFFSET = 0, 4, 16
_SET_FILTER, _ALL_THREADS = 1, 1
_X32 = 0x40000000
"""Where the numbers of the x32 variant begin, which passes for x86-64."""


_CLONE3 = 435


@dataclass(frozen=True, slots=True)
class Architecture:
    """A machine: its audit number, the number of `seccomp` itself, and its column in the table of calls."""

    audit: int
    seccomp: int
    column: int


ARCHITECTURES: Mapping[str, Architecture] = {
    "x86_64": Architecture(audit=0xC000003E, seccomp=317, column=0),
    "aarch64": Architecture(audit=0xC00000B7, seccomp=277, column=1),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds where the 32-bit half `word` (0: low) of an argument has, of the bits of `mask`, just those of `value`."""

    argument: int
    mask: int = 0xFFFFFFFF
    value: int = 0
    word: int = 0


Rules = Mapping[str, tuple[Condition, ...]]
"""Allowed calls by name; all conditions of one must hold."""

NUMBERS: Mapping[str, tuple[int | None, int | None]] = {
    "brk": (12, 214),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "clone": (56, 220),
    "close": (3, 57),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "fcntl": (72, 25),
    "fstat": (5, 80),
    "fsync": (74, 82),
    "ftruncate": (77, 46),
    "futex": (202, 98),
    "getpid": (39, 172),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "gettid": (186, 178),
    "gettimeofday": (96, 169),
    "ioctl": (16, 29),
    "lseek": (8, 62),
    "madvise": (28, 233),
    "membarrier": (324, 283),
    "memfd_create": (319, 279),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "munmap": (11, 215),
    "nanosleep": (35, 101),
    "newfstatat": (262, 79),
    "openat": (257, 56),
    "poll": (7, None),
    "ppoll": (271, 73),
    "pread64": (17, 67),
    "read": (0, 63),
    "recvfrom": (45, 207),
    "rename": (82, None),
    "renameat": (264, 38),
    "restart_syscall": (219, 128),
    "rseq": (334, 293),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_getaffinity": (204, 123),
    "sched_yield": (24, 124),
    "sendto": (44, 206),
    "set_robust_list": (273, 99),
    "sigaltstack": (131, 132),
    "statx": (332, 291),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "write": (1, 64),
}
"""The numbers of the calls that rules may name, on x86-64 and on aarch64; None: the machine has no such call."""


def restrict(rules: Rules) -> bool:
    """Refuse all threads of the process every other call, for good; False where the kernel or machine cannot.

    A refused call fails with EPERM; one of a foreign calling convention ends the process. The caller has set
    `no_new_privs`.
    """
    architecture = ARCHITECTURES.get(platform.machine())
    if architecture is None:
        return False
    code = program(architecture, rules)
    instructions = ctypes.create_string_buffer(code, len(code))
    described = struct.pack("@HP", len(code) // _INSTRUCTION.size, ctypes.addressof(instructions))
    try:
        system_call(
            architecture.seccomp, _SET_FILTER, _ALL_THREADS, ctypes.create_string_buffer(described, len(described))
        )
    except OSError as error:
        if error.errno in {errno.ENOSYS, errno.EINVAL, errno.EACCES, errno.EPERM}:
            return False
        raise
    return True


def program(architecture: Architecture, rules: Rules) -> bytes:
    """The filter's instructions."""
    parts = [
        _instruction(_LOAD, _ARCHITECTURE_OFFSET),
        _instruction(_EQUAL, architecture.audit, jump_true=1),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER_OFFSET),
        _instruction(_AT_LEAST, _X32, jump_false=1),
        _instruction(_RETURN, _KILL),
    ]
    # Its flags lie in memory, where no filter can judge them; told that it does not exist, the C library takes `clone`.
    parts += [_instruction(_EQUAL, _CLONE3, jump_false=1), _instruction(_RETURN, _ABSENT)]
    for name, conditions in rules.items():
        number = NUMBERS[name][architecture.column]
        if number is not None:
            parts.append(_allow(number, conditions))
    parts.append(_instruction(_RETURN, _REFUSE))
    return b"".join(parts)


def _allow(number: int, conditions: tuple[Condition, ...]) -> bytes:
    """Falls through where the call is another; else allows it, or refuses it at the first condition that fails."""
    tests = b"".join(map(_test, conditions))
    body = tests + _instruction(_RETURN, _ALLOW)
    return _instruction(_EQUAL, number, jump_false=len(body) // _INSTRUCTION.size) + body


def _test(condition: Condition) -> bytes:
    return b"".join((
        _instruction(_LOAD, _ARGUMENTS_OFFSET + 8 * condition.argument + 4 * condition.word),
        _instruction(_AND, condition.mask),
        _instruction(_EQUAL, condition.value, jump_true=1),
        _instruction(_RETURN, _REFUSE),
    ))  # fmt: skip


def _instruction(code: int, operand: int, *, jump_true: int = 0, jump_false: int = 0) -> bytes:
    return _INSTRUCTION.pack(code, jump_true, jump_false, operand)
