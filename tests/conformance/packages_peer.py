"""The world outside, for packages that talk to it: an HTTP server that tells what it was asked, and an SMTP server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.conformance.mail_server import Mailbox, PatientController
from tests.unit.context.test_http_guard import self_signed


class Peer(BaseHTTPRequestHandler):
    """Answers by path, as the services do whose packages are tested."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
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

    do_GET = do_POST = _serve  # noqa: N815 - the base class looks for these names

    def _answer(self, status: int, value: object, *, location: str = "") -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def http_peer() -> Iterator[int]:
    """The port of such a server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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
