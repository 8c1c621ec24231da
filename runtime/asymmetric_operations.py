"""What keys are used for: signatures, RSA encryption, agreement on a shared secret."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.backends.openssl import backend as _loaded_early  # noqa: F401 - a worker opens no files later
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, utils, x448, x25519

from runtime.asymmetric_keys import load
from runtime.crypto_arguments import CryptoArguments, CryptoError, as_base64
from runtime.key_types import PrivateKey, PublicKey

HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "md5": hashes.MD5(), "sha1": hashes.SHA1(),  # noqa: S303 - old systems still want these two
    "sha224": hashes.SHA224(), "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(), "sha512": hashes.SHA512(),
}  # fmt: skip
_SALT_OF_DIGEST: Final = -1
"""OpenSSL's numbers for the salt of a PSS signature; any other negative one: as long as the key allows."""


def sign(arguments: CryptoArguments) -> str:
    """The signature of `data` with a private key; DER for EC keys, or both numbers where `p1363` is wanted."""
    key, data = load(arguments), arguments.binary("data")
    match key:
        case rsa.RSAPrivateKey():
            return as_base64(_attempt(lambda: key.sign(data, _signing(arguments, key.key_size), _hash(arguments))))
        case ec.EllipticCurvePrivateKey():
            signature = key.sign(data, ec.ECDSA(_hash(arguments)))
            return as_base64(_to_p1363(signature, key.curve) if arguments.flag("p1363") else signature)
        case ed25519.Ed25519PrivateKey() | ed448.Ed448PrivateKey():
            return as_base64(key.sign(data))
        case _:
            raise CryptoError("this key cannot sign")


def verify(arguments: CryptoArguments) -> bool:
    """Whether `signature` is that of `data` by the public key's owner."""
    key = _public(load(arguments))
    data, signature = arguments.binary("data"), arguments.binary("signature")
    try:
        match key:
            case rsa.RSAPublicKey():
                key.verify(signature, data, _verifying(arguments, key.key_size), _hash(arguments))
            case ec.EllipticCurvePublicKey():
                der = _from_p1363(signature, key.curve) if arguments.flag("p1363") else signature
                key.verify(der, data, ec.ECDSA(_hash(arguments)))
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                key.verify(signature, data)
            case _:
                raise CryptoError("this key cannot verify")
    except (InvalidSignature, ValueError):
        return False
    return True


def encrypt(arguments: CryptoArguments) -> str:
    """`data` for the owner of an RSA key."""
    key = _public(load(arguments))
    if not isinstance(key, rsa.RSAPublicKey):
        raise CryptoError("only RSA keys encrypt")
    return as_base64(_attempt(lambda: key.encrypt(arguments.binary("data"), _encryption(arguments))))


def decrypt(arguments: CryptoArguments) -> str:
    """What was encrypted for this RSA key."""
    key = load(arguments)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CryptoError("only RSA private keys decrypt")
    return as_base64(_attempt(lambda: key.decrypt(arguments.binary("data"), _encryption(arguments))))


def agree(arguments: CryptoArguments) -> str:
    """The secret that a private key shares with the owner of another's public key, `peer`."""
    own = load(arguments)
    peer = _public(load(CryptoArguments({**arguments.members, "isPrivate": False}), "peer"))
    match own, peer:
        case ec.EllipticCurvePrivateKey(), ec.EllipticCurvePublicKey():
            return as_base64(_attempt(lambda: own.exchange(ec.ECDH(), peer)))
        case x25519.X25519PrivateKey(), x25519.X25519PublicKey():
            return as_base64(_attempt(lambda: own.exchange(peer)))
        case x448.X448PrivateKey(), x448.X448PublicKey():
            return as_base64(_attempt(lambda: own.exchange(peer)))
        case _:
            raise CryptoError("these keys do not fit each other")


def _attempt(work: object) -> bytes:
    if not callable(work):
        raise TypeError("not callable")
    try:
        return bytes(work())
    except (ValueError, TypeError) as error:
        raise CryptoError("the operation failed") from error


def _public(key: PrivateKey | PublicKey) -> PublicKey:
    return key.public_key() if hasattr(key, "public_key") else key


def _hash(arguments: CryptoArguments, member: str = "digest") -> hashes.HashAlgorithm:
    found = HASHES.get(arguments.text(member, ""))
    if found is None:
        raise CryptoError("unknown digest")
    return found


def _signing(arguments: CryptoArguments, bits: int) -> padding.PSS | padding.PKCS1v15:
    return _scheme(arguments, bits, padding.PSS.MAX_LENGTH)


def _verifying(arguments: CryptoArguments, bits: int) -> padding.PSS | padding.PKCS1v15:
    return _scheme(arguments, bits, padding.PSS.AUTO)


def _scheme(arguments: CryptoArguments, bits: int, otherwise: object) -> padding.PSS | padding.PKCS1v15:
    if arguments.text("padding") != "pss":
        return padding.PKCS1v15()
    algorithm, salt = _hash(arguments), arguments.integer("saltLength")
    mask = padding.MGF1(algorithm)
    if salt == _SALT_OF_DIGEST:
        return padding.PSS(mask, padding.PSS.DIGEST_LENGTH)
    if salt > bits // 8:
        raise CryptoError("the salt is longer than the key", name="RangeError")
    if salt >= 0:
        return padding.PSS(mask, salt)
    return padding.PSS(mask, padding.PSS.AUTO if otherwise is padding.PSS.AUTO else padding.PSS.MAX_LENGTH)


def _encryption(arguments: CryptoArguments) -> padding.OAEP | padding.PKCS1v15:
    if arguments.text("padding") != "oaep":
        return padding.PKCS1v15()
    algorithm = _hash(arguments)
    return padding.OAEP(padding.MGF1(algorithm), algorithm, arguments.binary("label") or None)


def _to_p1363(signature: bytes, curve: ec.EllipticCurve) -> bytes:
    size = (curve.key_size + 7) // 8
    return b"".join(number.to_bytes(size) for number in utils.decode_dss_signature(signature))


def _from_p1363(signature: bytes, curve: ec.EllipticCurve) -> bytes:
    size = (curve.key_size + 7) // 8
    if len(signature) != 2 * size:
        raise ValueError("length")
    return utils.encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))
