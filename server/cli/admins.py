"""`vestibule admins`: who may administer apps, kept in the data directory."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import secrets
import sys
from datetime import UTC, datetime

from server.admin.sessions import hash_secret
from server.administrator_records import Administrator, AdministratorKind, Grant, Role
from server.auth.ids import new_id
from server.cli.remote_options import add_format, show_rows, show_value
from server.errors import AppError, ErrorCode
from server.settings import Settings
from server.store import Store, open_store
from server.store.errors import NameTaken

SETTINGS: tuple[str, ...] = ("data_dir", "log_level")
LOG_LEVEL = "WARNING"
SHORTEST_PASSWORD = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add NAME | add-key | list | remove LOGIN."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add an administrator who logs in with a password, which is asked for")
    add.add_argument("login", metavar="NAME", help="the username")
    key = actions.add_parser("add-key", help="make an API key pair, which is printed once")
    for parser_ in (add, key):
        parser_.add_argument(
            "--role", choices=[role.value for role in Role], default=Role.OWNER.value, help="(default: owner)"
        )
        parser_.add_argument("--app", action="append", metavar="APP_ID", help="only this app; may be repeated")
    listing = actions.add_parser("list", help="list administrators with their roles")
    for parser_ in (key, listing):
        add_format(parser_)
    remove = actions.add_parser("remove", help="remove an administrator and end their sessions")
    remove.add_argument("login", metavar="LOGIN", help="a username or a public key")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it; a running server knows at once."""
    secret = _read_password() if options.action == "add" else secrets.token_urlsafe(32)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return asyncio.run(_run(settings, options, secret))


async def _run(settings: Settings, options: argparse.Namespace, secret: str) -> int:
    async with open_store(settings.data_dir.absolute() / "identity.sqlite") as store:
        match options.action:
            case "add":
                added = await _add(store, AdministratorKind.PASSWORD, options.login, secret, options)
                sys.stdout.write(f"'{options.login}' may log in: {_row(added)['roles']}\n")
            case "add-key":
                public_key = secrets.token_hex(4)
                await _add(store, AdministratorKind.KEY_PAIR, public_key, secret, options)
                pair = {"public_key": public_key, "private_key": secret}
                show_value(options, pair, f"public key: {public_key}\nprivate key: {secret}")
            case "list":
                rows = [_row(one) for one in await store.find_administrators()]
                show_rows(options, rows, ("login", "kind", "roles"))
            case _:
                await _remove(store, options.login)
                sys.stdout.write(f"'{options.login}' was removed, and their sessions ended\n")
    return 0


async def _add(
    store: Store, kind: AdministratorKind, login: str, secret: str, options: argparse.Namespace
) -> Administrator:
    grants = tuple(Grant(role=Role(options.role), app_id=app_id) for app_id in options.app or [None])
    administrator = Administrator(
        id=new_id(), kind=kind, login=login, secret_hash=hash_secret(kind, secret), grants=grants,
        created_at=datetime.now(UTC),
    )  # fmt: skip
    try:
        await store.add_administrator(administrator)
    except NameTaken:
        raise AppError(
            ErrorCode.ACCOUNT_NAME_IN_USE,
            f"there is an administrator '{login}' already; `vestibule admins list` shows all",
        ) from None
    return administrator


async def _remove(store: Store, login: str) -> None:
    found = [one for one in await store.find_administrators() if one.login == login]
    if not found:
        raise AppError(ErrorCode.NOT_FOUND, f"there is no administrator '{login}'; `vestibule admins list` shows all")
    for one in found:
        await store.delete_administrator(one.id)


def _row(administrator: Administrator) -> dict[str, str]:
    roles = ", ".join(f"{grant.role} of {grant.app_id or 'all apps'}" for grant in administrator.grants)
    return {"_id": administrator.id, "login": administrator.login, "kind": administrator.kind, "roles": roles}


def _read_password() -> str:
    """From the terminal, else the first line of the standard input."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        repeated = getpass.getpass("Again: ")
    else:
        password = repeated = sys.stdin.readline().rstrip("\n")
    if password != repeated:
        raise AppError(ErrorCode.INVALID_PASSWORD, "the passwords differ; give the same one twice")
    if len(password) < SHORTEST_PASSWORD:
        raise AppError(
            ErrorCode.INVALID_PASSWORD, f"a password has at least {SHORTEST_PASSWORD} characters; give a longer one"
        )
    return password
