"""Where mails go: to an SMTP server, or into a folder where none is configured."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from server.login_records import Mail

TIMEOUT = 30.0
"""Seconds that the SMTP server may take for one answer."""
PERMANENT = 500
"""SMTP codes from here on are final (RFC 5321, 4.2.1)."""

_log = logging.getLogger(__name__)


class MailRefused(Exception):
    """The mail will never be taken; the text is for the operator."""


class MailDelayed(Exception):
    """The mail could not be sent now."""


class MailTransport(Protocol):
    """Takes one mail."""

    async def send(self, mail: Mail, sender: str) -> None:
        """Return once the mail is taken. Raises MailRefused, MailDelayed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """An SMTP server: `smtp://` speaks STARTTLS where the server offers it, `smtps://` TLS from the start."""

    host: str
    port: int
    use_tls: bool
    user: str | None
    password: str | None = field(repr=False)

    @classmethod
    def read(cls, url: str, password: str | None) -> SmtpServer:
        """From `smtp://[user@]host[:port]`. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("an SMTP URL is smtp://[user@]host[:port] or smtps://[user@]host[:port]")
        use_tls = parts.scheme == "smtps"
        user = unquote(parts.username) if parts.username else None
        return cls(
            host=parts.hostname, port=parts.port or (465 if use_tls else 587), use_tls=use_tls, user=user,
            password=password,
        )  # fmt: skip

    async def send(self, mail: Mail, sender: str) -> None:
        """Send it; a refusal of this mail for good is told from a server that cannot take it now."""
        try:
            await aiosmtplib.send(
                as_message(mail, sender), hostname=self.host, port=self.port, use_tls=self.use_tls,
                username=self.user, password=self.password, timeout=TIMEOUT,
                start_tls=True if self.user and not self.use_tls else None,
            )  # fmt: skip
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refusal.code >= PERMANENT for refusal in error.recipients):
                raise MailRefused("the recipient is refused") from error
            raise MailDelayed("the recipient is refused for now") from error
        except aiosmtplib.SMTPDataError as error:
            if error.code >= PERMANENT:
                raise MailRefused(f"the server refuses the mail with {error.code}") from error
            raise MailDelayed(f"the server puts the mail off with {error.code}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailDelayed(f"{type(error).__name__} at {self.host}:{self.port}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFolder:
    """Keeps mails as files, for installations without an SMTP server."""

    folder: Path

    async def send(self, mail: Mail, sender: str) -> None:
        """Write it to a file that only the server's user may read, and log where."""
        path = self.folder / f"{mail.created_at:%Y%m%dT%H%M%S}-{mail.id}.eml"
        try:
            await asyncio.to_thread(self._write, path, as_message(mail, sender).as_bytes(policy=SMTP))
        except OSError as error:
            raise MailDelayed(f"{path} cannot be written") from error
        _log.info("no SMTP server is configured: the mail is in %s", path)

    def _write(self, path: Path, content: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(content)
        unfinished.replace(path)


def as_message(mail: Mail, sender: str) -> EmailMessage:
    """The mail as SMTP carries it; the same one always has the same id, so that a repetition can be told."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    local, _, domain = mail.recipient.rpartition("@")
    message["To"] = Address(username=local, domain=domain)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2].strip('> ')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
