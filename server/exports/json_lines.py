"""Log entries as JSON objects on lines, as the Admin API has them, written to a descriptor."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Final

from server.admin.logs import log_object
from server.records import LogEntry

_UNKNOWN: Final = ("cursor",)
"""What an entry has only once it is kept."""


class JsonLines:
    """A sink; writes to the descriptor directly, since a buffer's lock would outlive a reader that has stopped."""

    name = "the standard output"

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, entries: Sequence[LogEntry]) -> int:
        """All of them; waits for the reader."""
        data = memoryview("".join(json_line(entry) for entry in entries).encode())
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:  # the reader is gone
            return len(entries)
        return 0

    def close(self) -> None:
        """The descriptor is its owner's."""


def json_line(entry: LogEntry) -> str:
    """In ASCII, so that no character of a text ends a line for any reader."""
    shown = {name: value for name, value in log_object(entry).items() if name not in _UNKNOWN}
    return json.dumps({"app": entry.app_id, **shown}, separators=(",", ":")) + "\n"
