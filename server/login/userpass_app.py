"""An app's provider `local-userpass` as registrations and resets see it."""

from __future__ import annotations

from dataclasses import dataclass

from server import ejson
from server.apps.authentication import MailKind, MailTemplate, Provider, UserpassSettings
from server.auth.emails import login_of
from server.auth.password_policy import PasswordRules, why_not_password
from server.calls.calling import Calls, encode_arguments
from server.calls.outcomes import FunctionFailed
from server.context.deployment import Deployment
from server.ejson import Document, Value
from server.errors import AppError, ErrorCode
from server.records import RequestDescription

SUCCESS, PENDING = "success", "pending"
"""What a confirmation or reset function may answer beside failing (contract 7.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserpassApp:
    """The app, its provider's settings, and the request that wants something of it."""

    deployment: Deployment
    provider: Provider
    settings: UserpassSettings
    request: RequestDescription

    @property
    def app_id(self) -> str:
        """The client app id."""
        return self.deployment.app.app_id

    @property
    def reveals_accounts(self) -> bool:
        """Whether an unknown address is answered as such, as App Services did."""
        return self.deployment.app.security.reveals_accounts

    def login_of(self, email: str) -> str:
        """The address as the app compares it."""
        return login_of(email, case_sensitive=self.deployment.app.security.case_sensitive_email)

    def template(self, kind: MailKind) -> MailTemplate:
        """The app's own words for a mail, if it has any."""
        return self.deployment.app.mail_templates.get(kind, MailTemplate())

    def check_password(self, password: Value, email: str = "") -> str:
        """A password that may be chosen. Raises AppError BadRequest."""
        app = self.deployment.app
        rules = PasswordRules(
            shortest=app.security.minimum_password_length, allows_common=app.security.allows_common_passwords,
            words=(app.app_id, app.name, *app.security.password_words),
        )  # fmt: skip
        text = password if isinstance(password, str) else ""
        why = why_not_password(text, rules, email=email)
        if why is not None:
            raise AppError(ErrorCode.BAD_REQUEST, why)
        return text


def userpass_app(deployment: Deployment, request: RequestDescription) -> UserpassApp:
    """The enabled provider. Raises AppError: AuthProviderNotFound, AuthError."""
    provider = deployment.app.provider("local-userpass")
    if not isinstance(provider.settings, UserpassSettings):
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")
    return UserpassApp(deployment=deployment, provider=provider, settings=provider.settings, request=request)


async def ask_function(calls: Calls, app: UserpassApp, name: str, *arguments: Value | Document) -> str:
    """The `status` that the app's function answers; empty where it fails or answers anything else."""
    given = encode_arguments(*arguments)
    reason = f"email/password function '{name}'"
    try:
        returned = await calls.call_as_system(app.deployment, name, given, reason=reason, request=app.request)
    except FunctionFailed:
        return ""
    answer = ejson.loads(returned)
    status = answer.get("status") if isinstance(answer, dict) else None
    return status if ejson.is_text(status) else ""


def unknown_account() -> AppError:
    """The refusal of an address that is not registered, where the app reveals that (contract 1.8)."""
    return AppError(ErrorCode.USER_NOT_FOUND, "user not found")
