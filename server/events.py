"""The records of the queue: what is owed, to whom, how often it may fail, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from server.causes import Cause
from server.ejson import Value

DAY = timedelta(days=1)


class EventKind(StrEnum):
    """What an event came from, named as the log names its runs (contract 12.5)."""

    AUTHENTICATION = "AUTH_TRIGGER"
    DATABASE = "DB_TRIGGER"
    SCHEDULED = "SCHEDULED_TRIGGER"
    AFTER = "AFTER"
    OUTGOING_WEBHOOK = "OUTGOING_WEBHOOK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often a run may fail, how long to wait after a failure, and how long after its cause to give up.

    The wait doubles with each failure, from `first_delay` to `longest_delay`.
    """

    attempts: int = 1
    first_delay: timedelta = timedelta(seconds=1)
    longest_delay: timedelta = timedelta(hours=1)
    deadline: timedelta = DAY


PERSISTENT = Retry(attempts=20)
"""For what nobody configures and nobody waits for: within a day it is tried until it works."""
ONCE = Retry()
"""As App Services has it: a run that fails is not repeated (contract 8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerEvent:
    """One run owed to a trigger: `arguments` are handed to the function (contract 8).

    Events of one lane run one at a time, by `position`, then `id`; those without a lane in no promised order.
    `depth` counts the events that led to this one, each by what its run wrote; `cause` is the call or login that did.
    """

    id: str
    app_id: str
    kind: EventKind
    trigger_name: str
    function_name: str
    arguments: tuple[Value, ...]
    created_at: datetime
    lane: str | None = None
    position: int = 0
    depth: int = 0
    retry: Retry = ONCE
    cause: Cause | None = None


EventKey: TypeAlias = tuple[str, str]
"""App id and event id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedEvent:
    """An event that is owed: how often it was begun, this time included, and how often its function failed."""

    event: TriggerEvent
    attempts: int = 0
    failures: int = 0
    last_error: str | None = None
    give_up_at: datetime
    size: int = 0
    """Of the arguments as they are kept, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEvent:
    """An event that is owed, as it stands in the queue; `due_at` is None while others of its lane come first.

    Of one that is running, `due_at` is when it is taken to be abandoned.
    """

    queued: QueuedEvent
    due_at: datetime | None
    is_running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadEvent:
    """An event that was given up, and why; it can be replayed or discarded."""

    queued: QueuedEvent
    died_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventOrigin:
    """The event that a run answers, as the function sees it in `context.event`."""

    id: str
    kind: EventKind
    trigger_name: str
    attempt: int
    created_at: datetime
    depth: int = 0


class TriggerStatus(StrEnum):
    """Whether a trigger watches."""

    ACTIVE = "active"
    DISABLED = "disabled"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerState:
    """Where a trigger stands that watches for something by itself.

    `place` is how far it has got; None: it begins with what happens from `since` on. `version` is the app's when the
    trigger was last deployed. `reason` says why it is suspended.
    """

    app_id: str
    name: str
    kind: EventKind
    status: TriggerStatus
    reason: str = ""
    place: str | None = None
    since: datetime
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A step of a trigger from one place to the next, with the events that it owes for what lies between."""

    name: str
    origin: str | None
    place: str
    events: tuple[TriggerEvent, ...] = ()
