"""One row for each provider: how it verifies credentials, and whose account they claim to be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from server.apps.authentication import ProviderType
from server.login import anonymous, api_key, custom_function, custom_token, facebook, local_userpass, openid
from server.login.attempt import Attempt, Verified


def _nameless(_: Attempt) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderLogin:
    """`authenticate` gives what the credentials prove or raises AppError; `account_of` the name they claim, if any."""

    authenticate: Callable[[Attempt], Awaitable[Verified]]
    account_of: Callable[[Attempt], str | None] = _nameless


PROVIDERS: dict[ProviderType, ProviderLogin] = {
    ProviderType.ANONYMOUS: ProviderLogin(authenticate=anonymous.authenticate),
    ProviderType.API_KEY: ProviderLogin(authenticate=api_key.authenticate),
    ProviderType.CUSTOM_FUNCTION: ProviderLogin(authenticate=custom_function.authenticate),
    ProviderType.CUSTOM_TOKEN: ProviderLogin(authenticate=custom_token.authenticate),
    ProviderType.LOCAL_USERPASS: ProviderLogin(
        authenticate=local_userpass.authenticate, account_of=local_userpass.account_of
    ),
    ProviderType.APPLE: ProviderLogin(authenticate=openid.authenticate),
    ProviderType.FACEBOOK: ProviderLogin(authenticate=facebook.authenticate),
    ProviderType.GOOGLE: ProviderLogin(authenticate=openid.authenticate),
    ProviderType.OPENID: ProviderLogin(authenticate=openid.authenticate),
}
"""Every type has its row; a test holds that."""
