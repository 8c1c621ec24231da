"""Where mails go: into a folder, or to an SMTP server whose answers decide what happens next."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from server.app import mail_transport
from server.login_records import Mail
from server.mail.transport import MailDelayed, MailFolder, MailRefused, SmtpServer, as_message
from server.settings import Settings, SettingsError
from tests.conformance.mail_server import Mailbox, mail_server, part

SENDER = "App <no-reply@app.example>"
MAIL = Mail(
    id="m1", app_id="app", recipient="ada@example.org", subject="Hällo", text="Text: ü\n", html="<p>ü</p>\n",
    created_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
)  # fmt: skip


@pytest.fixture
def smtp() -> Iterator[tuple[Mailbox, SmtpServer]]:
    """A server on loopback, and the way to it."""
    with mail_server() as (mailbox, url):
        yield mailbox, SmtpServer.read(url, None)


async def test_mail_is_kept_in_the_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Without a server the mail is a file for the owner alone, and the log says where."""
    folder = tmp_path / "mail"
    with caplog.at_level(logging.INFO):
        await MailFolder(folder=folder).send(MAIL, SENDER)
    (file,) = folder.iterdir()
    kept = message_from_bytes(file.read_bytes(), policy=policy.SMTP)

    assert str(file) in caplog.text
    assert file.stat().st_mode & 0o077 == 0
    assert (kept["To"], kept["Subject"]) == ("ada@example.org", "Hällo")
    assert (part(kept, "plain").strip(), part(kept, "html").strip()) == ("Text: ü", "<p>ü</p>")


async def test_folder_that_cannot_be_written_delays(tmp_path: Path) -> None:
    """A mail that cannot be kept now is owed further on."""
    (tmp_path / "mail").write_text("a file")

    with pytest.raises(MailDelayed, match="cannot be written"):
        await MailFolder(folder=tmp_path / "mail").send(MAIL, SENDER)


async def test_server_gets_the_mail(smtp: tuple[Mailbox, SmtpServer]) -> None:
    """What arrives has both parts, and an id that a repetition would have again."""
    mailbox, server = smtp
    await server.send(MAIL, SENDER)
    (mail,) = mailbox.to("ada@example.org")

    assert mail["Message-ID"] == "<m1@app.example>" == as_message(MAIL, SENDER)["Message-ID"]
    assert mail["From"] == SENDER
    assert part(mail, "html").strip() == "<p>ü</p>"


@pytest.mark.parametrize(
    ("answer", "refusal"), [("554 no", MailRefused), ("451 later", MailDelayed), ("421 gone", MailDelayed)]
)
async def test_answers_decide(smtp: tuple[Mailbox, SmtpServer], answer: str, refusal: type[Exception]) -> None:
    """What is final is given up, everything else tried again."""
    mailbox, server = smtp
    mailbox.refusals.append(answer)

    with pytest.raises(refusal):
        await server.send(MAIL, SENDER)


async def test_server_that_is_down_delays() -> None:
    """Nobody there: the mail waits."""
    with pytest.raises(MailDelayed):
        await SmtpServer.read("smtp://127.0.0.1:1", None).send(MAIL, SENDER)


async def test_password_is_not_sent_in_the_open(smtp: tuple[Mailbox, SmtpServer]) -> None:
    """With a user name STARTTLS is insisted on: a server without it learns nothing and gets no mail."""
    mailbox, server = smtp
    known = SmtpServer.read(f"smtp://user@{server.host}:{server.port}", "secret")

    with pytest.raises(MailDelayed):
        await known.send(MAIL, SENDER)
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("url", "host", "port", "use_tls", "user"),
    [
        ("smtp://mail.example", "mail.example", 587, False, None),
        ("smtps://a%40b@mail.example", "mail.example", 465, True, "a@b"),
        ("smtp://mail.example:25", "mail.example", 25, False, None),
    ],
)
def test_url_is_read(url: str, host: str, port: int, *, use_tls: bool, user: str | None) -> None:
    """Host, port by the scheme, user name decoded."""
    read = SmtpServer.read(url, None)

    assert (read.host, read.port, read.use_tls, read.user) == (host, port, use_tls, user)


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://"])
def test_url_that_is_none_is_refused(url: str) -> None:
    """A misspelt URL is found at the start."""
    with pytest.raises(ValueError, match="an SMTP URL is"):
        SmtpServer.read(url, None)


def test_settings_say_where_mails_go(tmp_path: Path) -> None:
    """Without a server the folder, else that server with the password of the file; what cannot be is named."""
    password = tmp_path / "password"
    password.write_text("secret\n")
    settings = Settings(smtp_url="smtps://user@mail.example", smtp_password_file=password)
    server = mail_transport(settings, tmp_path)

    assert mail_transport(Settings(), tmp_path) == MailFolder(folder=tmp_path / "mail")
    assert isinstance(server, SmtpServer)
    assert (server.user, server.password) == ("user", "secret")
    assert "secret" not in repr(server)
    with pytest.raises(SettingsError, match="smtp_url: an SMTP URL is"):
        mail_transport(Settings(smtp_url="mail.example"), tmp_path)


@pytest.mark.parametrize("recipient", ["a@b.c\r\nBcc: d@e.f", "a b@c", "<a@b.c>"])
def test_recipient_cannot_add_headers(recipient: str) -> None:
    """An address that would be more than one header value makes no mail."""
    mail = Mail(id="m", app_id="app", recipient=recipient, subject="s", text="t", html="h", created_at=MAIL.created_at)
    try:
        message = as_message(mail, SENDER)
    except ValueError:
        return
    assert message["Bcc"] is None
    assert "\n" not in str(message["To"])
