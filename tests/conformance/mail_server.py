"""A real SMTP server on loopback that keeps what it gets."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.conformance.server_process import PATIENCE


@dataclass(slots=True)
class Mailbox:
    """Mails as they arrived; `refusals` are answers to give, in order, before mails are taken."""

    mails: list[EmailMessage] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Take a mail."""
        if self.refusals:
            with self._arrived:
                self._arrived.notify_all()
                return self.refusals.pop(0)
        mail = message_from_bytes(cast("bytes", envelope.content), policy=policy.SMTP)
        with self._arrived:
            self.mails.append(mail)
            self._arrived.notify_all()
        return "250 OK"

    def wait_until_refused(self) -> None:
        """Until all refusals have been given."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: not self.refusals, PATIENCE):
                pytest.fail("no mail came that could be refused")

    def to(self, address: str, *, count: int = 1) -> list[EmailMessage]:
        """The mails to an address, once there are so many."""

        def found() -> list[EmailMessage]:
            return [mail for mail in self.mails if mail["To"] == address]

        with self._arrived:
            if not self._arrived.wait_for(lambda: len(found()) >= count, PATIENCE):
                pytest.fail(f"{len(found())} mails to {address} in {PATIENCE} s, not {count}")
            return found()


def part(mail: EmailMessage, kind: str) -> str:
    """The text of a mail in `plain` or `html`."""
    body = mail.get_body((kind,))
    assert body is not None
    return cast("str", body.get_content())


def link_in(mail: EmailMessage) -> tuple[str, dict[str, str]]:
    """The page that the mail's link leads to, and its query."""
    match = re.search(r"https://\S+", part(mail, "plain"))
    assert match is not None
    url = urlsplit(match[0])
    return f"{url.scheme}://{url.netloc}{url.path}", {name: values[0] for name, values in parse_qs(url.query).items()}


class PatientController(Controller):
    """An SMTP server on a port that is its own from the beginning; a busy machine may take its time to start it."""

    def __init__(self, handler: object, **parameters: Any) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        super().__init__(handler, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE, **parameters)

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listening, ssl=self.ssl_context)


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, str]]:
    """The mailbox and the URL of its server, for as long as the block lasts."""
    mailbox = Mailbox()
    controller = PatientController(mailbox)
    controller.start()
    try:
        yield mailbox, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()
