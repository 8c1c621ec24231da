"""Sends the mails that are owed: at least once each, again and again until the server takes them."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from server.background import Background
from server.login_records import Mail
from server.mail.transport import MailDelayed, MailRefused, MailTransport
from server.store import Store
from server.store.errors import StoreError

LEASE = timedelta(minutes=5)
"""How long a mail that is being sent is left alone by others."""
POLL = 5.0
"""Seconds after which an idle outbox looks for mails of other processes, and for those that are due again."""
BATCH = 8
"""Mails sent at once."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)
"""How long a mail waits after its first failure, which doubles with each, and at most."""
MOST_ATTEMPTS = 24
"""Attempts after which a mail is given up: most of a day."""

_log = logging.getLogger(__name__)


class Outbox(Background):
    """Empties the store's mails in the background; a context manager that finishes what it has begun."""

    def __init__(self, store: Store, transport: MailTransport, sender: str) -> None:
        self._store = store
        self._transport = transport
        self._sender = sender
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There may be new mails: look now."""
        self._woken.set()

    async def _work(self) -> None:
        while True:
            self._woken.clear()
            claimed = await self._claim()
            if claimed:
                await asyncio.gather(*(self._send(mail, attempts) for mail, attempts in claimed))
            else:
                await self._wait()

    async def _claim(self) -> list[tuple[Mail, int]]:
        try:
            return await self._store.claim_mails(now=datetime.now(UTC), lease=LEASE, limit=BATCH)
        except StoreError:
            _log.exception("mails could not be claimed")
            return []

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _send(self, mail: Mail, attempts: int) -> None:
        try:
            await self._transport.send(mail, self._sender)
        except MailDelayed as error:
            await self._delayed(mail, attempts, error)
        except MailRefused as error:
            _log.error("mail %s of app %s is not sent: %s", mail.id, mail.app_id, error)
            await self._settle(mail)
        except Exception:  # noqa: BLE001 - a mail that cannot be composed must not hold up the others
            _log.exception("mail %s of app %s cannot be composed and is not sent", mail.id, mail.app_id)
            await self._settle(mail)
        else:
            await self._settle(mail)

    async def _delayed(self, mail: Mail, attempts: int, error: MailDelayed) -> None:
        if attempts >= MOST_ATTEMPTS:
            _log.error("mail %s of app %s is given up: %s", mail.id, mail.app_id, error)
            await self._settle(mail)
            return
        pause = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
        _log.warning("mail %s of app %s waits %s: %s", mail.id, mail.app_id, pause, error)
        try:
            await self._store.postpone_mail(mail.id, until=datetime.now(UTC) + pause)
        except StoreError:
            _log.exception("mail %s is tried again after its lease", mail.id)

    async def _settle(self, mail: Mail) -> None:
        try:
            await self._store.finish_mail(mail.id)
        except StoreError:
            _log.exception("mail %s may be sent again", mail.id)
