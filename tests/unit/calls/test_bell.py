"""The bell: whoever runs events hears of new ones at once, and is left alone otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

from server.calls.bell import Bell
from server.events import EventKind, TriggerEvent
from server.login_records import AuditEntry, AuditEvent

NOW = datetime(2026, 3, 4, tzinfo=UTC)
ENTRY = AuditEntry(id="1", app_id="app", at=NOW, event=AuditEvent.LOGIN)
EVENT = TriggerEvent(
    id="2", app_id="app", kind=EventKind.AUTHENTICATION, trigger_name="t", function_name="f", arguments=({},),
    created_at=NOW,
)  # fmt: skip


def test_events_ring() -> None:
    """One event among other things owed is enough; every listener hears it once."""
    heard: list[int] = []
    bell = Bell(listeners=[lambda: heard.append(1), lambda: heard.append(2)])
    bell.ring_for([ENTRY, EVENT, EVENT])

    assert heard == [1, 2]


def test_what_is_no_event_wakes_nobody() -> None:
    """An entry of the audit log is no reason to look into the queue."""
    heard: list[int] = []
    bell = Bell(listeners=[lambda: heard.append(1)])
    bell.ring_for([ENTRY])
    bell.ring_for([])

    assert heard == []
