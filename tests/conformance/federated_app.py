"""An app whose users are known to identity providers on loopback; its URLs are only known when those run."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conformance.identity_provider import CLIENT_ID

PAGE = "https://page.example/after-login"
WELL_KNOWN = "/.well-known/openid-configuration"


def write_federated_app(folder: Path, issuer: str, oidc: str) -> Path:
    """The folder of the app `federated`: `issuer` stands for Google, Apple, Facebook and a token service."""
    providers: dict[str, dict[str, object]] = {
        "oauth2-google": _oauth({"openId": True, "discoveryURL": issuer + WELL_KNOWN}, domains=["outside.example"]),
        "oauth2-apple": _oauth({"discoveryURL": issuer + WELL_KNOWN}),
        "oauth2-facebook": _oauth({"graphURL": issuer, "dialogURL": f"{issuer}/dialog"}),
        "oauth2-oidc": _oauth({"discoveryURL": oidc + WELL_KNOWN}),
        "custom-token": {
            "config": {
                "audience": ["one", "two"], "requireAnyAudience": False, "signingAlgorithm": "RS256",
                "useJWKURI": True, "jwkURI": f"{issuer}/jwks_uri",
            }
        },
        "anon-user": {},
    }  # fmt: skip
    root = {"config_version": 20210101, "app_id": "federated", "name": "federated"}
    _write(folder / "realm_config.json", root)
    _write(
        folder / "auth" / "providers.json",
        {name: {"name": name, "type": name, "disabled": False} | entry for name, entry in providers.items()},
    )
    return folder


def _oauth(config: dict[str, object], domains: list[str] | None = None) -> dict[str, object]:
    return {
        "config": {"clientId": CLIENT_ID} | config,
        "secret_config": {"clientSecret": "clientSecret"},
        "redirect_uris": [PAGE],
        "domain_restrictions": domains or [],
    }


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=4))
