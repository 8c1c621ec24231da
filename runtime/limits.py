"""What one run of a guest may use; every field with its unit and source."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one run. A limit that is reached ends the run with an error that names it."""

    wall_time: float = 300.0
    """Seconds from start to settlement, waiting included (contract 4.5: 300 s a request)."""
    memory: int = 350 * MEGABYTE
    """Bytes of linear memory, the image included (contract 4.5: 350 MB)."""
    stack: int = 768 * 1024
    """Bytes of the engine's stack; of the 1 MB that the engine's linear memory keeps for it."""
    result: int = 18 * MEGABYTE
    """Bytes of the returned value as Extended JSON (contract 4.5: 18 MB a request)."""
    log_lines: int = 1000
    """Console calls kept of a run; contract 4.5 shows 25 of them to the author."""
    log_bytes: int = 64 * 1024
    """Bytes of console text kept of a run."""
    host_calls: int = 100_000
    """Host calls of a run, in all."""
    parallel_host_calls: int = 1000
    """Host calls waiting at once (contract 4.5: 1000 asynchronous operations in flight)."""
    host_call_bytes: int = 18 * MEGABYTE
    """Bytes of one host call's arguments, and of one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLimits:
    """The limits of building one image, which compiles the author's code and does not run it."""

    time: float = 10.0
    """Seconds the engine may take over all sources of an app together; while others have their turn does not count."""
    memory: int = 128 * MEGABYTE
    """Bytes of linear memory of the image."""
    source: int = 16 * MEGABYTE
    """Bytes of all sources together (contract 4.5: 15 MB of dependencies)."""
