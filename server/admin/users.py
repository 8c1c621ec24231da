"""What administrators do with the users of an app; each change has its events and its entry in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from server.auth.emails import is_email
from server.auth.ids import new_id
from server.calls.calling import Calls
from server.context.deployment import Deployment
from server.errors import AppError, ErrorCode
from server.login.audit import audit_entry
from server.login.service import LoginService
from server.login.user_creation import NewUser, create_user
from server.login.userpass_app import UserpassApp, userpass_app
from server.login_records import AuditEntry, AuditEvent, PasswordAccount
from server.records import Identity, RequestDescription, User
from server.store import Store
from server.store.errors import AccountTaken, IdentityTaken


@dataclass(frozen=True, slots=True, kw_only=True)
class AppUsers:
    """The users of one app; `request` is the administrator's."""

    deployment: Deployment
    calls: Calls
    login: LoginService
    request: RequestDescription

    @property
    def app_id(self) -> str:
        """The client app id."""
        return self.deployment.app.app_id

    async def find(self, user_id: str) -> User:
        """One user. Raises AppError UserNotFound."""
        user = await self._store.find_user(self.app_id, user_id)
        if user is None:
            raise _unknown(user_id)
        return user

    async def add(self, email: str, password: str) -> User:
        """A confirmed account, by the door of all users. Raises AppError: BadRequest, AccountNameInUse."""
        app, now = userpass_app(self.deployment, self.request), datetime.now(UTC)
        if not is_email(email):
            raise AppError(ErrorCode.BAD_REQUEST, "email invalid")
        account = PasswordAccount(
            app_id=self.app_id, login=app.login_of(email), email=email, identity_id=new_id(),
            hash=await self.login.hashing.hash(app.check_password(password, email)), confirmed=True, created_at=now,
        )  # fmt: skip
        user = User(id=new_id(), app_id=self.app_id, identities=(_identity(app, account),), created_at=now)
        try:
            await create_user(self.calls, self.deployment, NewUser(user=user, password=account), self.request)
        except (AccountTaken, IdentityTaken):
            raise AppError(ErrorCode.ACCOUNT_NAME_IN_USE, "name already in use") from None
        return user

    async def delete(self, user_id: str) -> None:
        """Delete the account, with its DELETE events. Raises AppError UserNotFound."""
        if not await self.login.sessions.delete_user(self.deployment, await self.find(user_id), self.request):
            raise _unknown(user_id)

    async def set_disabled(self, user_id: str, *, disabled: bool) -> None:
        """Keep the user out, which ends all sessions, or let them in again. Raises AppError UserNotFound."""
        event = AuditEvent.USER_DISABLED if disabled else AuditEvent.USER_ENABLED
        owed = [self._audit(event, user_id)]
        if not await self._store.set_user_disabled(self.app_id, user_id, disabled, owed):
            raise _unknown(user_id)

    async def revoke_sessions(self, user_id: str) -> None:
        """End all sessions. Raises AppError UserNotFound."""
        await self.find(user_id)
        owed = [self._audit(AuditEvent.SESSIONS_REVOKED, user_id)]
        await self._store.revoke_sessions(self.app_id, user_id, owed)

    async def end_session(self, user_id: str, session_id: str) -> None:
        """End one session of the user. Raises AppError UserNotFound where the user has no such session."""
        sessions = await self._store.find_sessions(self.app_id, user_id, now=datetime.now(UTC))
        if all(session.id != session_id for session in sessions):
            raise AppError(ErrorCode.USER_NOT_FOUND, f"session not found: '{session_id[:100]}'")
        await self._store.revoke_session(session_id, [self._audit(AuditEvent.SESSIONS_REVOKED, user_id)])

    async def confirm(self, email: str) -> None:
        """Confirm a registration. Raises AppError: UserNotFound, UserAlreadyConfirmed."""
        login = userpass_app(self.deployment, self.request).login_of(email)
        account = await self._store.find_password(self.app_id, login)
        if account is None:
            raise _unknown(email)
        if not await self._store.confirm_password(self.app_id, login, [self._audit(AuditEvent.CONFIRMED, None)]):
            raise AppError(ErrorCode.USER_ALREADY_CONFIRMED, f"already confirmed: {email[:100]}")

    async def send_confirmation(self, email: str) -> None:
        """Send the confirmation mail again. Raises AppError: UserNotFound, UserAlreadyConfirmed, BadRequest."""
        await self._pending(email)
        await self.login.registrations.send_again(userpass_app(self.deployment, self.request), email)

    async def run_confirmation(self, email: str) -> None:
        """Run the confirmation function again. Raises AppError as `send_confirmation`."""
        await self._pending(email)
        await self.login.registrations.run_again(userpass_app(self.deployment, self.request), email)

    async def send_reset(self, user_id: str) -> None:
        """Send the mail that leads to a new password. Raises AppError: UserNotFound, BadRequest without an address."""
        user = await self.find(user_id)
        app = userpass_app(self.deployment, self.request)
        emails = (one.data.get("email") for one in user.identities if one.provider_type == app.provider.type)
        email = next((email for email in emails if isinstance(email, str)), None)
        if email is None:
            raise AppError(ErrorCode.BAD_REQUEST, "the user has no address to log in with")
        await self.login.resets.send(app, email)

    async def _pending(self, email: str) -> None:
        login = userpass_app(self.deployment, self.request).login_of(email)
        account = await self._store.find_password(self.app_id, login)
        if account is None:
            raise _unknown(email)
        if account.confirmed:
            raise AppError(ErrorCode.USER_ALREADY_CONFIRMED, f"already confirmed: {email[:100]}")

    async def delete_pending(self, email: str) -> None:
        """Give a registration up. Raises AppError UserNotFound."""
        login = userpass_app(self.deployment, self.request).login_of(email)
        if not await self._store.delete_pending(self.app_id, login):
            raise _unknown(email)

    @property
    def _store(self) -> Store:
        return self.calls.store

    def _audit(self, event: AuditEvent, user_id: str | None) -> AuditEntry:
        return audit_entry(self.app_id, event, self.request, user_id=user_id)


def _identity(app: UserpassApp, account: PasswordAccount) -> Identity:
    return Identity(
        id=account.identity_id, provider_type=app.provider.type, provider_id=app.provider.id,
        data={"email": account.email},
    )  # fmt: skip


def _unknown(whom: str) -> AppError:
    return AppError(ErrorCode.USER_NOT_FOUND, f"user not found: '{whom[:100]}'")
