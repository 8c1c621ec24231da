"""The ciphers of Node's `createCipheriv` and of Web Crypto, each over the whole of a message."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from runtime.crypto_arguments import CryptoArguments, CryptoError, as_base64

_NAME: Final = re.compile(r"aes-(128|192|256)-(cbc|ecb|ctr|gcm)")
_BLOCK: Final = 16
_TAG: Final = 16


def run_cipher(arguments: CryptoArguments) -> dict[str, str]:
    """`{data}`, and `{tag}` where the cipher makes one; decrypting checks it. Raises CryptoError."""
    name, key, iv = arguments.text("algorithm"), arguments.binary("key"), arguments.binary("iv")
    if name == "chacha20-poly1305":
        return _chacha(arguments, key, iv)
    match = _NAME.fullmatch(name)
    if match is None:
        raise CryptoError("Unknown cipher")
    if len(key) * 8 != int(match[1]):
        raise CryptoError("Invalid key length", name="RangeError")
    if match[2] == "gcm":
        return _gcm(arguments, key, iv)
    if len(iv) != (0 if match[2] == "ecb" else _BLOCK):
        raise CryptoError("Invalid initialization vector", name="TypeError")
    makers: dict[str, Callable[[bytes], modes.CBC | modes.CTR | modes.ECB]]
    makers = {"cbc": modes.CBC, "ctr": modes.CTR, "ecb": lambda _: modes.ECB()}  # noqa: S305 - the author's choice
    mode = makers[match[2]](iv)
    return {"data": as_base64(_blocks(arguments, key, mode, is_padded=match[2] != "ctr"))}


def _blocks(
    arguments: CryptoArguments, key: bytes, mode: modes.CBC | modes.CTR | modes.ECB, *, is_padded: bool
) -> bytes:
    data, pads = arguments.binary("data"), is_padded and arguments.flag("padding")
    cipher = Cipher(algorithms.AES(key), mode)
    try:
        if arguments.flag("encrypt"):
            padder, encryptor = padding.PKCS7(8 * _BLOCK).padder(), cipher.encryptor()
            padded = padder.update(data) + padder.finalize() if pads else data
            return encryptor.update(padded) + encryptor.finalize()
        decryptor, unpadder = cipher.decryptor(), padding.PKCS7(8 * _BLOCK).unpadder()
        plain = decryptor.update(data) + decryptor.finalize()
        return unpadder.update(plain) + unpadder.finalize() if pads else plain
    except ValueError as error:
        raise CryptoError("bad decrypt" if not arguments.flag("encrypt") else "wrong final block length") from error


def _gcm(arguments: CryptoArguments, key: bytes, iv: bytes) -> dict[str, str]:
    data, length = arguments.binary("data"), arguments.integer("tagLength")
    if not 8 <= len(iv) <= 128 or not 4 <= length <= _TAG:
        raise CryptoError("Invalid initialization vector", name="TypeError")
    if arguments.flag("encrypt"):
        encryptor = Cipher(algorithms.AES(key), modes.GCM(iv)).encryptor()
        encryptor.authenticate_additional_data(arguments.binary("aad"))
        encrypted = encryptor.update(data) + encryptor.finalize()
        return {"data": as_base64(encrypted), "tag": as_base64(encryptor.tag[:length])}
    try:
        mode = modes.GCM(iv, arguments.binary("tag"), min_tag_length=length)
        decryptor = Cipher(algorithms.AES(key), mode).decryptor()
        decryptor.authenticate_additional_data(arguments.binary("aad"))
        return {"data": as_base64(decryptor.update(data) + decryptor.finalize())}
    except (InvalidTag, ValueError) as error:
        raise CryptoError("Unsupported state or unable to authenticate data") from error


def _chacha(arguments: CryptoArguments, key: bytes, iv: bytes) -> dict[str, str]:
    data, aad = arguments.binary("data"), arguments.binary("aad")
    try:
        cipher = ChaCha20Poly1305(key)
        if arguments.flag("encrypt"):
            sealed = cipher.encrypt(iv, data, aad)
            return {"data": as_base64(sealed[:-_TAG]), "tag": as_base64(sealed[-_TAG:])}
        return {"data": as_base64(cipher.decrypt(iv, data + arguments.binary("tag"), aad))}
    except (InvalidTag, ValueError) as error:
        raise CryptoError("Unsupported state or unable to authenticate data") from error
