"""How an app guards its accounts, and its mails' own words: `auth/security.json` and `auth/mail/`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_network

from server.apps.addresses import Network
from server.apps.auth_files import AccessListEntry, SecurityFile
from server.apps.authentication import MailKind, MailTemplate, SecuritySettings
from server.apps.reading import Reading

_FILE = "auth/security.json"


def read_security(reading: Reading) -> SecuritySettings:
    """The settings; an app without the file has the defaults."""
    entry = reading.manifest(_FILE, SecurityFile) if reading.files.has(_FILE) else None
    if entry is None:
        return SecuritySettings()
    return SecuritySettings(
        access_token_seconds=entry.access_token_expiration,
        refresh_token_seconds=entry.refresh_token_expiration,
        immediate_revocation=entry.immediate_revocation,
        immediate_custom_data=entry.immediate_custom_data,
        case_sensitive_email=entry.case_sensitive_email,
        reveals_accounts=entry.reveal_accounts,
        allows_common_passwords=entry.allow_common_passwords,
        access_list=None if entry.access_list is None else tuple(_networks(reading, entry.access_list)),
        minimum_password_length=entry.minimum_password_length,
        password_words=entry.password_words,
        mails_password_changes=entry.mail_password_changes,
    )


def _networks(reading: Reading, entries: Iterable[AccessListEntry]) -> Iterator[Network]:
    for index, entry in enumerate(entries):
        try:
            yield ip_network(entry.address, strict=False)
        except ValueError:
            reading.problem(_FILE, f"access_list.{index}.address", "must be an IP address or a network (CIDR)")


def read_mail_templates(reading: Reading) -> dict[MailKind, MailTemplate]:
    """The templates that the app replaces: `auth/mail/<kind>.txt` and `.html`."""
    return {
        kind: MailTemplate(text=_text(reading, kind, "txt"), html=_text(reading, kind, "html")) for kind in MailKind
    }


def _text(reading: Reading, kind: MailKind, suffix: str) -> str | None:
    file = f"auth/mail/{kind.value}.{suffix}"
    text = reading.files.read_text(file) if reading.files.has(file) else None
    if text is not None and kind.has_link and "{{link}}" not in text:
        reading.problem(file, "", "there is no {{link}} in it: whoever gets the mail could do nothing with it")
    return text
