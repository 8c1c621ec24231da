"""What the OAuth providers have in common: the app's registration, and whom it lets in."""

from __future__ import annotations

from server.apps.authentication import OAuthSettings, Provider
from server.ejson import Value
from server.errors import AppError, ErrorCode


def oauth_settings(provider: Provider) -> OAuthSettings:
    """The registration of an OAuth provider. Raises AppError AuthError for other providers."""
    if not isinstance(provider.settings, OAuthSettings):
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")
    return provider.settings


def check_domain(settings: OAuthSettings, email: Value) -> None:
    """Raise AppError DomainNotAllowed unless the address is of one of the domains, where the app names any."""
    domain = email.rpartition("@")[2].lower() if isinstance(email, str) else ""
    if settings.domain_restrictions and domain not in {name.lower() for name in settings.domain_restrictions}:
        raise AppError(ErrorCode.DOMAIN_NOT_ALLOWED, "the address is of a domain that may not log in")


def check_redirect(settings: OAuthSettings, redirect: str) -> None:
    """Raise AppError InvalidRedirectURI unless the app lists exactly this URL."""
    if redirect not in settings.redirect_uris:
        raise AppError(ErrorCode.INVALID_REDIRECT_URI, "the redirect URI is not one of the provider's")
