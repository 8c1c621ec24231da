"""The provider `local-userpass`: address and password (contract 7.2)."""

from __future__ import annotations

from dataclasses import replace

from server.auth.emails import login_of
from server.auth.passwords import needs_upgrade
from server.ejson import Document, is_text
from server.errors import AppError, ErrorCode
from server.login.attempt import Attempt, Verified, identity_of
from server.login_records import PasswordAccount

LONGEST_TRIED = 1024
"""Characters of a password that is tried; imported ones may be longer than those chosen here."""


def account_of(attempt: Attempt) -> str | None:
    """The name that somebody claims, as failures are counted for it."""
    name = attempt.credentials.get("username")
    return login_of(name, case_sensitive=is_case_sensitive(attempt)) if is_text(name) else None


async def authenticate(attempt: Attempt) -> Verified:
    """The identity of a confirmed address. An unknown one costs the time of a wrong password, and answers alike."""
    login, password = account_of(attempt), attempt.credentials.get("password")
    if login is None or not isinstance(password, str):
        raise AppError(ErrorCode.INVALID_PASSWORD, "unauthorized")
    account = await attempt.calls.store.find_password(attempt.deployment.app.app_id, login)
    is_right = await attempt.tools.hashing.verify(account.hash if account else None, password[:LONGEST_TRIED])
    if account is None or not is_right or len(password) > LONGEST_TRIED:
        raise AppError(ErrorCode.INVALID_PASSWORD, "unauthorized")
    if not account.confirmed:
        raise AppError(ErrorCode.AUTH_ERROR, "confirmation required")
    if needs_upgrade(account.hash):
        account = await _upgraded(attempt, account, password)
    return replace(identity_of(attempt, account.identity_id, account_data(account)), proof=account)


def account_data(account: PasswordAccount) -> Document:
    """The metadata of the identity: the address as it was registered (contract 7.1)."""
    return {"email": account.email}


def is_case_sensitive(attempt: Attempt) -> bool:
    """Whether the app tells addresses apart by case alone."""
    return attempt.deployment.app.security.case_sensitive_email


async def _upgraded(attempt: Attempt, account: PasswordAccount, password: str) -> PasswordAccount:
    """The account under a hash as new passwords get it, unless the password was changed meanwhile."""
    hash_ = await attempt.tools.hashing.hash(password)
    await attempt.calls.store.replace_hash(account, hash_)
    return replace(account, hash=hash_)
