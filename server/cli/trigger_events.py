"""What an app's triggers stand at, were owed and gave up, whether a server is asked or the data directory."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote, urlencode

from server.cli.remote_options import server_of
from server.cli.terminal import watched
from server.remote.client import RemoteServer
from server.remote.exchange import RemoteError
from server.settings import Settings

Row: TypeAlias = Mapping[str, Any]
"""A trigger or an event, named as the Admin API names it."""
_NOT_FOUND = "NotFound"
"""The code for an event that is not kept, or kept no more."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Triggers that keep a place, by name, type, status and reason; how many events are owed."""

    triggers: Sequence[Row]
    owed: int


class TriggerEvents(Protocol):
    """The events of one app's triggers."""

    def standing(self) -> Standing:
        """Where the triggers stand that keep a place."""

    def triggers(self) -> Mapping[str, Row]:
        """The configurations of the version that is served, by their names."""

    def dead(self, trigger: str | None, skip: int) -> Sequence[Row]:
        """Up to 100 events that were given up, of one trigger or all, the newest first."""

    def event(self, event_id: str) -> Row | None:
        """One that was given up, with its arguments; None where there is none."""

    def replay(self, event_ids: Sequence[str]) -> int:
        """Queue those anew that were given up; how many."""

    def discard(self, event_ids: Sequence[str]) -> int:
        """Forget those that were given up; how many."""

    def resume(self, trigger: str, *, from_now: bool) -> bool:
        """Let it go on; False where it was not suspended."""


@dataclass(frozen=True, slots=True)
class RemoteEvents:
    """Those of an app on a server, which `path` is below the Admin API."""

    server: RemoteServer
    path: str

    def standing(self) -> Standing:
        """As the protocol's."""
        queue = self.server.get(f"{self.path}/trigger_queue")
        return Standing(queue["triggers"], queue["waiting"])

    def triggers(self) -> Mapping[str, Row]:
        """As the protocol's."""
        return {row["name"]: row for row in self.server.get(f"{self.path}/triggers")}

    def dead(self, trigger: str | None, skip: int) -> Sequence[Row]:
        """As the protocol's."""
        rows: list[Row] = self.server.get(
            f"{self.path}/dead_events?{urlencode({'trigger_name': trigger or '', 'skip': skip})}"
        )
        return rows

    def event(self, event_id: str) -> Row | None:
        """As the protocol's."""
        try:
            row: Row = self.server.get(self._dead(event_id))
        except RemoteError as error:
            if error.code != _NOT_FOUND:
                raise
            return None
        return row

    def replay(self, event_ids: Sequence[str]) -> int:
        """As the protocol's."""
        return sum(self._done("POST", f"{self._dead(one)}/replay") for one in watched("replaying", event_ids))

    def discard(self, event_ids: Sequence[str]) -> int:
        """As the protocol's."""
        return sum(self._done("DELETE", self._dead(one)) for one in watched("discarding", event_ids))

    def resume(self, trigger: str, *, from_now: bool) -> bool:
        """As the protocol's."""
        found = self.triggers().get(trigger)
        states = {row["name"]: row["status"] for row in self.standing().triggers}
        if found is None or states.get(trigger) != "suspended":
            return False
        self.server.send("PUT", f"{self.path}/triggers/{quote(found['_id'])}/resume", {"disable_token": from_now})
        return True

    def _dead(self, event_id: str) -> str:
        return f"{self.path}/dead_events/{quote(event_id, safe='')}"

    def _done(self, method: str, path: str) -> bool:
        try:
            self.server.send(method, path)
        except RemoteError as error:
            if error.code != _NOT_FOUND:
                raise
            return False
        return True


def trigger_events(settings: Settings, options: argparse.Namespace) -> TriggerEvents:
    """Those of the app that the options name. Raises NotLoggedIn, RemoteError, StoreError."""
    if options.local:
        # the store takes a while to import, and a server is asked without it
        stored: TriggerEvents = import_module("server.cli.stored_trigger_events").StoredEvents(settings, options.app)
        return stored
    server = server_of(options)
    return RemoteEvents(server, server.app(options.app).path)
