"""Hands log entries to a sink in a thread of its own: no call waits for it, and what it cannot take is counted."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Protocol, Self

from prometheus_client import Counter

from server.records import LogEntry

MOST_WAITING: Final = 10_000
"""Entries that may wait for their sink; beyond it the oldest are given up."""
BATCH: Final = 500
"""Entries handed over at once."""
PAUSE: Final = 0.25
"""Seconds that entries wait for others."""
PATIENCE: Final = 5.0
"""Seconds that a sink may take for what is left when the server stops."""

LOST = Counter("vestibule_log_entries_lost", "Log entries that an export gave up", ("sink",))
_log = logging.getLogger(__name__)


class Sink(Protocol):
    """Where entries go; only one thread uses it."""

    @property
    def name(self) -> str:
        """What operators know it by."""

    def write(self, entries: Sequence[LogEntry]) -> int:
        """Send them, however long it takes; how many could not be sent."""

    def close(self) -> None:
        """Nothing more comes."""


class LogExport:
    """An async context manager; on leaving it what is left is sent, if the sink takes it soon."""

    def __init__(self, sink: Sink, *, most_waiting: int = MOST_WAITING) -> None:
        self._sink = sink
        self._waiting: deque[LogEntry] = deque(maxlen=most_waiting)
        self._lock = threading.Lock()
        self._arrived = threading.Event()
        self._ended = threading.Event()
        self._told = 0
        self.lost = 0
        self._thread = threading.Thread(target=self._work, name=f"export to {sink.name}", daemon=True)

    async def __aenter__(self) -> Self:
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._arrived.set()
        await asyncio.to_thread(self._thread.join, PATIENCE)
        if self._thread.is_alive():
            _log.warning("%s does not take the last %d log entries", self._sink.name, len(self._waiting))

    def add(self, entry: LogEntry) -> None:
        """Have the entry sent soon."""
        with self._lock:
            if len(self._waiting) == self._waiting.maxlen:
                self._lose(1)
            self._waiting.append(entry)
        if not self._arrived.is_set():
            self._arrived.set()

    def _lose(self, count: int) -> None:
        self.lost += count
        LOST.labels(self._sink.name).inc(count)

    def _work(self) -> None:
        while not self._ended.is_set():
            self._arrived.wait()
            self._ended.wait(PAUSE)
            self._arrived.clear()
            self._send_waiting()
        self._send_waiting()
        self._sink.close()

    def _send_waiting(self) -> None:
        while batch := self._take():
            try:
                lost = self._sink.write(batch)
            except Exception:  # noqa: BLE001 - a sink's trouble must not end the export
                _log.exception("%s failed", self._sink.name)
                lost = len(batch)
            with self._lock:
                self._lose(lost)
            self._tell()

    def _take(self) -> list[LogEntry]:
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]

    def _tell(self) -> None:
        if self.lost > self._told:
            _log.warning(
                "%s did not take %d log entries, %d so far", self._sink.name, self.lost - self._told, self.lost
            )
            self._told = self.lost
