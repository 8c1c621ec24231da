"""The provider `oauth2-facebook`: an access token, which Facebook is asked about (contract 1.3)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from server.apps.authentication import OAuthSettings
from server.ejson import Document
from server.errors import AppError, ErrorCode
from server.login.attempt import Attempt, Verified, identity_of
from server.login.external_tokens import LONGEST_TOKEN, TokenRefused
from server.login.json_documents import ProviderUnreachable, form_request, request_json, with_query
from server.login.metadata import metadata
from server.login.oauth_settings import check_domain, oauth_settings
from server.login.openid import CodeGrant

_FIELDS = "id,name,first_name,last_name,picture,email,gender,birthday,age_range"
_TEXTS = ("name", "first_name", "last_name", "email", "gender", "birthday")


async def authenticate(attempt: Attempt) -> Verified:
    """The identity of an access token that Facebook gave to this app. Raises AppError AuthError."""
    token = attempt.credentials.get("accessToken")
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN:
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")
    return await _verified(attempt, oauth_settings(attempt.provider), token)


async def verified_by_code(attempt: Attempt, grant: CodeGrant) -> Verified:
    """Exchange a code for an access token and verify that. Raises AppError AuthError."""
    settings = oauth_settings(attempt.provider)
    form = {
        "client_id": settings.client_id, "client_secret": settings.client_secret, "code": grant.code,
        "redirect_uri": grant.redirect_uri, "code_verifier": grant.verifier or "", "grant_type": "authorization_code",
    }  # fmt: skip
    request = form_request(f"{settings.graph_url}/oauth/access_token", form)
    try:
        answer = (await request_json(attempt.tools.http, request)).body
    except ProviderUnreachable as error:
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized") from error
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str):
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")
    return await _verified(attempt, settings, token)


async def _verified(attempt: Attempt, settings: OAuthSettings, token: str) -> Verified:
    try:
        person_id = await _owner(attempt, settings, token)
        profile = await _profile(attempt, settings, token, person_id)
        data = _data(profile) | metadata(profile, attempt.provider.metadata_fields)
    except (ProviderUnreachable, TokenRefused) as error:
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized") from error
    check_domain(settings, data.get("email"))
    return identity_of(attempt, person_id, data)


async def _owner(attempt: Attempt, settings: OAuthSettings, token: str) -> str:
    """Whose token it is; one that was given to another app proves nothing here. Raises TokenRefused."""
    query = {"input_token": token, "access_token": f"{settings.client_id}|{settings.client_secret}"}
    answer = await _ask(attempt, settings, "/debug_token", query)
    token_data = answer.get("data")
    if not isinstance(token_data, dict) or token_data.get("is_valid") is not True:
        raise TokenRefused("Facebook does not know the token")
    if str(token_data.get("app_id")) != settings.client_id:
        raise TokenRefused("the token was given to another app")
    person_id = token_data.get("user_id")
    if not isinstance(person_id, str) or not person_id:
        raise TokenRefused("Facebook names nobody")
    return person_id


async def _profile(attempt: Attempt, settings: OAuthSettings, token: str, person_id: str) -> Document:
    # Facebook's proof that the asker knows the app's secret, so that a stolen token alone is worth less.
    proof = hmac.new(settings.client_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    query = {"fields": _FIELDS, "access_token": token, "appsecret_proof": proof}
    profile = await _ask(attempt, settings, "/me", query)
    if profile.get("id") != person_id:
        raise TokenRefused("Facebook names two different people")
    return profile


async def _ask(attempt: Attempt, settings: OAuthSettings, path: str, query: Mapping[str, str]) -> Document:
    request: Document = {"method": "GET", "url": with_query(f"{settings.graph_url}{path}", query)}
    answer = (await request_json(attempt.tools.http, request)).body
    if not isinstance(answer, dict):
        raise ProviderUnreachable("Facebook did not answer with an object")
    return answer


def _data(profile: Document) -> Document:
    data: Document = {name: profile[name] for name in _TEXTS if isinstance(profile.get(name), str)}
    picture, ages = profile.get("picture"), profile.get("age_range")
    shown = picture.get("data") if isinstance(picture, dict) else None
    if isinstance(shown, dict) and isinstance(shown.get("url"), str):
        data["picture"] = shown["url"]
    for ours, theirs in (("min_age", "min"), ("max_age", "max")):
        if isinstance(ages, dict) and isinstance(ages.get(theirs), int):
            data[ours] = str(ages[theirs])
    return data
