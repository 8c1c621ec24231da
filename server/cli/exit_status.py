"""How a command ends, for scripts: every exit status there is."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """The statuses of all commands; `docs/reference/commands.md` has them in a table."""

    OK = 0
    FAILED = 1
    USAGE = 2
    DIFFERS = 3
    NOT_LOGGED_IN = 4
    INTERRUPTED = 130
    BROKEN_PIPE = 141
