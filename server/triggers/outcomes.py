"""How a run of an event may end, other than well."""

from __future__ import annotations


class RunFailed(Exception):
    """The run ended in a failure of its own; it counts, and the event may be tried again."""


class RunInterrupted(Exception):
    """The run could not be made or ended, through no fault of its own; it does not count and is tried again."""


class RunHopeless(Exception):
    """The run must not be tried again."""
