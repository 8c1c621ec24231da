"""The world outside, for packages that talk to it: an HTTP server that tells what it was asked, and an SMTP server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.conformance.mail_server import Mailbox, PatientController
from tests.loopback import JSON, Quiet, listening
from tests.unit.context.test_http_guard import self_signed


class Peer(Quiet):
    """Answers by path, as the services do whose packages are tested."""

    protocol_version = "HTTP/1.1"

    def respond(self) -> None:
        """Answer by path."""
        body = self.read_body().decode()
        path = urlsplit(self.path).path
        if path == "/redirect":
            self._answer(302, {}, location="/echo")
        elif path == "/slow":
            self.rfile.read(1)  # until the client hangs up
        elif path.startswith("/status/"):
            self._answer(int(path.removeprefix("/status/")), {"error": "as asked"})
        elif path == "/v3/mail/send":
            self._answer(202, {})
        elif path == "/v1/customers":
            self._answer(200, {"id": "cus_1", "object": "customer", "email": parse_qs(body)["email"][0]})
        elif path.endswith("/Messages.json"):
            self._answer(201, {"sid": "SM1", "body": parse_qs(body)["Body"][0]})
        else:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._answer(200, {"method": self.command, "path": self.path, "headers": headers, "body": body})

    def _answer(self, status: int, value: object, *, location: str = "") -> None:
        self.answer(status, json.dumps(value).encode(), JSON | ({"Location": location} if location else {}))


@contextmanager
def http_peer() -> Iterator[int]:
    """The port of such a server."""
    with listening(Peer) as port:
        yield port


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ada", b"secret")
    return AuthResult(success=known)


@contextmanager
def smtp_peer(folder: Path) -> Iterator[tuple[Mailbox, int]]:
    """A mailbox and the port of its server, which wants TLS and ada's password before it takes a mail."""
    mailbox = Mailbox()
    controller = PatientController(
        mailbox, tls_context=self_signed(folder), require_starttls=True, authenticator=_authenticate, auth_required=True
    )
    controller.start()
    try:
        yield mailbox, controller.port
    finally:
        controller.stop()
