"""Registrations: an address and a password, confirmed at once, by mail or by the app's function (contract 7.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from server.apps.authentication import MailKind
from server.auth.emails import is_email
from server.auth.ids import new_id
from server.calls.calling import Calls
from server.ejson import Value, is_text
from server.errors import AppError, ErrorCode
from server.login.audit import audit_entry
from server.login.guard import Guard
from server.login.hashing import PasswordHashing
from server.login.locks import KeyedLocks
from server.login.one_time import TOKEN_LIFE, OneTimeToken, new_token, read_token
from server.login.userpass_app import PENDING, SUCCESS, UserpassApp, ask_function, unknown_account
from server.login_records import AuditEntry, AuditEvent, Mail, Owed, PasswordAccount, Ticket
from server.mail.templates import Letter, compose, link_with_token
from server.store.errors import AccountTaken, TicketInvalid
from server.store.passwords import CONFIRM

MINUTES = int(TOKEN_LIFE.total_seconds()) // 60


class Registrations:
    """Registers, confirms, and sends or asks again. A user exists from the first login on."""

    def __init__(self, calls: Calls, hashing: PasswordHashing, guard: Guard) -> None:
        self._calls = calls
        self._store = calls.store
        self._hashing = hashing
        self._guard = guard
        self._locks = KeyedLocks()

    async def register(self, app: UserpassApp, email: Value, password: Value) -> None:
        """Register an address and begin to confirm it. Raises AppError: BadRequest, AccountNameInUse."""
        if not is_text(email) or not is_email(email):
            raise AppError(ErrorCode.BAD_REQUEST, "email invalid")
        chosen, login = app.check_password(password, email), app.login_of(email)
        await self._guard.admit_registration(app.app_id, app.request)
        # The app's function must not run twice for one address, and hashes are dear.
        async with self._locks.hold(app.app_id, login):
            if await self._store.find_password(app.app_id, login) is not None:
                raise AppError(ErrorCode.ACCOUNT_NAME_IN_USE, "name already in use")
            account = PasswordAccount(
                app_id=app.app_id, login=login, email=email, identity_id=new_id(),
                hash=await self._hashing.hash(chosen), confirmed=False, created_at=datetime.now(UTC),
            )  # fmt: skip
            await self._add(app, account)

    async def _add(self, app: UserpassApp, account: PasswordAccount) -> None:
        token = new_token()
        confirmed = await self._is_confirmed_at_once(app, account, token)
        tickets, owed = self._confirmation(app, account, token) if not confirmed else ([], [])
        owed.append(self._audit(app, AuditEvent.REGISTERED, account))
        try:
            await self._store.add_password(replace(account, confirmed=confirmed), tickets, owed)
        except AccountTaken:
            raise AppError(ErrorCode.ACCOUNT_NAME_IN_USE, "name already in use") from None

    async def _is_confirmed_at_once(self, app: UserpassApp, account: PasswordAccount, token: OneTimeToken) -> bool:
        """Whether nothing is left to do. Raises AppError BadRequest where the app's function refuses."""
        if app.settings.auto_confirm:
            return True
        if app.settings.confirmation_function is None:
            return False
        argument = {"username": account.email, "token": token.token, "tokenId": token.id}
        status = await ask_function(self._calls, app, app.settings.confirmation_function, argument)
        if status not in {SUCCESS, PENDING}:
            raise AppError(ErrorCode.BAD_REQUEST, f'failed to confirm user "{account.email}"')
        return status == SUCCESS

    def _confirmation(
        self, app: UserpassApp, account: PasswordAccount, token: OneTimeToken
    ) -> tuple[list[Ticket], list[Owed]]:
        now = datetime.now(UTC)
        owed: list[Owed] = []
        if app.settings.confirmation_function is None:
            owed.append(confirmation_mail(app, account, token, now))
        return [token.ticket(app.app_id, CONFIRM, account.login, now)], owed

    async def confirm(self, app: UserpassApp, token: Value, token_id: Value) -> None:
        """Confirm by what a mail or function handed on. Raises AppError: BadRequest, UserpassTokenInvalid."""
        brought = read_token(token, token_id)
        owed = [audit_entry(app.app_id, AuditEvent.CONFIRMED, app.request, provider_type=app.provider.type)]
        try:
            await self._store.confirm_by_ticket(
                app.app_id, brought.id, brought.secret_hash, owed, now=datetime.now(UTC)
            )
        except TicketInvalid:
            raise AppError(ErrorCode.USERPASS_TOKEN_INVALID, "userpass token is expired or invalid") from None

    async def send_again(self, app: UserpassApp, email: Value) -> None:
        """Send the confirmation mail again. Raises AppError; unknown addresses go unnoticed unless the app wants."""
        if app.settings.auto_confirm or app.settings.confirmation_function is not None:
            raise AppError(ErrorCode.BAD_REQUEST, "confirmation is not by email")
        account = await self._pending(app, email)
        if account is None:
            await self._store.add_audit_entries([self._requested(app)])
            return
        tickets, owed = self._confirmation(app, account, new_token())
        await self._store.add_tickets(tickets, [*owed, self._requested(app)])

    async def run_again(self, app: UserpassApp, email: Value) -> None:
        """Run the confirmation function again. Raises AppError as for registering."""
        if app.settings.auto_confirm:
            text = f"cannot run confirmation for {_shown(email)}: automatic confirmation is enabled"
            raise AppError(ErrorCode.BAD_REQUEST, text)
        if app.settings.confirmation_function is None:
            raise AppError(ErrorCode.BAD_REQUEST, "there is no confirmation function")
        account = await self._pending(app, email)
        if account is None:
            return
        token = new_token()
        if await self._is_confirmed_at_once(app, account, token):
            await self._store.confirm_password(
                app.app_id, account.login, [self._audit(app, AuditEvent.CONFIRMED, account)]
            )
        else:
            tickets, owed = self._confirmation(app, account, token)
            await self._store.add_tickets(tickets, owed)

    async def _pending(self, app: UserpassApp, email: Value) -> PasswordAccount | None:
        """The registration that waits; None where nobody is to learn that there is none. Raises AppError."""
        login = app.login_of(email) if is_text(email) else ""
        await self._guard.admit_mail(app.app_id, login, app.request)
        account = await self._store.find_password(app.app_id, login)
        if account is not None and not account.confirmed:
            return account
        if not app.reveals_accounts:
            return None
        if account is None:
            raise unknown_account()
        raise AppError(ErrorCode.USER_ALREADY_CONFIRMED, "already confirmed")

    def _requested(self, app: UserpassApp) -> AuditEntry:
        return audit_entry(app.app_id, AuditEvent.CONFIRMATION_REQUESTED, app.request, provider_type=app.provider.type)

    def _audit(self, app: UserpassApp, event: AuditEvent, account: PasswordAccount) -> AuditEntry:
        return audit_entry(app.app_id, event, app.request, provider_type=app.provider.type, detail=account.email)


def confirmation_mail(app: UserpassApp, account: PasswordAccount, token: OneTimeToken, now: datetime) -> Mail:
    """The mail with the link that confirms an address."""
    letter = Letter(
        kind=MailKind.CONFIRM, app_id=app.app_id, app_name=app.deployment.app.name, email=account.email,
        link=link_with_token(app.settings.email_confirmation_url, token.token, token.id), minutes=MINUTES,
        subject=app.settings.confirm_email_subject,
    )  # fmt: skip
    return compose(letter, app.template(MailKind.CONFIRM), now=now)


def _shown(email: Value) -> str:
    return email[:254] if isinstance(email, str) else ""
