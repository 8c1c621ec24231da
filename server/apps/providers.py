"""The auth providers of an app folder (contract 7.1 to 7.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import jwt
from cryptography.exceptions import UnsupportedAlgorithm

from server.apps.auth_files import (
    CustomFunctionConfig,
    CustomTokenConfig,
    CustomTokenSecrets,
    MetadataFieldEntry,
    OAuthConfig,
    OAuthSecrets,
    ProviderEntry,
    UserpassConfig,
)
from server.apps.authentication import (
    CustomFunctionSettings,
    CustomTokenSettings,
    MetadataField,
    NoSettings,
    OAuthSettings,
    Provider,
    ProviderSettings,
    ProviderType,
    UserpassSettings,
)
from server.apps.ids import derived_id
from server.apps.model import Function
from server.apps.reading import Reading
from server.apps.sources import known_function

_FILE = "auth/providers.json"
_MIN_SIGNING_KEY = 32
_DISCOVERY = {
    "oauth2-apple": "https://appleid.apple.com/.well-known/openid-configuration",
    "oauth2-google": "https://accounts.google.com/.well-known/openid-configuration",
}
_FACEBOOK_GRAPH = "https://graph.facebook.com"
_FACEBOOK_DIALOG = "https://www.facebook.com/dialog/oauth"
_DOT = re.compile(r"(?<!\\)\.")

Functions = Mapping[str, Function]


def read_providers(reading: Reading, functions: Functions) -> dict[str, Provider]:
    """All providers by type; names of functions and secrets have to exist where the provider is enabled."""
    tree = reading.tree(_FILE) if reading.files.has(_FILE) else {}
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        reading.problem(_FILE, "", "the file has to hold an object, keyed by provider type")
        return {}
    found = [_read_provider(reading, functions, key, entry) for key, entry in tree.items()]
    return {provider.type: provider for provider in found if provider is not None}


def _read_provider(reading: Reading, functions: Functions, key: str, tree: object) -> Provider | None:
    if key not in list(ProviderType):
        reading.problem(_FILE, key, f"unknown provider type {key!r}")
        return None
    entry = reading.check(_FILE, key, tree, ProviderEntry)
    if entry is None:
        return None
    if entry.type != key:
        reading.problem(_FILE, f"{key}.type", f"the type {entry.type!r} stands under the key {key!r}")
    provider_type = ProviderType(key)
    settings = _SETTINGS[provider_type](reading, functions, key, entry)
    return Provider(
        id=derived_id(reading.app_id, "provider", key),
        type=provider_type,
        disabled=entry.disabled,
        settings=NoSettings() if settings is None else settings,
        metadata_fields=tuple(map(metadata_field, entry.metadata_fields)),
    )


def metadata_field(entry: MetadataFieldEntry) -> MetadataField:
    r"""The field with its path taken apart; `\.` is a dot that does not part."""
    path = tuple(part.replace("\\.", ".") for part in _DOT.split(entry.name))
    return MetadataField(path=path, field_name=entry.field_name or path[-1], required=entry.required)


def _no_settings(_reading: Reading, _functions: Functions, _key: str, _entry: ProviderEntry) -> NoSettings:
    return NoSettings()


def _custom_function(
    reading: Reading, functions: Functions, key: str, entry: ProviderEntry
) -> CustomFunctionSettings | None:
    config = reading.check(_FILE, f"{key}.config", entry.config, CustomFunctionConfig)
    if config is None:
        return None
    if not entry.disabled or config.function_name:
        known_function(reading, functions, _FILE, f"{key}.config.authFunctionName", config.function_name)
    return CustomFunctionSettings(function_name=config.function_name)


def _userpass(reading: Reading, functions: Functions, key: str, entry: ProviderEntry) -> UserpassSettings | None:
    config = reading.check(_FILE, f"{key}.config", entry.config, UserpassConfig)
    if config is None:
        return None
    confirms, resets = config.run_confirmation_function, config.run_reset_function
    if config.auto_confirm and confirms:
        reading.problem(_FILE, f"{key}.config", "autoConfirm and runConfirmationFunction exclude each other")
    if confirms:
        place = f"{key}.config.confirmationFunctionName"
        known_function(reading, functions, _FILE, place, config.confirmation_function_name)
    if resets:
        known_function(reading, functions, _FILE, f"{key}.config.resetFunctionName", config.reset_function_name)
    return UserpassSettings(
        auto_confirm=config.auto_confirm,
        confirmation_function=config.confirmation_function_name if confirms else None,
        reset_function=config.reset_function_name if resets else None,
        email_confirmation_url=config.email_confirmation_url,
        confirm_email_subject=config.confirm_email_subject,
        reset_password_url=config.reset_password_url,
        reset_password_subject=config.reset_password_subject,
    )


def _custom_token(
    reading: Reading, _functions: Functions, key: str, entry: ProviderEntry
) -> CustomTokenSettings | None:
    config = reading.check(_FILE, f"{key}.config", entry.config, CustomTokenConfig)
    secrets = reading.check(_FILE, f"{key}.secret_config", entry.secret_config, CustomTokenSecrets)
    if config is None or secrets is None:
        return None
    algorithm = config.signing_algorithm or ("RS256" if config.use_jwk_uri else "HS256")
    audience = config.audience
    settings = CustomTokenSettings(
        audiences=tuple(filter(None, (audience,))) if isinstance(audience, str) else audience,
        require_any_audience=config.require_any_audience,
        signing_algorithm=algorithm,
        jwk_uri=config.jwk_uri if config.use_jwk_uri else None,
        signing_keys=() if config.use_jwk_uri else _signing_keys(reading, key, entry, secrets),
    )
    if not entry.disabled:
        _check_custom_token(reading, key, settings)
    return settings


def _signing_keys(reading: Reading, key: str, entry: ProviderEntry, secrets: CustomTokenSecrets) -> tuple[str, ...]:
    """The keys' texts; a disabled provider's secrets may be missing."""
    if entry.disabled:
        return tuple(reading.secrets[name] for name in secrets.signing_keys if name in reading.secrets)
    place = f"{key}.secret_config.signingKeys"
    return tuple(reading.secret(_FILE, f"{place}.{index}", name) for index, name in enumerate(secrets.signing_keys))


def _check_custom_token(reading: Reading, key: str, settings: CustomTokenSettings) -> None:
    if settings.jwk_uri is not None:
        if settings.signing_algorithm == "HS256":
            reading.problem(_FILE, f"{key}.config.signingAlgorithm", "keys from a JWK URI are public: not for HS256")
        if not settings.jwk_uri:
            reading.problem(_FILE, f"{key}.config.jwkURI", "the URI is missing")
    elif not settings.signing_keys:
        reading.problem(_FILE, f"{key}.secret_config.signingKeys", "there is no signing key")
    for index, text in enumerate(settings.signing_keys):
        why = why_not_signing_key(text, settings.signing_algorithm) if text else None
        if why:
            reading.problem(_FILE, f"{key}.secret_config.signingKeys.{index}", why)


def why_not_signing_key(text: str, algorithm: str) -> str | None:
    """What is wrong with a key: a secret is long, a public key is PEM of the algorithm's kind; None if nothing is."""
    if algorithm == "HS256":
        return None if len(text) >= _MIN_SIGNING_KEY else f"a signing key has at least {_MIN_SIGNING_KEY} characters"
    try:
        jwt.get_algorithm_by_name(algorithm).prepare_key(text)
    except (jwt.PyJWTError, ValueError, TypeError, UnsupportedAlgorithm):
        return f"not a public key in PEM for {algorithm}"
    return None


def _oauth(reading: Reading, _functions: Functions, key: str, entry: ProviderEntry) -> OAuthSettings | None:
    config = reading.check(_FILE, f"{key}.config", entry.config, OAuthConfig)
    secrets = reading.check(_FILE, f"{key}.secret_config", entry.secret_config, OAuthSecrets)
    if config is None or secrets is None:
        return None
    secret = reading.secrets.get(secrets.client_secret, "")
    if not entry.disabled:
        secret = reading.secret(_FILE, f"{key}.secret_config.clientSecret", secrets.client_secret)
        if not config.client_id:
            reading.problem(_FILE, f"{key}.config.clientId", "the client id is missing")
        if key == ProviderType.OPENID and not config.discovery_url:
            reading.problem(_FILE, f"{key}.config.discoveryURL", "the URL of the provider's description is missing")
    return OAuthSettings(
        client_id=config.client_id,
        open_id=config.open_id,
        client_secret=secret,
        redirect_uris=entry.redirect_uris,
        domain_restrictions=entry.domain_restrictions,
        discovery_url=config.discovery_url or _DISCOVERY.get(key, ""),
        scopes=config.scopes,
        graph_url=config.graph_url or _FACEBOOK_GRAPH,
        dialog_url=config.dialog_url or _FACEBOOK_DIALOG,
    )


_SETTINGS: dict[ProviderType, Callable[[Reading, Functions, str, ProviderEntry], ProviderSettings | None]] = {
    ProviderType.ANONYMOUS: _no_settings,
    ProviderType.API_KEY: _no_settings,
    ProviderType.CUSTOM_FUNCTION: _custom_function,
    ProviderType.CUSTOM_TOKEN: _custom_token,
    ProviderType.LOCAL_USERPASS: _userpass,
    ProviderType.APPLE: _oauth,
    ProviderType.FACEBOOK: _oauth,
    ProviderType.GOOGLE: _oauth,
    ProviderType.OPENID: _oauth,
}
