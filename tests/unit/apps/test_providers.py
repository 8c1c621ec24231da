"""Each kind of provider has its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.apps.auth_files import MetadataFieldEntry
from server.apps.authentication import CustomTokenSettings, MetadataField, OAuthSettings, Provider, UserpassSettings
from server.apps.folder import read_app
from server.apps.providers import metadata_field

if TYPE_CHECKING:
    from tests.unit.apps.conftest import WriteApp

SECRETS = {"signingKey": "k" * 40}


def read_provider(write_app: WriteApp, provider_type: str, **fields: object) -> Provider:
    """The provider, read from a folder that has no other."""
    entry = {"name": provider_type, "type": provider_type} | fields
    return read_app(write_app({"auth/providers.json": {provider_type: entry}}), secrets=SECRETS).provider(provider_type)


def test_userpass_functions_are_named_only_where_used(write_app: WriteApp) -> None:
    """Exports keep the names of functions that are switched off."""
    config = {
        "autoConfirm": True,
        "confirmationFunctionName": "gone",
        "runResetFunction": True,
        "resetFunctionName": "plain",
        "resetPasswordUrl": None,
    }

    settings = read_provider(write_app, "local-userpass", config=config).settings

    assert isinstance(settings, UserpassSettings)
    assert settings.auto_confirm
    assert (settings.confirmation_function, settings.reset_function) == (None, "plain")


@pytest.mark.parametrize(
    ("audience", "audiences"), [("", ()), ("shop", ("shop",)), (["shop", "till"], ("shop", "till"))]
)
def test_custom_token_has_its_keys(write_app: WriteApp, audience: object, audiences: tuple[str, ...]) -> None:
    """The audience is a string or a list; keys are the secrets' texts."""
    settings = read_provider(
        write_app, "custom-token", config={"audience": audience}, secret_config={"signingKeys": ["signingKey"]}
    ).settings

    assert isinstance(settings, CustomTokenSettings)
    assert settings.audiences == audiences
    assert settings.signing_algorithm == "HS256"
    assert settings.signing_keys == (SECRETS["signingKey"],)


def test_custom_token_with_a_jwk_uri_has_no_keys(write_app: WriteApp) -> None:
    """Keys come from the URI, for RS256."""
    config = {"useJWKURI": True, "jwkURI": "https://issuer.example/jwks"}

    settings = read_provider(write_app, "custom-token", config=config).settings

    assert isinstance(settings, CustomTokenSettings)
    assert (settings.jwk_uri, settings.signing_algorithm) == ("https://issuer.example/jwks", "RS256")


def test_oauth_has_its_registration(write_app: WriteApp) -> None:
    """Client id, secret and the extra fields beside `config`."""
    settings = read_provider(
        write_app,
        "oauth2-google",
        config={"clientId": "id", "openId": True},
        secret_config={"clientSecret": "signingKey"},
        redirect_uris=["https://shop.example/in"],
    ).settings

    assert settings == OAuthSettings(
        client_id="id",
        open_id=True,
        client_secret=SECRETS["signingKey"],
        redirect_uris=("https://shop.example/in",),
        domain_restrictions=(),
        discovery_url="https://accounts.google.com/.well-known/openid-configuration",
        graph_url="https://graph.facebook.com",
        dialog_url="https://www.facebook.com/dialog/oauth",
    )


@pytest.mark.parametrize(
    ("name", "field_name", "expected"),
    [
        ("email", "", (("email",), "email")),
        ("user.mail", "", (("user", "mail"), "mail")),
        (r"https://shop\.example/roles.first", "", (("https://shop.example/roles", "first"), "first")),
        ("user.mail", "address", (("user", "mail"), "address")),
    ],
)
def test_metadata_paths_are_taken_apart(name: str, field_name: str, expected: tuple[tuple[str, ...], str]) -> None:
    """Dots part, escaped dots do not; the last part is the field's name unless another is given."""
    path, field = expected

    assert metadata_field(MetadataFieldEntry(name=name, field_name=field_name)) == MetadataField(
        path=path, field_name=field, required=False
    )
