"""JSON Web Tokens for guests: `utils.jwt` (contract 4.9) and what npm packages sign with."""

from __future__ import annotations

from typing import Final

import orjson
from jwt.algorithms import Algorithm, get_default_algorithms
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError
from jwt.utils import base64url_encode

from runtime.crypto_arguments import CryptoArguments, CryptoError
from runtime.pem_keys import PrivateKey, PublicKey, load_private_key, load_public_key, looks_like_pem

MAX_TOKEN_LENGTH = 1_000_000
"""Characters (contract 4.5)."""
METHODS: Final = frozenset(f"{family}{bits}" for family in ("HS", "RS", "ES", "PS") for bits in (256, 384, 512))

_ALGORITHMS: Final[dict[str, Algorithm]] = {
    name: algorithm for name, algorithm in get_default_algorithms().items() if name in METHODS
}
_SIGNATURES: Final = PyJWS(algorithms=sorted(METHODS))


def encode_token(arguments: CryptoArguments) -> str:
    """Sign `payload`, taken byte for byte; `header` adds fields but cannot change the method."""
    method = _known_method(arguments.text("method"))
    payload = arguments.text("payload").encode()
    extra = arguments.mapping("header")
    header = {"alg": method, "typ": "JWT"} | {name: value for name, value in extra.items() if name != "alg"}
    signed = base64url_encode(orjson.dumps(header)) + b"." + base64url_encode(payload)
    if len(signed) > MAX_TOKEN_LENGTH:
        raise CryptoError(f"a token is limited to {MAX_TOKEN_LENGTH} characters")
    signature = _sign(method, signed, arguments.text("key"))
    return (signed + b"." + base64url_encode(signature)).decode("ascii")


def decode_token(arguments: CryptoArguments, *, now: float) -> dict[str, object]:
    """Verify a token and give its header, and its payload as text; `now` is in seconds since the epoch.

    The methods allowed are those named by the author and no other, or else those that fit the kind of key.
    A token that says when it expires (`exp`) or begins (`nbf`) is refused outside that time.
    """
    token, key = arguments.text("token"), arguments.text("key")
    if len(token) > MAX_TOKEN_LENGTH:
        raise CryptoError(f"a token is limited to {MAX_TOKEN_LENGTH} characters")
    allowed = _allowed_methods(arguments.texts("algorithms"), key)
    try:
        header, payload = _verified(token, key, allowed)
    except (PyJWTError, TypeError, ValueError) as error:
        raise _invalid(str(error)) from error
    _judge_claims(payload, now)
    return {"header": header, "payload": payload.decode()}


def _verified(token: str, key: str, allowed: list[str]) -> tuple[dict[str, object], bytes]:
    """Header and payload of a token whose signature holds.

    PyJWT takes the token apart; the signature is checked here because PyJWT's own way warns, on standard
    error, of every short secret that an author chose.
    """
    parts = _SIGNATURES.decode_complete(token, options={"verify_signature": False})
    method = parts["header"].get("alg")
    if method not in allowed:
        raise _invalid("its signing method is not accepted")
    algorithm = _ALGORITHMS[method]
    signed = token.rpartition(".")[0].encode("ascii")
    if not algorithm.verify(signed, algorithm.prepare_key(_verifying_key(key)), parts["signature"]):
        raise _invalid("the signature does not fit")
    return parts["header"], parts["payload"]


def _sign(method: str, message: bytes, key: str) -> bytes:
    algorithm = _ALGORITHMS[method]
    prepared: PrivateKey | bytes = _shared_secret(key) if method.startswith("HS") else load_private_key(key)
    try:
        return algorithm.sign(message, algorithm.prepare_key(prepared))
    except (PyJWTError, TypeError, ValueError) as error:
        raise CryptoError(f"the key does not fit {method}") from error


def _known_method(method: str) -> str:
    if method not in METHODS:
        raise CryptoError(f"unknown signing method '{method[:20]}'")
    return method


def _allowed_methods(named: list[str] | None, key: str) -> list[str]:
    """The author's methods as far as they fit the kind of key: a secret verifies HS, a PEM everything else."""
    fits_secret = not looks_like_pem(key)
    methods = METHODS if named is None else {_known_method(method) for method in named}
    allowed = sorted(method for method in methods if method.startswith("HS") == fits_secret)
    if not allowed:
        raise CryptoError("none of the accepted signing methods fits the key")
    return allowed


def _verifying_key(key: str) -> PublicKey | bytes:
    return load_public_key(key) if looks_like_pem(key) else _shared_secret(key)


def _shared_secret(key: str) -> bytes:
    if not key:
        raise CryptoError("the secret is empty")
    if looks_like_pem(key):
        raise CryptoError("a PEM key cannot be used as the secret of an HS method")
    return key.encode()


def _judge_claims(payload: bytes, now: float) -> None:
    try:
        claims: object = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise _invalid("the payload is not JSON") from error
    if not isinstance(claims, dict):
        raise _invalid("the payload is not an object")
    if (expires := _moment(claims, "exp")) is not None and now >= expires:
        raise CryptoError("token is expired", name="TokenExpiredError")
    if (begins := _moment(claims, "nbf")) is not None and now < begins:
        raise CryptoError("token is not valid yet", name="NotBeforeError")


def _moment(claims: dict[str, object], claim: str) -> float | None:
    value = claims.get(claim)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _invalid(f"'{claim}' is not a number")
    return value


def _invalid(reason: str) -> CryptoError:
    return CryptoError(f"invalid token: {reason}", name="JsonWebTokenError")
