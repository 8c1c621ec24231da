"""Answers about what an app's triggers owe; moments in ISO 8601."""

from __future__ import annotations

from typing import Any

from server.api.admin.answers.closed import Closed


class QueuedEvent(Closed):
    """An event of a trigger; moments in ISO 8601."""

    _id: str
    type: str
    trigger_name: str
    function_name: str
    created: str
    attempts: int
    attempts_allowed: int
    error: str | None


class WaitingEvent(QueuedEvent):
    """An event that is owed; due null: now, or when the one before it is done."""

    due: str | None
    running: bool


class DeadEvent(QueuedEvent):
    """An event that was given up."""

    died: str


class DeadEventInFull(DeadEvent):
    """An event that was given up, with what its function got."""

    arguments: list[Any]


class TriggerState(Closed):
    """Where a trigger stands that watches."""

    name: str
    type: str
    status: str
    reason: str


class TriggerQueue(Closed):
    """What an app's triggers owe."""

    triggers: list[TriggerState]
    waiting: int
    events: list[WaitingEvent]
