"""What a sandbox process gives up besides files and system calls: new privileges, capabilities, resources, its names.

Source: prctl(2), capabilities(7), getrlimit(2).
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct

from runtime.system_call import process_control, system_call

_DEATH_SIGNAL, _NO_NEW_PRIVILEGES = 1, 38
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITIES_VERSION = 0x20080522
_MOST_DESCRIPTORS = 1 << 16


def give_up_privileges(parent: int) -> None:
    """No new privileges, no capabilities, death with the parent process of that id.

    Raises OSError where the kernel refuses, ProcessLookupError where the parent has died meanwhile.
    """
    process_control(_NO_NEW_PRIVILEGES, 1)
    process_control(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        raise ProcessLookupError("the server has ended")
    number = _CAPSET.get(platform.machine())
    if number is not None:
        header = struct.pack("=Ii", _CAPABILITIES_VERSION, 0)
        system_call(number, ctypes.create_string_buffer(header), ctypes.create_string_buffer(24))


def limit_resources(*, descriptors: int, processes: int | None, file_size: int) -> None:
    """Hard limits: open descriptors, the user's processes and threads (None: as they are), bytes of a file, no core."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    descriptors = descriptors if most == resource.RLIM_INFINITY else min(descriptors, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
    if processes is not None:
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))


def forget_surroundings(*kept: int) -> None:
    """Close every descriptor but the kept ones, the standard streams lead nowhere, and the environment is empty."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        if stream not in kept:
            os.dup2(nowhere, stream)
    start = 3
    for descriptor in sorted({*kept} - {0, 1, 2}):
        os.closerange(start, descriptor)
        start = descriptor + 1
    os.closerange(start, _MOST_DESCRIPTORS)
    os.environ.clear()
