"""An app whose users are known to identity providers on loopback; its URLs are only known when those run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.conformance.identity_provider import CLIENT_ID

PAGE = "https://page.example/after-login"
WELL_KNOWN = "/.well-known/openid-configuration"


def write_federated_app(folder: Path, issuer: str, oidc: str) -> Path:
    """The folder of the app `federated`: `issuer` stands for Google, Apple, Facebook and a token service."""
    providers: dict[str, dict[str, object]] = {
        "oauth2-google": oauth({"openId": True, "discoveryURL": issuer + WELL_KNOWN}, domains=["outside.example"]),
        "oauth2-apple": oauth({"discoveryURL": issuer + WELL_KNOWN}),
        "oauth2-facebook": oauth({"graphURL": issuer, "dialogURL": f"{issuer}/dialog"}),
        "oauth2-oidc": oauth({"discoveryURL": oidc + WELL_KNOWN}),
        "custom-token": {
            "config": {
                "audience": ["one", "two"], "requireAnyAudience": False, "signingAlgorithm": "RS256",
                "useJWKURI": True, "jwkURI": f"{issuer}/jwks_uri",
            }
        },
        "anon-user": {},
    }  # fmt: skip
    return write_app(folder, "federated", providers)


def write_app(folder: Path, app_id: str, providers: Mapping[str, Mapping[str, object]]) -> Path:
    """The folder of an app that has these providers, enabled, and nothing else."""
    root = {"config_version": 20210101, "app_id": app_id, "name": app_id}
    _write(folder / "realm_config.json", root)
    _write(
        folder / "auth" / "providers.json",
        {name: {"name": name, "type": name, "disabled": False, **entry} for name, entry in providers.items()},
    )
    return folder


def oauth(config: Mapping[str, object], *, page: str = PAGE, domains: Sequence[str] = ()) -> dict[str, object]:
    """A provider that knows us as CLIENT_ID and sends browsers back to the page."""
    return {
        "config": {"clientId": CLIENT_ID, **config},
        "secret_config": {"clientSecret": "clientSecret"},
        "redirect_uris": [page],
        "domain_restrictions": list(domains),
    }


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=4))
