"""The rights of an ordinary user for tests that run as root, who may otherwise read and write every file."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

VERSION_3: Final = 0x20080522
OVERRIDES: Final = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7)): what lets root pass over the modes of files."""
OBEYING: Final = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""What stands before a command whose process has to obey the modes of files."""


@contextmanager
def ordinary_rights() -> Iterator[None]:
    """Have this thread, and those that it starts, obey the modes of files until the end of the block."""
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then their upper halves
    _call("capget", sets)
    effective = sets[0]
    sets[0] = effective & ~OVERRIDES
    _call("capset", sets)
    try:
        yield
    finally:
        sets[0] = effective
        _call("capset", sets)


def _call(name: str, sets: ctypes.Array[ctypes.c_uint32]) -> None:
    header = (ctypes.c_uint32 * 2)(VERSION_3, 0)
    if ctypes.CDLL(None, use_errno=True)[name](header, sets) != 0:
        raise OSError(ctypes.get_errno(), name)
