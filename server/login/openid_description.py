"""What an OpenID provider says of itself (OpenID Connect Discovery 1.0)."""

from __future__ import annotations

from dataclasses import dataclass, fields

from server.login.json_documents import ProviderUnreachable

WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdDescription:
    """What a provider says of itself (OpenID Connect Discovery 4.2)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


def read_description(url: str, tree: object) -> OpenIdDescription:
    """The document at `url`, which has to be the issuer's own (Discovery 4.3). Raises ProviderUnreachable."""
    if not isinstance(tree, dict):
        raise ProviderUnreachable(f"{url} is no OpenID configuration")
    try:
        texts = {name: str(tree[name]) for name in (field.name for field in fields(OpenIdDescription))}
    except KeyError as error:
        raise ProviderUnreachable(f"the OpenID configuration at {url} lacks {error}") from error
    if texts["issuer"].rstrip("/") + WELL_KNOWN != url:
        raise ProviderUnreachable(f"the OpenID configuration at {url} is of another issuer")
    return OpenIdDescription(**texts)
