"""One row for each provider that can log in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from server.apps.authentication import ProviderType
from server.errors import AppError, ErrorCode
from server.login import anonymous, custom_function
from server.login.attempt import Attempt
from server.records import Identity

Authenticate: TypeAlias = Callable[[Attempt], Awaitable[Identity]]

PROVIDERS: dict[ProviderType, Authenticate] = {
    ProviderType.ANONYMOUS: anonymous.authenticate,
    ProviderType.CUSTOM_FUNCTION: custom_function.authenticate,
}


async def authenticate(attempt: Attempt) -> Identity:
    """The identity that the credentials prove. Raises AppError: AuthProviderNotFound, AuthError, ..."""
    verify = PROVIDERS.get(attempt.provider.type)
    if verify is None:
        raise AppError(ErrorCode.AUTH_PROVIDER_NOT_FOUND, f"auth provider not supported: '{attempt.provider.type}'")
    return await verify(attempt)
