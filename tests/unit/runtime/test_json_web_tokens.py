"""Guest tokens: the contract's vector, every method, and the known confusions."""

from __future__ import annotations

import base64

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from runtime.crypto import Chance, answer

NOW = 1_700_000_000
FIXED = Chance(now=lambda: float(NOW))
VECTOR_PAYLOAD = '{"sub":"1234567890","name":"Joe Schmoe","iat":1565721223187}'
VECTOR_SIGNATURE = "-QL15ldu2BYuJokNWT6YRiwZQIiIpvq6Kyv-C6qslNdNiUVxo8zqLJZ1iEkNf2yZKMIrQuMCtIC1tzd2H31AxA"
CURVES: dict[str, ec.EllipticCurve] = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


def ask(operation: str, **arguments: object) -> dict[str, object]:
    """The whole reply of the door."""
    reply: dict[str, object] = orjson.loads(answer(operation, orjson.dumps(arguments), FIXED))
    return reply


def encode(method: str, payload: str, key: str, header: dict[str, object] | None = None) -> str:
    """A token made through the door."""
    return str(ask("jwt.encode", method=method, payload=payload, key=key, header=header or {})["value"])


def decode(token: str, key: str, algorithms: list[str] | None = None) -> object:
    """Header and payload; fails where the door refuses."""
    reply = ask("jwt.decode", token=token, key=key, algorithms=algorithms)
    assert "value" in reply, reply
    return reply["value"]


def refused(token: str, key: str, algorithms: list[str] | None = None) -> str:
    """The text of the refusal."""
    error = ask("jwt.decode", token=token, key=key, algorithms=algorithms)["error"]
    assert isinstance(error, dict)
    return str(error["message"])


def pems(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> tuple[str, str]:
    """Private key as PKCS#8, public key as SubjectPublicKeyInfo."""
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.fixture(scope="module")
def rsa_pems() -> tuple[str, str]:
    """One RSA key for all tests: making one is slow."""
    return pems(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def test_contract_vector() -> None:
    """The vendor's HS512 token comes out letter by letter, and decodes although its `iat` is in milliseconds."""
    token = encode("HS512", VECTOR_PAYLOAD, "SuperSecret")

    assert token.endswith("." + VECTOR_SIGNATURE)
    assert decode(token, "SuperSecret") == {"header": {"alg": "HS512", "typ": "JWT"}, "payload": VECTOR_PAYLOAD}


@pytest.mark.parametrize("method", ["HS256", "HS384", "HS512"])
def test_secret_methods(method: str) -> None:
    """What a secret signs, PyJWT verifies too; another secret does not."""
    token = encode(method, '{"a":1}', "s" * 64)

    assert jwt.decode(token, "s" * 64, algorithms=[method]) == {"a": 1}
    assert decode(token, "s" * 64)
    assert "does not fit" in refused(token, "t" * 64)


@pytest.mark.parametrize("method", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"])
def test_key_pair_methods(method: str, rsa_pems: tuple[str, str]) -> None:
    """What a private key signs, its public key verifies."""
    private, public = pems(ec.generate_private_key(CURVES[method])) if method in CURVES else rsa_pems
    token = encode(method, '{"a":1}', private)

    assert jwt.decode(token, public, algorithms=[method]) == {"a": 1}
    assert decode(token, public, [method])
    assert decode(token, public)


def test_public_key_is_no_secret(rsa_pems: tuple[str, str]) -> None:
    """A token signed with the public key's text as HMAC secret is refused, whatever methods are accepted."""
    _, public = rsa_pems
    algorithm = jwt.get_algorithm_by_name("HS256")
    header, payload = (base64.urlsafe_b64encode(part).rstrip(b"=") for part in (b'{"alg":"HS256"}', b'{"a":1}'))
    signature = algorithm.sign(header + b"." + payload, public.encode())
    token = b".".join([header, payload, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()

    assert refused(token, public) == "invalid token: its signing method is not accepted"
    assert refused(token, public, ["HS256", "RS256"]) == "invalid token: its signing method is not accepted"
    assert refused(token, public, ["HS256"]) == "none of the accepted signing methods fits the key"
    assert "error" in ask("jwt.encode", method="HS256", payload="{}", key=public)


@pytest.mark.parametrize("algorithm", ["none", "nOnE", "", None, 1, ["HS256"], "HS1"])
def test_unsigned_token_is_refused(algorithm: object) -> None:
    """`alg` none, or none known, is never accepted."""
    header = base64.urlsafe_b64encode(orjson.dumps({"alg": algorithm})).rstrip(b"=").decode()

    assert refused(f"{header}.e30.", "secret")


def test_method_outside_the_list_is_refused() -> None:
    """Only the methods that the author accepts count."""
    token = encode("HS256", "{}", "secret")

    assert refused(token, "secret", ["HS512"]) == "invalid token: its signing method is not accepted"
    assert refused(token, "secret", ["none"]) == "unknown signing method 'none'"
    assert refused(token, "secret", []) == "none of the accepted signing methods fits the key"


def test_wrong_curve_is_refused() -> None:
    """ES256 means P-256."""
    private, _ = pems(ec.generate_private_key(ec.SECP384R1()))

    assert "error" in ask("jwt.encode", method="ES256", payload="{}", key=private)


def test_header_fields() -> None:
    """Further header fields follow `alg` and `typ`; none of them can change the method."""
    token = encode("HS256", "{}", "secret", {"kid": "k1", "alg": "none"})
    header = token.split(".")[0]

    assert base64.urlsafe_b64decode(header + "==") == b'{"alg":"HS256","typ":"JWT","kid":"k1"}'


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (f'{{"exp":{NOW}}}', "token is expired"),
        (f'{{"nbf":{NOW + 1}}}', "token is not valid yet"),
        ('{"exp":"soon"}', "invalid token: 'exp' is not a number"),
        ("[]", "invalid token: the payload is not an object"),
        ("x", "invalid token: the payload is not JSON"),
    ],
)
def test_claims_that_refuse(payload: str, reason: str) -> None:
    """A signed token is refused outside its time, or where it is no token."""
    assert refused(encode("HS256", payload, "secret"), "secret") == reason


def test_claims_within_their_time() -> None:
    """One second before `exp` and at `nbf` the token counts."""
    assert decode(encode("HS256", f'{{"exp":{NOW + 1},"nbf":{NOW}}}', "secret"), "secret")


def test_big_numbers_stay_text() -> None:
    """The payload comes back as it was written, digits and all."""
    payload = '{"n":123456789012345678901234567890,"m":1.0}'

    assert decode(encode("HS256", payload, "secret"), "secret") == {
        "header": {"alg": "HS256", "typ": "JWT"},
        "payload": payload,
    }


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "é.é.é", "e30.e30.e30", "a" * 1_000_001])
def test_nonsense_is_refused(token: str) -> None:
    """What is no token is refused."""
    assert refused(token, "secret")


def test_empty_secret_is_refused() -> None:
    """An unset value must not become a secret that everybody knows."""
    assert refused(encode("HS256", "{}", "secret"), "") == "the secret is empty"
    assert "error" in ask("jwt.encode", method="HS256", payload="{}", key="")
