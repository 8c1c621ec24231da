"""One attempt to run an event, and what follows from how it ended."""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from server.events import EventKind, QueuedEvent
from server.store import Store
from server.triggers.clock import Clock
from server.triggers.outcomes import RunFailed, RunHopeless, RunInterrupted
from server.triggers.retrying import MOST_INTERRUPTIONS, after_failure, after_interruption, interruptions

SHOWN: Final = 2000
"""Characters kept of an error."""

Handle: TypeAlias = Callable[[QueuedEvent], Awaitable[None]]
"""Runs an event. Raises RunFailed, RunInterrupted or RunHopeless."""
End: TypeAlias = Callable[[], Awaitable[object]]

_log = logging.getLogger(__name__)


class Attempts:
    """Runs events for an owner of leases; `buried` are the apps that have new dead events."""

    def __init__(self, store: Store, handlers: Mapping[EventKind, Handle], owner: str, clock: Clock) -> None:
        self._store = store
        self._handlers = handlers
        self._owner = owner
        self._clock = clock
        self.buried: set[str] = set()

    async def run(self, queued: QueuedEvent) -> End | None:
        """Run the event; what writes its end down, and may be done again; None: it ended well and is to be finished."""
        event = queued.event
        try:
            if interruptions(queued) > MOST_INTERRUPTIONS:
                return self._bury(queued, f"cut off {MOST_INTERRUPTIONS} times, at last by: {queued.last_error}")
            await self._handlers[event.kind](queued)
        except RunFailed as error:
            return self._fail(queued, str(error))
        except RunHopeless as error:
            return self._bury(queued, str(error))
        except RunInterrupted as error:
            return self._postpone(queued, str(error), after_interruption(queued, self._clock.now(), random.random))
        except Exception as error:  # noqa: BLE001 - one event must not stop the others
            _log.error("trigger %s of app %s was cut off", event.trigger_name, event.app_id, exc_info=error)
            text = f"internal error ({type(error).__name__})"  # its text may hold anything; the server's own log has it
            return self._postpone(queued, text, after_interruption(queued, self._clock.now(), random.random))
        return None

    def _fail(self, queued: QueuedEvent, reason: str) -> End:
        again_at = after_failure(queued, self._clock.now(), random.random)
        if again_at is None:
            return self._bury(queued, reason)
        return self._postpone(queued, reason, again_at, failed=True)

    def _postpone(self, queued: QueuedEvent, reason: str, until: datetime, *, failed: bool = False) -> End:
        event = queued.event
        _log.warning("trigger %s of app %s is tried again: %s", event.trigger_name, event.app_id, reason[:500])
        return lambda: self._store.postpone_event(
            event.app_id, event.id, owner=self._owner, until=until, error=reason[:SHOWN], failed=failed
        )

    def _bury(self, queued: QueuedEvent, reason: str) -> End:
        event = queued.event
        self.buried.add(event.app_id)
        _log.warning(
            "trigger %s of app %s failed, event %s is given up: %s",
            event.trigger_name, event.app_id, event.id, reason[:500],
        )  # fmt: skip
        return lambda: self._store.bury_event(
            event.app_id, event.id, owner=self._owner, reason=reason[:SHOWN], now=self._clock.now()
        )
