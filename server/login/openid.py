"""The OpenID providers `oauth2-google`, `oauth2-apple` and `oauth2-oidc`: ID tokens and authorization codes."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

from server.apps.authentication import OAuthSettings, ProviderType
from server.ejson import Document, Value
from server.errors import AppError, ErrorCode
from server.login.attempt import Attempt, Verified, identity_of
from server.login.external_tokens import (
    ASYMMETRIC,
    TokenRefused,
    check_audience,
    check_times,
    key_from_set,
    read_header,
    subject,
    verify,
)
from server.login.json_documents import ProviderUnreachable, form_request, request_json
from server.login.metadata import metadata
from server.login.oauth_settings import check_domain, oauth_settings
from server.login.openid_description import OpenIdDescription

_NAMES = {
    "name": "name", "given_name": "first_name", "family_name": "last_name", "picture": "picture",
    "gender": "gender", "birthdate": "birthday",
}  # fmt: skip
"""Claims (OpenID Connect Core 5.1) and what they are called in user data (contract 7.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGrant:
    """An authorization code with what the request for it was made with; without PKCE, it came through the client.

    `issuer` is who the answer says it is from (RFC 9207), where it says so.
    """

    code: str
    redirect_uri: str
    verifier: str | None = None
    nonce: str | None = None
    issuer: str | None = None


async def authenticate(attempt: Attempt) -> Verified:
    """The identity of an ID token, or of an authorization code that the client got. Raises AppError AuthError."""
    id_token, code = attempt.credentials.get("id_token"), attempt.credentials.get("authCode")
    if isinstance(id_token, str):
        return await verified_by_token(attempt, id_token)
    if isinstance(code, str):
        # Google hands codes to pages and apps under this name in place of a redirect URI.
        redirect_uri = "postmessage" if attempt.provider.type == ProviderType.GOOGLE else ""
        return await verified_by_code(attempt, CodeGrant(code=code, redirect_uri=redirect_uri))
    raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")


async def verified_by_code(attempt: Attempt, grant: CodeGrant) -> Verified:
    """Exchange a code for an ID token (OpenID Connect Core 3.1.3) and verify that. Raises AppError AuthError."""
    try:
        tokens = await _exchange(attempt, oauth_settings(attempt.provider), grant)
    except ProviderUnreachable as error:
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized") from error
    id_token = tokens.get("id_token") if isinstance(tokens, dict) else None
    if not isinstance(id_token, str):
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")
    return await verified_by_token(attempt, id_token, nonce=grant.nonce)


async def verified_by_token(attempt: Attempt, id_token: str, *, nonce: str | None = None) -> Verified:
    """The identity of an ID token made for this app (OpenID Connect Core 3.1.3.7). Raises AppError."""
    settings = oauth_settings(attempt.provider)
    try:
        claims = await _verified_claims(attempt, settings, id_token, nonce)
        person = subject(claims)
        data = _data(claims) | metadata(claims, attempt.provider.metadata_fields)
    except (TokenRefused, ProviderUnreachable) as error:
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized") from error
    check_domain(settings, data.get("email"))
    return identity_of(attempt, person, data)


async def describe(attempt: Attempt, settings: OAuthSettings) -> OpenIdDescription:
    """The provider's description of itself. Raises ProviderUnreachable."""
    return await attempt.tools.openid.get(settings.discovery_url)


async def _verified_claims(attempt: Attempt, settings: OAuthSettings, id_token: str, nonce: str | None) -> Document:
    description = await describe(attempt, settings)
    key = await key_from_set(id_token, description.jwks_uri, attempt.tools.web_keys, ASYMMETRIC)
    claims = verify(id_token, [key], str(read_header(id_token, ASYMMETRIC)["alg"]))
    check_times(claims, datetime.now(UTC))
    check_audience(claims, [settings.client_id], any_is_enough=False)
    _check_parties(claims, description.issuer, settings.client_id)
    if nonce is not None and not _same(claims.get("nonce"), nonce):
        raise TokenRefused("the token's 'nonce' is not the one sent")
    return claims


def _check_parties(claims: Document, issuer: str, client_id: str) -> None:
    if claims.get("iss") != issuer:
        raise TokenRefused("the token is of another issuer")
    audiences = claims.get("aud")
    is_shared = isinstance(audiences, list) and len(audiences) > 1
    if claims.get("azp", None if is_shared else client_id) != client_id:
        raise TokenRefused("the token was given to another party")


def _same(given: Value, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())


async def _exchange(attempt: Attempt, settings: OAuthSettings, grant: CodeGrant) -> object:
    description = await describe(attempt, settings)
    if grant.issuer not in (None, description.issuer):
        raise ProviderUnreachable("the answer is from another issuer than the one that was asked")
    form = {
        "grant_type": "authorization_code", "code": grant.code, "redirect_uri": grant.redirect_uri,
        "client_id": settings.client_id, "client_secret": settings.client_secret,
    }  # fmt: skip
    if grant.verifier is not None:
        form["code_verifier"] = grant.verifier
    return (await request_json(attempt.tools.http, form_request(description.token_endpoint, form))).body


def _data(claims: Document) -> Document:
    data = {ours: claims[theirs] for theirs, ours in _NAMES.items() if isinstance(claims.get(theirs), str)}
    email = claims.get("email")
    # An address that the provider does not vouch for could be anybody's. Apple writes booleans as text.
    is_verified = claims.get("email_verified")
    if isinstance(email, str) and (is_verified is True or is_verified == "true"):
        data["email"] = email
    return data
