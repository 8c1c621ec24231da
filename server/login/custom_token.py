"""The provider `custom-token`: another system's token says who somebody is (contract 7.4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from server.apps.authentication import CustomTokenSettings
from server.ejson import Document
from server.errors import AppError, ErrorCode
from server.login.attempt import Attempt, Verified, identity_of
from server.login.external_tokens import (
    Key,
    TokenRefused,
    check_audience,
    check_times,
    key_from_set,
    read_header,
    subject,
    verify,
)
from server.login.metadata import metadata


async def authenticate(attempt: Attempt) -> Verified:
    """The identity of the token's `sub`, with the metadata it carries. Raises AppError AuthError."""
    token, settings = attempt.credentials.get("token"), attempt.provider.settings
    if not isinstance(token, str) or not isinstance(settings, CustomTokenSettings):
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")
    try:
        claims = await _verified_claims(attempt, settings, token)
        return identity_of(attempt, subject(claims), metadata(claims, attempt.provider.metadata_fields))
    except TokenRefused as error:
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized") from error


async def _verified_claims(attempt: Attempt, settings: CustomTokenSettings, token: str) -> Document:
    algorithm = settings.signing_algorithm
    keys: Sequence[Key] = settings.signing_keys
    if settings.jwk_uri is None:
        read_header(token, (algorithm,))
    else:
        keys = [await key_from_set(token, settings.jwk_uri, attempt.tools.web_keys, (algorithm,))]
    claims = verify(token, keys, algorithm)
    check_times(claims, datetime.now(UTC))
    audiences = settings.audiences or (attempt.deployment.app.app_id,)
    check_audience(claims, audiences, any_is_enough=settings.require_any_audience)
    return claims
