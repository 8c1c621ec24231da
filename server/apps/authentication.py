"""How the users of an app log in: its providers, one kind of settings each, and custom user data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from server.apps.addresses import Network


class ProviderType(StrEnum):
    """The provider types of App Services (contract 7.1), and one for any OpenID provider."""

    ANONYMOUS = "anon-user"
    API_KEY = "api-key"
    CUSTOM_FUNCTION = "custom-function"
    CUSTOM_TOKEN = "custom-token"  # noqa: S105 - a provider type, not a secret
    LOCAL_USERPASS = "local-userpass"
    APPLE = "oauth2-apple"
    FACEBOOK = "oauth2-facebook"
    GOOGLE = "oauth2-google"
    OPENID = "oauth2-oidc"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSettings:
    """For `anon-user` and `api-key`, which have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomFunctionSettings:
    """The function that judges a login (contract 7.3)."""

    function_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserpassSettings:
    """How addresses are confirmed and passwords reset (contract 7.2); a function named is a function used."""

    auto_confirm: bool
    confirmation_function: str | None
    reset_function: str | None
    email_confirmation_url: str
    confirm_email_subject: str
    reset_password_url: str
    reset_password_subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataField:
    """A claim that becomes user data: its path in the payload, its name in `data` (contract 7.4)."""

    path: tuple[str, ...]
    field_name: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomTokenSettings:
    """Which tokens of another system are good (contract 7.4); `signing_keys` are the secrets' texts.

    An empty `audiences` stands for the client app id. With `jwk_uri` there are no signing keys.
    """

    audiences: tuple[str, ...]
    require_any_audience: bool
    signing_algorithm: str
    jwk_uri: str | None
    signing_keys: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthSettings:
    """The app's registration with Google, Facebook, Apple or another OpenID provider; `client_secret` is its text.

    `discovery_url` is where the OpenID provider describes itself; Facebook has none, but `graph_url` and `dialog_url`.
    """

    client_id: str
    open_id: bool = False
    client_secret: str = field(default="", repr=False)
    redirect_uris: tuple[str, ...] = ()
    domain_restrictions: tuple[str, ...] = ()
    discovery_url: str = ""
    scopes: tuple[str, ...] = ()
    graph_url: str = ""
    dialog_url: str = ""


ProviderSettings: TypeAlias = (
    NoSettings | CustomFunctionSettings | UserpassSettings | CustomTokenSettings | OAuthSettings
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One way to log in; `id` (24 hex digits) is derived from the app id and the type."""

    id: str
    type: ProviderType
    disabled: bool
    settings: ProviderSettings = field(default_factory=NoSettings)
    metadata_fields: tuple[MetadataField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomUserData:
    """Where each user's own document is kept (contract 7.6); the creation function works without it, too."""

    enabled: bool = False
    service_name: str = ""
    database: str = ""
    collection: str = ""
    user_id_field: str = ""
    on_user_creation_function: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritySettings:
    """How an app guards its accounts and sessions (`auth/security.json`); the defaults are the safe ones.

    Lives of tokens are the server's where they are None. At every request, `immediate_revocation` asks the store
    whether the session still is, and `immediate_custom_data` whether the token's custom data still are.
    `reveals_accounts` answers as App Services did when an address is unknown. `access_list` are the networks from which
    clients are served; None: all. Nobody may choose a password that is made of `password_words`, and whoever has a new
    one is told by mail.
    """

    access_token_seconds: int | None = None
    refresh_token_seconds: int | None = None
    immediate_revocation: bool = False
    immediate_custom_data: bool = False
    case_sensitive_email: bool = False
    reveals_accounts: bool = False
    allows_common_passwords: bool = False
    access_list: tuple[Network, ...] | None = None
    minimum_password_length: int = 6
    password_words: tuple[str, ...] = ()
    mails_password_changes: bool = True


class MailKind(StrEnum):
    """The mails that the server sends."""

    CONFIRM = "confirm"
    RESET = "reset"
    CHANGED = "changed"

    @property
    def has_link(self) -> bool:
        """Whether the mail is worth nothing without its link."""
        return self is not MailKind.CHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTemplate:
    """The app's own words for a mail, with `{{link}}`, `{{email}}`, `{{app}}`, `{{minutes}}`; None: the server's."""

    text: str | None = None
    html: str | None = None
