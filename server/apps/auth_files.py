"""The files in `auth/` as their authors write them: providers, security, custom user data (contract 7, 9.1)."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import ConfigDict, Field

from server.apps.manifest import Array, JsonObject, Manifest, Strict

SigningAlgorithm: TypeAlias = Literal[
    "", "HS256", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]


class MetadataFieldEntry(Manifest):
    """An entry of a provider's `metadata_fields`."""

    name: str = Field(min_length=1)
    field_name: str = Field(default="", max_length=64)
    required: bool = False


class ProviderEntry(Manifest):
    """A provider of `auth/providers.json`; what `config` means depends on the type."""

    name: str = ""
    type: str
    disabled: bool = False
    config: JsonObject = Field(default_factory=dict)
    secret_config: JsonObject = Field(default_factory=dict)
    metadata_fields: Array[MetadataFieldEntry] = ()
    redirect_uris: Array[str] = ()
    domain_restrictions: Array[str] = ()


class CustomFunctionConfig(Manifest):
    """`config` of custom-function."""

    function_name: str = Field(default="", alias="authFunctionName")


class UserpassConfig(Manifest):
    """`config` of local-userpass (contract 7.2)."""

    auto_confirm: bool = Field(default=False, alias="autoConfirm")
    run_confirmation_function: bool = Field(default=False, alias="runConfirmationFunction")
    confirmation_function_name: str = Field(default="", alias="confirmationFunctionName")
    run_reset_function: bool = Field(default=False, alias="runResetFunction")
    reset_function_name: str = Field(default="", alias="resetFunctionName")
    email_confirmation_url: str = Field(default="", alias="emailConfirmationUrl")
    confirm_email_subject: str = Field(default="", alias="confirmEmailSubject")
    reset_password_url: str = Field(default="", alias="resetPasswordUrl")
    reset_password_subject: str = Field(default="", alias="resetPasswordSubject")


class CustomTokenConfig(Manifest):
    """`config` of custom-token (contract 7.4)."""

    audience: str | Array[str] = ""
    require_any_audience: bool = Field(default=False, alias="requireAnyAudience")
    signing_algorithm: SigningAlgorithm = Field(default="", alias="signingAlgorithm")
    use_jwk_uri: bool = Field(default=False, alias="useJWKURI")
    jwk_uri: str = Field(default="", alias="jwkURI")


class CustomTokenSecrets(Manifest):
    """`secret_config` of custom-token: names of secrets."""

    signing_keys: Array[str] = Field(default=(), alias="signingKeys", max_length=3)


class OAuthConfig(Manifest):
    """`config` of the OAuth providers."""

    client_id: str = Field(default="", alias="clientId")
    open_id: bool = Field(default=False, alias="openId")
    discovery_url: str = Field(default="", alias="discoveryURL")
    scopes: Array[str] = ()
    graph_url: str = Field(default="", alias="graphURL")
    dialog_url: str = Field(default="", alias="dialogURL")


class OAuthSecrets(Manifest):
    """`secret_config` of the OAuth providers: the name of a secret."""

    client_secret: str = Field(default="", alias="clientSecret")


class AccessListEntry(Strict):
    """An entry of `access_list`: an address or a network."""

    address: str = Field(max_length=64)
    comment: str = Field(default="", max_length=256)


class SecurityFile(Manifest):
    """`auth/security.json`; lives in seconds, that of refresh tokens within contract 1.5."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    access_token_expiration: int | None = Field(default=None, ge=1, le=24 * 3600)
    refresh_token_expiration: int | None = Field(default=None, ge=30 * 60, le=5 * 365 * 24 * 3600)
    immediate_revocation: bool = False
    immediate_custom_data: bool = False
    case_sensitive_email: bool = False
    reveal_accounts: bool = False
    allow_common_passwords: bool = False
    access_list: Array[AccessListEntry] | None = Field(default=None, max_length=1000)
    minimum_password_length: int = Field(default=6, ge=6, le=64)
    password_words: Array[str] = Field(default=(), max_length=1000)
    mail_password_changes: bool = True


class CustomUserDataFile(Manifest):
    """`auth/custom_user_data.json` (contract 7.6)."""

    enabled: bool = False
    mongo_service_name: str = ""
    database_name: str = ""
    collection_name: str = ""
    user_id_field: str = ""
    on_user_creation_function_name: str = ""
