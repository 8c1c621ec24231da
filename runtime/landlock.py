"""Landlock: this thread, and what it starts, keeps only the named directories of the file system.

Source: linux/landlock.h and the kernel's Documentation/userspace-api/landlock.rst.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Mapping
from contextlib import suppress
from enum import IntFlag
from pathlib import Path

from runtime.system_call import system_call

# The same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_GIVE_VERSION = 1
_PATH_BENEATH = 1
_RULESET = struct.Struct("=QQQ")
_RULE = struct.Struct("=Qi")


class Files(IntFlag):
    """Rights on files and directories (`LANDLOCK_ACCESS_FS_*`)."""

    EXECUTE = 1 << 0
    WRITE = 1 << 1
    READ = 1 << 2
    READ_DIRECTORY = 1 << 3
    REMOVE_DIRECTORY = 1 << 4
    REMOVE = 1 << 5
    MAKE_CHARACTER_DEVICE = 1 << 6
    MAKE_DIRECTORY = 1 << 7
    MAKE = 1 << 8
    MAKE_SOCKET = 1 << 9
    MAKE_PIPE = 1 << 10
    MAKE_BLOCK_DEVICE = 1 << 11
    MAKE_LINK = 1 << 12
    MOVE = 1 << 13
    TRUNCATE = 1 << 14
    CONTROL_DEVICE = 1 << 15


_BIND_AND_CONNECT = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
_FILES_KNOWN_TO = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}
"""Rights that a version of the interface knows; from version 5 on all of them."""


def version() -> int:
    """The kernel's Landlock interface; 0 where it has none or it is switched off."""
    try:
        return system_call(_CREATE_RULESET, None, 0, _GIVE_VERSION)
    except OSError as error:
        if error.errno in {errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}:
            return 0
        raise


def restrict(allowed: Mapping[Path, Files]) -> int:
    """Give up all of the file system but what is allowed beneath these directories, and TCP, abstract sockets and
    signals to others where the kernel can (versions 4 and 6). Gives the version; 0: nothing was restricted.

    Only the calling thread and its later children are held, so it comes before any thread is started. The caller has
    set `no_new_privs`.
    """
    known = version()
    if not known:
        return 0
    rights = _FILES_KNOWN_TO.get(known, sum(Files))
    attributes = _RULESET.pack(
        rights, _BIND_AND_CONNECT if known >= 4 else 0, _ABSTRACT_SOCKETS_AND_SIGNALS if known >= 6 else 0
    )
    ruleset = system_call(_CREATE_RULESET, ctypes.create_string_buffer(attributes), _size(known), 0)
    try:
        for directory, access in allowed.items():
            _allow(ruleset, directory, access & rights)
        system_call(_RESTRICT_SELF, ruleset, 0)
    finally:
        with suppress(OSError):
            os.close(ruleset)
    return known


def _size(known: int) -> int:
    """Bytes of the attributes that the version knows; an older kernel refuses longer ones."""
    return 8 if known < 4 else 16 if known < 6 else 24


def _allow(ruleset: int, directory: Path, access: int) -> None:
    descriptor = os.open(directory, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = ctypes.create_string_buffer(_RULE.pack(access, descriptor))
        system_call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
