"""Password resets: by a link in a mail, or by the app's function (contract 7.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from server.apps.authentication import MailKind
from server.auth.emails import is_email
from server.calls.calling import Calls
from server.ejson import Document, Value, is_text
from server.errors import AppError, ErrorCode
from server.login.audit import audit_entry
from server.login.guard import Guard
from server.login.hashing import PasswordHashing
from server.login.one_time import TOKEN_LIFE, OneTimeToken, new_token, read_token
from server.login.userpass_app import PENDING, SUCCESS, UserpassApp, ask_function, unknown_account
from server.login_records import AuditEntry, AuditEvent, Mail, Owed, PasswordAccount
from server.mail.templates import Letter, compose, link_with_token
from server.store.errors import TicketInvalid
from server.store.passwords import RESET

MINUTES = int(TOKEN_LIFE.total_seconds()) // 60


class PasswordResets:
    """Resets passwords; every reset ends all sessions of the user."""

    def __init__(self, calls: Calls, hashing: PasswordHashing, guard: Guard) -> None:
        self._calls = calls
        self._store = calls.store
        self._hashing = hashing
        self._guard = guard

    async def send(self, app: UserpassApp, email: Value) -> None:
        """Send a link. Unknown addresses go unnoticed unless the app wants otherwise. Raises AppError."""
        if app.settings.reset_function is not None:
            raise AppError(ErrorCode.BAD_REQUEST, "please use reset password via function")
        account = await self._account(app, email)
        requested = self._audit(app, AuditEvent.RESET_REQUESTED)
        if account is None:
            await self._store.add_audit_entries([requested])
            return
        token, now = new_token(), datetime.now(UTC)
        ticket = token.ticket(app.app_id, RESET, account.login, now)
        await self._store.add_tickets([ticket], [reset_mail(app, account, token, now), requested])

    async def reset(self, app: UserpassApp, token: Value, token_id: Value, password: Value) -> None:
        """Set the password by what a mail or function handed on. Raises AppError: BadRequest, UserpassTokenInvalid."""
        brought, chosen, now = read_token(token, token_id), app.check_password(password), datetime.now(UTC)
        # A hash is dear, and whoever makes up tokens is not counted.
        if not await self._store.has_ticket(app.app_id, brought.id, RESET, brought.secret_hash, now=now):
            raise _ticket_refused()
        hash_ = await self._hashing.hash(chosen)
        try:
            await self._store.reset_by_ticket(
                app.app_id, brought.id, brought.secret_hash, hash_,
                lambda account: self._reset_owes(app, account, now), now=now,
            )  # fmt: skip
        except TicketInvalid:
            raise _ticket_refused() from None

    async def call(self, app: UserpassApp, email: Value, password: Value, arguments: Sequence[Value]) -> None:
        """Have the app's function decide. Raises AppError BadRequest where it refuses, or there is none."""
        name = app.settings.reset_function
        if name is None:
            raise AppError(ErrorCode.BAD_REQUEST, "there is no reset function")
        chosen = app.check_password(password, email if isinstance(email, str) and is_email(email) else "")
        account = await self._account(app, email)
        is_current = await self._hashing.verify(account.hash if account else None, chosen)
        if account is None:
            raise self._refusal(email)
        token = new_token()
        asked: Document = {
            "username": account.email, "password": chosen, "token": token.token, "tokenId": token.id,
            "currentPasswordValid": is_current,
        }  # fmt: skip
        status = await ask_function(self._calls, app, name, asked, *arguments)
        await self._follow(app, account, status, token, chosen)

    async def _follow(
        self, app: UserpassApp, account: PasswordAccount, status: str, token: OneTimeToken, password: str
    ) -> None:
        if status == SUCCESS:
            owed = self._reset_owes(app, account, datetime.now(UTC))
            await self._store.set_password(account, await self._hashing.hash(password), owed)
        elif status == PENDING:
            ticket = token.ticket(app.app_id, RESET, account.login, datetime.now(UTC))
            await self._store.add_tickets([ticket], [self._audit(app, AuditEvent.RESET_REQUESTED)])
        else:
            raise self._refusal(account.email)

    def _reset_owes(self, app: UserpassApp, account: PasswordAccount, now: datetime) -> list[Owed]:
        entry = self._audit(app, AuditEvent.PASSWORD_RESET)
        if not app.deployment.app.security.mails_password_changes:
            return [entry]
        return [entry, changed_mail(app, account, now)]

    async def _account(self, app: UserpassApp, email: Value) -> PasswordAccount | None:
        login = app.login_of(email) if is_text(email) else ""
        await self._guard.admit_mail(app.app_id, login, app.request)
        account = await self._store.find_password(app.app_id, login)
        if account is None and app.reveals_accounts:
            raise unknown_account()
        return account

    def _refusal(self, email: Value) -> AppError:
        shown = email[:254] if isinstance(email, str) else ""
        return AppError(ErrorCode.BAD_REQUEST, f'failed to reset password for user "{shown}"')

    def _audit(self, app: UserpassApp, event: AuditEvent) -> AuditEntry:
        return audit_entry(app.app_id, event, app.request, provider_type=app.provider.type)


def _ticket_refused() -> AppError:
    return AppError(ErrorCode.USERPASS_TOKEN_INVALID, "userpass token is expired or invalid")


def reset_mail(app: UserpassApp, account: PasswordAccount, token: OneTimeToken, now: datetime) -> Mail:
    """The mail with the link that leads to a new password; it goes to the address that was registered."""
    letter = Letter(
        kind=MailKind.RESET, app_id=app.app_id, app_name=app.deployment.app.name, email=account.email,
        link=link_with_token(app.settings.reset_password_url, token.token, token.id), minutes=MINUTES,
        subject=app.settings.reset_password_subject,
    )  # fmt: skip
    return compose(letter, app.template(MailKind.RESET), now=now)


def changed_mail(app: UserpassApp, account: PasswordAccount, now: datetime) -> Mail:
    """The mail that tells the owner of an address that its password is another one."""
    letter = Letter(
        kind=MailKind.CHANGED, app_id=app.app_id, app_name=app.deployment.app.name, email=account.email
    )  # fmt: skip
    return compose(letter, app.template(MailKind.CHANGED), now=now)
