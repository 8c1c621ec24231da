"""Users of another system, as files describe them: checked line by line, ids kept; pure."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TypeAlias, cast

from server import ejson
from server.apps.authentication import ProviderType
from server.apps.ids import derived_id
from server.auth.emails import is_email, login_of
from server.auth.ids import is_id, new_id
from server.auth.passwords import UnknownHash, check_hash
from server.ejson import Document, EjsonError, Value
from server.login_records import PasswordAccount
from server.records import Identity, User, UserType

NO_PASSWORD = "!"  # noqa: S105 - what is kept where there is no hash: no password is right until it was reset
_TRUE, _FALSE = ("true", "1", "yes"), ("", "false", "0", "no")

Row: TypeAlias = Mapping[str, Value]


class ImportRefused(Exception):
    """A line that is no user; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedUser:
    """A user to write, with the password of the identity that has one."""

    user: User
    password: PasswordAccount | None


def read_rows(file: IO[str], name: str) -> Iterator[tuple[int, Row]]:
    """The rows of a CSV file, a JSON array or JSON lines, with their numbers. Raises ImportRefused."""
    if name.lower().endswith(".csv"):
        reader = csv.DictReader(file, strict=True)
        for number, row in enumerate(reader, start=2):
            yield number, {field: text for field, text in row.items() if field and isinstance(text, str) and text}
        return
    beginning = file.read(1)
    if beginning == "[":
        entries = _value(beginning + file.read())
        yield from enumerate(map(_row, entries if isinstance(entries, list) else []), start=1)
        return
    for number, line in enumerate(file, start=1):
        text = beginning + line if number == 1 else line
        if text.strip():
            yield number, _row(_value(text))


def read_user(row: Row, app_id: str, *, case_sensitive: bool, now: datetime) -> ImportedUser:
    """The user of a row: in the form of App Services (contract 12.4), or flat. Raises ImportRefused."""
    created_at = _moment(row, "creation_date", now) or now
    identities = tuple(_identities(row, app_id))
    if not identities:
        raise ImportRefused("there is neither an identity nor an email")
    user = User(
        id=_id(row), app_id=app_id, type=UserType(_choice(row, "type", tuple(UserType), UserType.NORMAL)),
        disabled=_truth(row, "disabled"), identities=identities, created_at=created_at,
        last_authentication_at=_moment(row, "last_authentication_date", now),
    )  # fmt: skip
    return ImportedUser(user=user, password=_password(row, user, case_sensitive=case_sensitive))


def _identities(row: Row, app_id: str) -> Iterator[Identity]:
    listed = row.get("identities")
    data = row.get("data") if isinstance(row.get("data"), dict) else {}
    if isinstance(listed, list):
        for entry in listed:
            yield _identity(entry if isinstance(entry, dict) else {}, app_id, cast("Document", data))
        return
    provider = _text(row, "provider_type") or (ProviderType.LOCAL_USERPASS if row.get("email") else "")
    if provider:
        own = {name: row[name] for name in ("email", "name") if row.get(name)}
        flat: Document = {"id": _text(row, "identity_id") or new_id(), "provider_type": provider, "provider_data": own}
        yield _identity(flat, app_id, cast("Document", data))


def _identity(entry: Row, app_id: str, data: Document) -> Identity:
    provider, id_ = _text(entry, "provider_type"), _text(entry, "id")
    if provider not in tuple(ProviderType) or not id_:
        raise ImportRefused(f"an identity has no id, or no known provider: '{provider[:64]}'")
    own = entry.get("provider_data")
    return Identity(
        id=id_, provider_type=provider, provider_id=derived_id(app_id, "provider", provider),
        data=data | (own if isinstance(own, dict) else {}),
    )  # fmt: skip


def _password(row: Row, user: User, *, case_sensitive: bool) -> PasswordAccount | None:
    hash_ = _text(row, "password_hash")
    for identity in user.identities:
        if identity.provider_type == ProviderType.LOCAL_USERPASS:
            email = identity.data.get("email")
            if not isinstance(email, str) or not is_email(email):
                raise ImportRefused("the email of the local-userpass identity is missing or none")
            return PasswordAccount(
                app_id=user.app_id, login=login_of(email, case_sensitive=case_sensitive), email=email,
                identity_id=identity.id, hash=_hash(hash_), confirmed=True, created_at=user.created_at,
            )  # fmt: skip
    if hash_:
        raise ImportRefused("there is a password hash, but no email to log in with")
    return None


def _hash(text: str) -> str:
    if not text:
        return NO_PASSWORD
    try:
        check_hash(text)
    except UnknownHash as error:
        raise ImportRefused(f"password_hash: {error}") from error
    return text


def _id(row: Row) -> str:
    given = row.get("_id", row.get("id"))
    if given is None:
        return new_id()
    text = str(given).lower()
    if not is_id(text):
        raise ImportRefused("the id is not 24 hexadecimal digits")
    return text


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise ImportRefused(f"'{name}' is no text")
    return value or ""


def _choice(row: Row, name: str, choices: tuple[str, ...], otherwise: str) -> str:
    text = _text(row, name) or otherwise
    if text not in choices:
        raise ImportRefused(f"'{name}' is not one of {', '.join(choices)}")
    return text


def _truth(row: Row, name: str) -> bool:
    value = row.get(name)
    text = str(value).lower() if value is not None else ""
    if text not in _TRUE + _FALSE:
        raise ImportRefused(f"'{name}' is neither true nor false")
    return text in _TRUE


def _moment(row: Row, name: str, now: datetime) -> datetime | None:
    """Seconds since 1970, of which 0 is never, or a date of ISO 8601."""
    value = row.get(name)
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    try:
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, str):
            moment = datetime.fromisoformat(value)
        else:
            moment = datetime.fromtimestamp(float(cast("float", value or 0)), UTC)
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise ImportRefused(f"'{name}' is no moment") from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None if value in (None, 0) else min(aware, now)


def _value(text: str) -> Value:
    try:
        return ejson.loads(text)
    except EjsonError as error:
        raise ImportRefused(f"not JSON: {error}") from error


def _row(value: Value) -> Row:
    if not isinstance(value, dict):
        raise ImportRefused("not an object")
    return value
