"""Node's `crypto` and Web Crypto in guests, held to RFC vectors and to Python's own implementations."""
# ruff: noqa: E501 - the guests' sources read better unbroken

from __future__ import annotations

import base64
import hashlib
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from runtime.asymmetric_keys import NewRsaKey
from runtime.messages import HostError
from tests.integration.runtime.conftest import Guests

pytestmark = pytest.mark.asyncio(loop_scope="module")

RSA = rsa.generate_private_key(65537, 2048)
KEYS: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey] = {
    "RS256": RSA, "PS256": RSA, "ES256": ec.generate_private_key(ec.SECP256R1()),
        "ES512": ec.generate_private_key(ec.SECP521R1()), "EdDSA": ed25519.Ed25519PrivateKey.generate()}  # fmt: skip


def private_pem(name: str) -> str:
    """PKCS#8."""
    return KEYS[name].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(name: str) -> str:
    """SubjectPublicKeyInfo."""
    return KEYS[name].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


SIGN = """
exports = (name, pem, text) => {
  const crypto = require("crypto");
  const digest = name === "EdDSA" ? null : "sha" + name.slice(2);
  const options = { key: pem, dsaEncoding: "ieee-p1363" };
  if (name === "PS256") Object.assign(options, { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  return crypto.sign(digest, Buffer.from(text), options).toString("base64url");
}
"""
VERIFY = """
exports = async (name, pem, text, signature) => {
  const crypto = require("crypto");
  const digest = name === "EdDSA" ? null : "sha" + name.slice(2);
  const options = { key: pem, dsaEncoding: "ieee-p1363" };
  if (name === "PS256") Object.assign(options, { padding: crypto.constants.RSA_PKCS1_PSS_PADDING });
  const bytes = Buffer.from(signature, "base64url");
  return [bytes, bytes.map((byte, at) => at ? byte : byte ^ 1)].map((s) => crypto.verify(digest, Buffer.from(text), options, s));
}
"""


@pytest.mark.parametrize("name", KEYS)
async def test_signatures_are_those_of_jose(guests: Guests, name: str) -> None:
    """What a guest signs another implementation verifies, and the other way round; a changed bit is noticed."""
    head = jwt.encode({"a": 1}, KEYS[name], name)
    text, _, signature = head.rpartition(".")
    assert await guests.value(VERIFY, name, public_pem(name), text, signature) == [True, False]
    own = await guests.value(SIGN, name, private_pem(name), text)
    assert jwt.decode(f"{text}.{own}", KEYS[name].public_key(), [name]) == {"a": 1}


SUBTLE = """
exports = async (name, jwk) => {
  const { subtle } = crypto, data = Buffer.from("data");
  const algorithms = {
    RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, PS256: { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 },
    ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }, ES512: { name: "ECDSA", namedCurve: "P-521", hash: "SHA-512" },
    EdDSA: { name: "Ed25519" },
  };
  const algorithm = algorithms[name], { d, p, q, dp, dq, qi, key_ops, ...open } = jwk;
  const privateKey = await subtle.importKey("jwk", jwk, algorithm, true, ["sign"]);
  const publicKey = await subtle.importKey("jwk", open, algorithm, true, ["verify"]);
  const again = await subtle.importKey("spki", await subtle.exportKey("spki", publicKey), algorithm, false, ["verify"]);
  const signature = await subtle.sign(algorithm, privateKey, data);
  const exported = await subtle.exportKey("jwk", privateKey);
  const refused = await subtle.sign(algorithm, publicKey, data).catch((error) => error.name);
  const kept = await subtle.exportKey("spki", again).catch((error) => error.name);
  return [await subtle.verify(algorithm, again, signature, data), exported.d === d, refused, kept, Buffer.from(signature).toString("base64url")];
}
"""


@pytest.mark.parametrize("name", KEYS)
async def test_web_crypto_signs(guests: Guests, name: str) -> None:
    """Keys go in and out as JWK and SPKI, sign what others verify, and do only what they may be used for."""
    jwk = json.loads(jwt.get_algorithm_by_name(name).to_jwk(KEYS[name]))
    holds, same, refused, kept, signature = list(await guests.value(SUBTLE, name, jwk))  # type: ignore[call-overload]
    assert (holds, same, refused, kept) == (True, True, "InvalidAccessError", "InvalidAccessError")
    raw = base64.urlsafe_b64decode(signature + "==")
    assert jwt.get_algorithm_by_name(name).verify(b"data", KEYS[name].public_key(), raw)


CIPHERS = """
exports = () => {
  const crypto = require("crypto"), hex = (text) => Buffer.from(text, "hex");
  const encrypt = (name, key, iv, text, aad, options) => {
    const cipher = crypto.createCipheriv(name, hex(key), iv === null ? null : hex(iv), options);
    if (aad) cipher.setAAD(hex(aad));
    if (name.endsWith("cbc") || name.endsWith("ecb")) cipher.setAutoPadding(false);
    const out = cipher.update(text.slice(0, 16), "hex", "hex") + cipher.update(text.slice(16), "hex", "hex") + cipher.final("hex");
    return aad === undefined ? out : out + "|" + cipher.getAuthTag().toString("hex");
  };
  const block = "6bc1bee22e409f96e93d7e117393172a", iv = "000102030405060708090a0b0c0d0e0f";
  const key = "2b7e151628aed2a6abf7158809cf4f3c";
  return [
    encrypt("aes-128-cbc", key, iv, block), encrypt("aes-128-ecb", key, null, block),
    encrypt("aes-128-ctr", key, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", block),
    encrypt("aes-128-gcm", "00".repeat(16), "00".repeat(12), "00".repeat(16), ""),
  ];
}
"""
ROUND_TRIP = """
exports = () => ["aes-256-cbc", "aes-192-ctr", "aes-256-gcm", "chacha20-poly1305"].map((name) => {
  const crypto = require("crypto");
  const key = crypto.randomBytes(name === "aes-192-ctr" ? 24 : 32), iv = crypto.randomBytes(/gcm|poly/.test(name) ? 12 : 16);
  const cipher = crypto.createCipheriv(name, key, iv);
  const sealed = Buffer.concat([cipher.update("héllo "), cipher.update("world"), cipher.final()]);
  const open = (bytes) => {
    const decipher = crypto.createDecipheriv(name, key, iv);
    if (/gcm|poly/.test(name)) decipher.setAuthTag(cipher.getAuthTag());
    return decipher.update(bytes, undefined, "utf8") + decipher.final("utf8");
  };
  const other = Buffer.from(sealed);
  other[0] ^= 1;
  let changed;
  try { changed = open(other) === "héllo world"; } catch (error) { changed = false; }
  return open(sealed) === "héllo world" && !changed;
})
"""


async def test_ciphers(guests: Guests) -> None:
    """NIST SP 800-38A and the GCM specification's second case; and what is encrypted in pieces comes back whole."""
    assert await guests.value(CIPHERS) == [
        "7649abac8119b246cee98e9b12e9197d",
        "3ad77bb40d7a3660a89ecaf32466ef97",
        "874d6191b620e3261bef6864990db6ce",
        "0388dace60b6a392f328c2b971b2fe78|ab6e47d42cec13bdf53a67b21257bddf",
    ]
    assert await guests.value(ROUND_TRIP) == [True] * 4


DERIVATIONS = """
exports = async () => {
  const crypto = require("crypto"), hex = (text) => Buffer.from(text, "hex");
  const hkdf = crypto.hkdfSync("sha256", hex("0b".repeat(22)), hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"), 42);
  const [ada, bob] = [1, 2].map(() => crypto.generateKeyPairSync("x25519"));
  const shared = [[ada, bob], [bob, ada]].map(([own, other]) =>
    crypto.diffieHellman({ privateKey: own.privateKey, publicKey: other.publicKey }).toString("hex"));
  const { publicKey, privateKey } = await new Promise((resolve) =>
    crypto.generateKeyPair("rsa", { modulusLength: 1024 }, (error, publicKey, privateKey) => resolve({ publicKey, privateKey })));
  const sealed = crypto.publicEncrypt(publicKey, Buffer.from("secret"));
  const pem = privateKey.export({ type: "pkcs1", format: "pem", cipher: "aes-256-cbc", passphrase: "p" });
  const opened = crypto.privateDecrypt({ key: pem, passphrase: "p" }, sealed).toString();
  return [Buffer.from(hkdf).toString("hex"), shared[0] === shared[1], opened, pem.slice(0, 31),
    publicKey.asymmetricKeyDetails.publicExponent === 65537n, crypto.createPublicKey(pem.length ? privateKey : 0).equals(publicKey)];
}
"""


async def test_keys_are_made_and_derived(guests: Guests) -> None:
    """RFC 5869's first case, an agreement, RSA encryption, and a key that is written with a passphrase."""
    assert await guests.value(DERIVATIONS) == [
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        True, "secret", "-----BEGIN RSA PRIVATE KEY-----", True, True,
    ]  # fmt: skip


SUBTLE_REST = """
exports = async () => {
  const { subtle } = crypto, data = Buffer.from("data"), hex = (bytes) => Buffer.from(bytes).toString("hex");
  const aes = await subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
  const gcm = { name: "AES-GCM", iv: new Uint8Array(12), additionalData: Buffer.from("a") };
  const sealed = await subtle.encrypt(gcm, aes, data);
  const forged = await subtle.decrypt({ ...gcm, additionalData: Buffer.from("b") }, aes, sealed).catch((error) => error.name);
  const password = await subtle.importKey("raw", Buffer.from("password"), "PBKDF2", false, ["deriveBits", "deriveKey"]);
  const pbkdf2 = { name: "PBKDF2", hash: "SHA-256", salt: Buffer.from("salt"), iterations: 1 };
  const hmac = await subtle.importKey("raw", Buffer.from("key"), { name: "HMAC", hash: "SHA-256" }, true, ["sign", "verify"]);
  const signature = await subtle.sign("HMAC", hmac, data);
  const pair = await subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const shared = await subtle.deriveBits({ name: "ECDH", public: pair.publicKey }, pair.privateKey, 256);
  return [hex(await subtle.digest("SHA-256", new Uint8Array(0))), Buffer.from(await subtle.decrypt(gcm, aes, sealed)).toString(), forged,
    await subtle.verify("HMAC", hmac, signature, data), await subtle.verify("HMAC", hmac, signature, Buffer.from("x")), shared.byteLength,
    (await subtle.exportKey("raw", pair.publicKey)).byteLength, (await subtle.exportKey("jwk", aes)).kty,
    await subtle.deriveBits(pbkdf2, password, 256).then(hex)];
}
"""


async def test_web_crypto_encrypts_and_derives(guests: Guests) -> None:
    """AES-GCM with additional data, PBKDF2, which the host derives, HMAC and ECDH."""
    expected = hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1)

    class Derives:
        async def answer(self, operation: str, arguments: bytes) -> bytes:
            if operation != "crypto.pbkdf2":
                raise HostError("Error", operation)
            return json.dumps(base64.b64encode(expected).decode()).encode()

    assert await guests.value(SUBTLE_REST, host=Derives()) == [
        hashlib.sha256().hexdigest(), "data", "OperationError", True, False,
        {"$numberInt": "32"}, {"$numberInt": "65"}, "oct", expected.hex(),
    ]  # fmt: skip


LARGE_KEYS = """
exports = async () => {
  const crypto = require("crypto");
  const callback = await new Promise((resolve) =>
    crypto.generateKeyPair("rsa", { modulusLength: 3072 }, (error, ...pair) => resolve(error ?? pair)));
  const algorithm = { name: "RSA-PSS", hash: "SHA-256", modulusLength: 3072, publicExponent: new Uint8Array([1, 0, 1]) };
  const subtle = await crypto.webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const signature = crypto.sign("sha256", Buffer.from("x"), callback[1]);
  let refused;
  try { crypto.generateKeyPairSync("rsa", { modulusLength: 3072 }); } catch ({ name, message }) { refused = `${name}: ${message}`; }
  return [callback[0].asymmetricKeyDetails.modulusLength, crypto.verify("sha256", Buffer.from("x"), callback[0], signature),
    subtle.privateKey.algorithm.modulusLength, refused];
};
"""


async def test_large_keys_are_made_where_nobody_waits(guests: Guests) -> None:
    """They take seconds: the host makes them for functions that wait, and the worker does not."""
    asked: list[tuple[str, bytes]] = []

    class Makes:
        async def answer(self, operation: str, arguments: bytes) -> bytes:
            """Make the key, as the server does."""
            asked.append((operation, arguments))
            return json.dumps(NewRsaKey(3072).derive().decode()).encode()

    made = await guests.value(LARGE_KEYS, host=Makes())

    assert isinstance(made, list)
    assert made[:3] == [{"$numberInt": "3072"}, True, {"$numberInt": "3072"}]
    assert "must have between 1024 and 2048 bits" in made[3]
    assert asked == [("crypto.rsa", b'{"bits":{"$numberInt":"3072"}}')] * 2


REFUSALS = """
exports = (pem) => [
  () => crypto.createCipheriv("aes-256-gcm", "short", "iv"), () => crypto.createCipheriv("des", "k", "i"),
  () => crypto.createCipheriv("aes-128-cbc", Buffer.alloc(16), Buffer.alloc(3)), () => crypto.createPrivateKey("-----BEGIN nonsense"),
  () => crypto.createPrivateKey(pem.slice(0, 60)), () => crypto.createPublicKey({ key: { kty: "EC", crv: "P-256" }, format: "jwk" }),
  () => crypto.generateKeyPairSync("rsa", { modulusLength: 16384 }), () => crypto.generateKeyPairSync("dsa"),
  () => crypto.sign("sha256", Buffer.from("x"), crypto.generateKeyPairSync("x25519").privateKey),
  () => crypto.privateDecrypt(pem, Buffer.from("x")), () => crypto.createSign("md4").sign(pem),
].map((work) => { try { work(); return "passed"; } catch (error) { return typeof error.message; } });
const crypto = require("crypto");
"""


async def test_nonsense_is_refused(guests: Guests) -> None:
    """Each with an error of the guest's, none with one of the server's."""
    assert await guests.value(REFUSALS, private_pem("RS256")) == ["string"] * 11
