"""Apps that are no more: all that is kept of one goes in one write, and its id is never given to another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from server.login_records import Owed
from server.store.moments import to_milliseconds
from server.store.owed import insert_owed
from server.store.part import StorePart
from server.store.transaction import Transaction

_DELETE_APP = "DELETE FROM apps WHERE app_id = ? RETURNING app_id"
_PARTS = (
    "drafts", "deployments", "secrets", "triggers", "events", "dead_events", "faults", "users", "identities",
    "sessions", "devices", "passwords", "tickets", "api_keys", "mails", "failures", "recordings", "call_figures",
)  # fmt: skip
_DELETE_PARTS = tuple(f"DELETE FROM {table} WHERE app_id = ?" for table in _PARTS)  # noqa: S608 - constants
_RETIRE = "INSERT INTO deleted_apps (app_id, deleted_at) VALUES (?, ?) ON CONFLICT DO NOTHING"
_FIND_RETIRED = "SELECT 1 FROM deleted_apps WHERE app_id = ?"
_LOGS_LEFT = "SELECT app_id FROM log_sizes WHERE size > 0 AND app_id IN (SELECT app_id FROM deleted_apps)"


class AppIdRetired(Exception):
    """The id was that of an app which has been deleted; nothing was written."""

    def __init__(self, app_id: str) -> None:
        super().__init__(
            f"an app '{app_id}' was deleted here, and its documents are kept; give the new app another client app id"
        )


class DeletedApps(StorePart):
    """Deletion of apps, and the ids that it leaves behind."""

    async def delete_stored_app(self, app_id: str, owed: Sequence[Owed] = (), *, now: datetime) -> bool:
        """Forget the app with its users, sessions, credentials, secrets, recordings and history, and retire its id.

        False, and nothing owed, where there was none. What stays: its audit entries; its log, until `trim_logs`
        has removed it; its documents, which are not in this database.
        """

        def work(transaction: Transaction) -> bool:
            if not transaction.execute(_DELETE_APP, app_id):
                return False
            for statement in _DELETE_PARTS:
                transaction.execute(statement, app_id)
            transaction.execute(_RETIRE, app_id, to_milliseconds(now))
            insert_owed(transaction, owed)
            return True

        return await self._database.write(work)

    async def abandon_stored_app(self, app_id: str) -> None:
        """Take back an app that was added and never served; its id is free again."""
        await self._database.write(lambda transaction: transaction.execute(_DELETE_APP, app_id))

    async def deleted_apps_with_logs(self) -> list[str]:
        """Deleted apps whose log is not gone yet."""
        return [cast("str", app_id) for (app_id,) in await self._database.read(_LOGS_LEFT)]


def check_not_retired(transaction: Transaction, app_id: str) -> None:
    """Within another write. Raises AppIdRetired."""
    if transaction.execute(_FIND_RETIRED, app_id):
        raise AppIdRetired(app_id)
