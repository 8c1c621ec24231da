"""Identity providers on loopback: one whose tokens a test makes, and one that is a real OpenID provider."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.conformance.server_process import PATIENCE
from tests.loopback import Quiet, listening
from tests.processes import NODE, tied

SCRIPT = Path(__file__).parent / "scripts" / "oidc-provider.mjs"
CLIENT_ID, CLIENT_SECRET = "vestibule", "s" * 40
FACEBOOK_TOKEN = "facebook-token"


@dataclass(slots=True)
class Issuer:
    """A provider that says what the test wants; `asked` are the paths that it was asked for."""

    url: str = ""
    keys: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    is_down: bool = False
    tokens: dict[str, Any] = field(default_factory=dict)
    """What the token endpoint answers, by code."""
    facebook: dict[str, Any] = field(default_factory=dict)
    """What Facebook would answer, by path."""

    def add_key(self, key_id: str) -> None:
        """Sign with a new key from now on, too."""
        self.keys[key_id] = rsa.generate_private_key(65537, 2048)

    def claims(self, **changes: object) -> dict[str, object]:
        """What a good ID token says; a change to None leaves the claim out."""
        now = int(time.time())
        good = {
            "iss": self.url, "sub": "person", "aud": CLIENT_ID, "iat": now, "exp": now + 600,
            "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace",
            "email": "ada@outside.example", "email_verified": True,
        }  # fmt: skip
        return {name: value for name, value in (good | changes).items() if value is not None}

    def token(self, key_id: str = "first", *, headers: Mapping[str, object] | None = None, **changes: object) -> str:
        """A token by one of the keys."""
        named = {"kid": key_id} | dict(headers or {})
        return jwt.encode(self.claims(**changes), self.keys[key_id], algorithm="RS256", headers=named)

    def answer(self, path: str, form: Mapping[str, list[str]]) -> Any:
        """The JSON for a path; None: there is none."""
        match path:
            case "/.well-known/openid-configuration":
                endpoints = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                return {"issuer": self.url} | {name: f"{self.url}/{name}" for name in endpoints}
            case "/jwks_uri":
                return {"keys": [_jwk(key_id, key) for key_id, key in self.keys.items()]}
            case "/token_endpoint":
                return self.tokens.get(form.get("code", [""])[0])
            case _:
                return self.facebook.get(path)


def _jwk(key_id: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    public: dict[str, Any] = json.loads(algorithm.to_jwk(key.public_key()))  # type: ignore[arg-type]
    return public | {"kid": key_id, "use": "sig"}


@contextmanager
def issuer() -> Iterator[Issuer]:
    """A provider with one key, `first`, for as long as the block lasts."""
    said = Issuer()
    said.add_key("first")

    class Handler(Quiet):
        def respond(self) -> None:
            form = parse_qs(self.read_body().decode())
            path = urlsplit(self.path).path
            said.asked.append(path)
            answer = None if said.is_down else said.answer(path, form)
            self.answer(503 if said.is_down else 200 if answer is not None else 404, json.dumps(answer).encode())

    with listening(Handler) as port:
        said.url = f"http://127.0.0.1:{port}"
        yield said


@contextmanager
def oidc_provider(callback: str, *, asks: bool = False) -> Iterator[str]:
    """Npm `oidc-provider`, which lets in whoever comes, or asks for a name by a form; its issuer URL."""
    manner = "asks" if asks else "lets in"
    with subprocess.Popen(
        tied([NODE, SCRIPT, CLIENT_ID, CLIENT_SECRET, callback, manner]), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(PATIENCE)
