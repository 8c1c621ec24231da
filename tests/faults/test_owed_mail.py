"""kill -9 while a mail is being sent: what was owed with a registration reaches its reader all the same."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

from tests.conformance.mail_server import link_in, mail_server
from tests.faults.conftest import ROOT, serving

APP = ROOT / "tests" / "conformance" / "apps" / "mailed"
SECONDS = 120


def test_mail_of_a_killed_server_is_sent(compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registration was answered, its mail was on the way to a server that never spoke: the next start sends it."""
    data = Path(shutil.copytree(compiled, tmp_path / "data"))
    account = {"email": "patient@example.org", "password": "correct horse"}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(SECONDS)
        monkeypatch.setenv("VESTIBULE_SMTP_URL", f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        with serving(data, APP) as server:
            server.post("/app/mailed/auth/providers/local-userpass/register", account)
            connection, _ = silent.accept()
            server.kill()
            connection.close()

    with mail_server() as (mailbox, url):
        monkeypatch.setenv("VESTIBULE_SMTP_URL", url)
        with serving(data, APP) as server:
            (mail,) = mailbox.to("patient@example.org")
            _, query = link_in(mail)
            confirmation = {"token": query["token"], "tokenId": query["tokenId"]}
            server.post("/app/mailed/auth/providers/local-userpass/confirm", confirmation)
            credentials = {"username": "patient@example.org", "password": "correct horse"}
            assert server.post("/app/mailed/auth/providers/local-userpass/login", credentials)["user_id"]
