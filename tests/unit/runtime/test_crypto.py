"""The synchronous door: the contract's vectors, and what hostile arguments are answered."""

from __future__ import annotations

import base64
import hashlib

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from runtime import crypto
from runtime.crypto import Chance, answer
from runtime.key_derivation import MAX_PBKDF2_AT_ONCE

FIXED = Chance(entropy=lambda length: bytes(range(length % 256)), now=lambda: 1_700_000_000.0)


def b64(value: str | bytes) -> str:
    """How the guest sends bytes."""
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def ask(operation: str, **arguments: object) -> object:
    """The value answered; fails where the door refuses."""
    reply = orjson.loads(answer(operation, orjson.dumps(arguments), FIXED))
    assert "error" not in reply, reply
    return reply["value"]


def refusal(operation: str, arguments: bytes) -> str:
    """The text of the refusal."""
    reply = orjson.loads(answer(operation, arguments, FIXED))
    assert set(reply) == {"error"}, reply
    assert set(reply["error"]) == {"name", "message"}
    return str(reply["error"]["message"])


def refused(operation: str, **arguments: object) -> str:
    """The text of the refusal of well-formed JSON."""
    return refusal(operation, orjson.dumps(arguments))


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    """One key for all tests: making one is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def private_pem(rsa_key: rsa.RSAPrivateKey) -> str:
    """The key as PKCS#1, the form that `utils.crypto` documents."""
    return rsa_key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@pytest.fixture(scope="module")
def public_pem(rsa_key: rsa.RSAPrivateKey) -> str:
    """Its public half as PKCS#1."""
    return rsa_key.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()


def test_contract_hash() -> None:
    """The vendor's SHA-256 vector holds."""
    assert ask("crypto.hash", algorithm="sha256", data=b64("hello!")) == "zgYJL7lI2f+sfRo3bkBLJrdXW8wR7gWkYV/vT+w6MIs="


def test_contract_hmac() -> None:
    """The vendor's HMAC vector holds."""
    mac = ask("crypto.hmac", algorithm="sha256", key=b64("super-secret"), data=b64("hello!"))

    assert mac == "SUXd6PRMaTXXgBGaGsIHzaDWgTSa6C3D44lRGrvRak0="


def test_contract_decrypt() -> None:
    """The vendor's ciphertext decrypts and authenticates as AES-GCM."""
    plain = ask(
        "crypto.decrypt",
        name="aes",
        key=b64("603082712271C525E087BD999A4E0738"),
        message="WPBuIvJ6Bity43Uh822dW8QlVYVJaFUiDeUjlTiJXzptUuTYIKPlXekBQAJb",
    )

    assert plain == b64("MongoDB is great!")


@pytest.mark.parametrize("name", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
def test_every_digest(name: str) -> None:
    """Each digest named by the door is the one hashlib computes."""
    assert ask("crypto.hash", algorithm=name, data=b64("x")) == b64(hashlib.new(name, b"x").digest())


@pytest.mark.parametrize("length", [16, 24, 32])
def test_what_is_encrypted_decrypts(length: int) -> None:
    """Every AES key size goes both ways, behind a nonce drawn from the given entropy."""
    key = b64("k" * length)
    sealed = ask("crypto.encrypt", name="aes", key=key, message=b64("héllo"))

    assert base64.b64decode(str(sealed)).startswith(bytes(range(12)))
    assert ask("crypto.decrypt", name="aes", key=key, message=sealed) == b64("héllo")


def test_changed_ciphertext_is_refused() -> None:
    """One flipped bit is noticed."""
    key = b64("k" * 16)
    sealed = bytearray(base64.b64decode(str(ask("crypto.encrypt", name="aes", key=key, message=b64("m")))))
    sealed[-1] ^= 1

    assert refused("crypto.decrypt", name="aes", key=key, message=b64(bytes(sealed))) == (
        "the message does not authenticate"
    )


def test_random_comes_from_the_given_entropy() -> None:
    """A run can be replayed: the same entropy gives the same bytes."""
    assert ask("crypto.random", length=4) == b64(b"\x00\x01\x02\x03")
    assert ask("crypto.random", length=0) == ""


def test_random_is_fresh_by_default() -> None:
    """Without injected entropy two draws differ."""
    draws = {answer("crypto.random", b'{"length": 16}', Chance()) for _ in range(2)}

    assert len(draws) == 2


@pytest.mark.parametrize("scheme", ["pss", "pkcs1v15"])
def test_rsa_signature_verifies(scheme: str, private_pem: str, public_pem: str) -> None:
    """A signature holds for its message and scheme, and for nothing else."""
    signature = ask("crypto.sign", name="rsa", message=b64("m"), key=private_pem, scheme=scheme)
    other = "pkcs1v15" if scheme == "pss" else "pss"

    def verified(message: str, scheme: str) -> object:
        return ask(
            "crypto.verify", name="rsa", message=b64(message), key=public_pem, signature=signature, scheme=scheme
        )

    assert verified("m", scheme) is True
    assert verified("n", scheme) is False
    assert verified("m", other) is False


def test_pss_is_the_default_scheme(private_pem: str, public_pem: str) -> None:
    """A scheme left out is pss on both sides."""
    signature = ask("crypto.sign", name="rsa", message=b64("m"), key=private_pem)
    arguments = {"name": "rsa", "message": b64("m"), "key": public_pem, "signature": signature}

    assert ask("crypto.verify", **arguments, scheme="pss") is True


def test_oversized_rsa_key_is_refused() -> None:
    """A key whose examination would block the worker for seconds is refused by its length."""
    assert "limited to 4096 characters" in refused(
        "crypto.sign", name="rsa", message="", key="-----BEGIN RSA PRIVATE KEY-----" + "A" * 4096
    )


def test_ec_key_is_no_rsa_key() -> None:
    """`sign("rsa", ...)` with a key of another kind is refused."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    assert refused("crypto.sign", name="rsa", message="", key=pem.decode()) == "the private key must be an RSA key"


def test_scrypt_vector() -> None:
    """RFC 7914, section 12, second vector, by its first half."""
    key = ask("crypto.scrypt", password=b64("password"), salt=b64("NaCl"), keyLength=64, N=1024, r=8, p=16)

    assert base64.b64decode(str(key)).hex().startswith("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731")


def test_pbkdf2_vector() -> None:
    """RFC 6070, second vector."""
    key = ask("crypto.pbkdf2", password=b64("password"), salt=b64("salt"), iterations=2, keyLength=20, digest="sha1")

    assert base64.b64decode(str(key)).hex() == "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"


@pytest.mark.parametrize(
    "change",
    [
        {"N": 1 << 17},  # 128 MiB
        {"N": 1 << 16, "p": 3},  # too much work
        {"N": 1000},
        {"N": 0},
        {"N": -2},
        {"r": 0},
        {"p": 1 << 30, "N": 2, "r": 1},
        {"N": 1 << 16, "r": 1},  # OpenSSL's own bound
        {"keyLength": 0},
        {"keyLength": 1025},
        {"N": 2.5},
        {"N": True},
        {"N": "1024"},
    ],
)
def test_dear_scrypt_is_refused(change: dict[str, object]) -> None:
    """Memory and work beyond the limits, and nonsense, are refused before anything is computed."""
    fair: dict[str, object] = {"password": "", "salt": "", "keyLength": 32, "N": 16384, "r": 8, "p": 1}

    assert refused("crypto.scrypt", **(fair | change))


def test_dear_pbkdf2_is_refused() -> None:
    """Iterations are counted for every block of the key."""
    fair: dict[str, object] = {"password": "", "salt": "", "keyLength": 1, "iterations": 1, "digest": "sha1"}

    assert "limit" in refused("crypto.pbkdf2", **(fair | {"iterations": MAX_PBKDF2_AT_ONCE + 1}))
    assert "limit" in refused("crypto.pbkdf2", **(fair | {"iterations": MAX_PBKDF2_AT_ONCE, "keyLength": 21}))
    assert refused("crypto.pbkdf2", **(fair | {"digest": "sha3_256"})) == "pbkdf2: unknown digest"


@pytest.mark.parametrize("operation", [*crypto.FUNCTIONS, "crypto.unknown", "", "\ud800"])
@pytest.mark.parametrize(
    "arguments",
    [b"", b"{", b"[]", b"null", b"\xff", b'{"key": 1}', b'{"data": "%"}', b"[" * 100_000, b'{"key": "\\ud800"}'],
)
def test_nonsense_is_refused(operation: str, arguments: bytes) -> None:
    """Whatever arrives, the answer is an error of the agreed shape."""
    assert refusal(operation, arguments)


def test_size_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request as long as the limit is taken, one byte more is not."""
    request = orjson.dumps({"algorithm": "md5", "data": ""})
    monkeypatch.setattr(crypto, "MAX_REQUEST", len(request))

    assert b"value" in answer("crypto.hash", request, FIXED)
    assert "exceeds the limit" in refusal("crypto.hash", request + b" ")


def test_failing_entropy_is_no_exception() -> None:
    """A fault of our own ends in an error reply that tells nothing of it."""

    def broken(length: int) -> bytes:
        raise OSError(length)

    reply = orjson.loads(answer("crypto.random", b'{"length": 1}', Chance(entropy=broken)))

    assert reply == {"error": {"name": "Error", "message": "the operation failed"}}
