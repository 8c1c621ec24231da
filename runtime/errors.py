"""What can go wrong with a sandbox; one small tree."""

from __future__ import annotations

from enum import StrEnum


class SandboxError(Exception):
    """The sandbox could not do its work, through no fault of the guest's code."""


class WorkerDied(SandboxError):
    """A worker process ended while it held the run; the guest may or may not have had effects."""


class QueueFull(SandboxError):
    """More runs wait for a place than the supervisor admits."""


class BuildFailed(SandboxError):
    """The sources do not make an image; the message names the file, and the line where the engine tells it."""


class ErrorKind(StrEnum):
    """Why a run did not return a value."""

    THREW = "threw"
    UNSETTLED = "unsettled"
    WALL_TIME = "wall_time"
    CPU_TIME = "cpu_time"
    MEMORY = "memory"
    STACK = "stack"
    RESULT = "result"
    HOST_CALLS = "host_calls"
    PARALLEL_HOST_CALLS = "parallel_host_calls"
    HOST_BYTES = "host_bytes"
    NESTING = "nesting"
    CONCURRENT_CALLS = "concurrent_calls"
    QUEUE = "queue"
    BUILD = "build"
    UNKNOWN_FUNCTION = "unknown_function"
    TRAP = "trap"
    NONSENSE = "nonsense"
