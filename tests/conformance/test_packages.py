"""npm packages in functions: each does what it is known for, against real peers where it talks to any."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import argon2
import bcrypt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.conformance.http_client import Http
from tests.conformance.mail_server import part
from tests.conformance.packages_peer import http_peer, smtp_peer
from tests.conformance.server_process import APPS, serve


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    """The app whose functions use packages."""
    settings = {"VESTIBULE_WORKERS": "2", "VESTIBULE_ALLOWED_HOSTS": "127.0.0.1"}
    with serve(tmp_path_factory.mktemp("data"), [APPS / "packages"], settings) as started:
        yield Http(url=started.url, app_id="packages")


@pytest.fixture(scope="module")
def token(app: Http) -> str:
    """An access token."""
    access_token: str = app.log_in({}, "anon-user").json["access_token"]
    return access_token


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where the HTTP peer listens."""
    with http_peer() as listening:
        yield listening


def plain(value: Any) -> Any:
    """Extended JSON's numbers as numbers."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and next(iter(value)).startswith("$number"):
        return float(next(iter(value.values())))
    return {name: plain(item) for name, item in value.items()}


def returned(app: Http, token: str, function: str, *arguments: object) -> Any:
    """What the function returned."""
    answer = app.call(token, function, *arguments)
    assert answer.status == 200, answer.json
    return plain(answer.json)


def test_axios(app: Http, token: str, port: int) -> None:
    """Queries, headers, JSON bodies, credentials, redirects, refusals, time limits and peers that are not there."""
    assert returned(app, token, "axios", f"http://127.0.0.1:{port}") == {
        "got": [200, "/echo?a=1", "yes"],
        "posted": ["POST", '{"n":1}', "Basic dTpw"],
        "redirected": "/echo",
        "refused": [True, 404],
        "late": "ECONNABORTED",
        "gone": "ECONNREFUSED",
    }


def test_node_fetch(app: Http, token: str, port: int) -> None:
    """Methods, bodies and headers arrive; a status is no error."""
    assert returned(app, token, "node-fetch", f"http://127.0.0.1:{port}") == [True, "POST", "text", "yes", 500]


def test_global_fetch(app: Http, token: str, port: int) -> None:
    """Forms with files, signals and redirects, as the standard has them."""
    expected = ["application/json", "multipart/form-data", True, "TimeoutError", 302, True]
    assert returned(app, token, "fetch", f"http://127.0.0.1:{port}") == expected


def test_nodemailer(app: Http, token: str, tmp_path: Path) -> None:
    """A mail goes out by SMTP, over TLS begun in the clear and with a password, whole."""
    with smtp_peer(tmp_path) as (mailbox, smtp_port):
        assert returned(app, token, "nodemailer", smtp_port) == [["bob@example.com"], []]
        (mail,) = mailbox.to("bob@example.com")
    assert (mail["Subject"], part(mail, "plain").strip()) == ("Grüße", "hello")
    assert [attached.get_content().strip() for attached in mail.iter_attachments()] == ["attached"]


def test_twilio(app: Http, token: str, port: int) -> None:
    """A message is created by the service's own client."""
    assert returned(app, token, "twilio", f"http://127.0.0.1:{port}") == ["SM1", "hello", False]


def test_sendgrid(app: Http, token: str, port: int) -> None:
    """A mail is handed to the service."""
    assert returned(app, token, "sendgrid", f"http://127.0.0.1:{port}") == 202


def test_stripe(app: Http, token: str, port: int) -> None:
    """A customer is created, and a signed event believed."""
    expected = ["cus_1", "ada@example.com", "charge.failed"]
    assert returned(app, token, "stripe", "127.0.0.1", port) == expected


def test_jsonwebtoken(app: Http, token: str) -> None:
    """RSA and shared secrets; forged, expired and confused tokens are refused with the package's own errors."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert returned(app, token, "jsonwebtoken", private, public) == [
        "ada",
        "me",
        "text",
        "JsonWebTokenError: invalid signature",
        "TokenExpiredError: jwt expired",
        "JsonWebTokenError: invalid algorithm",
    ]


def test_jose(app: Http, token: str) -> None:
    """An ES module, imported by one: keys, key sets, signed and encrypted tokens, a forged one."""
    assert returned(app, token, "jose") == ["x", 1, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"]


def test_bcryptjs(app: Http, token: str) -> None:
    """Promises, callbacks and the synchronous forms; hashes of other implementations; a cost that is too dear."""
    known = bcrypt.hashpw(b"secret", bcrypt.gensalt(12)).decode()
    costly = "bcrypt: the cost must be between 4 and 16"
    assert returned(app, token, "bcryptjs", known) == [True, True, True, False, 4, costly]


def test_native_hashes(app: Http, token: str) -> None:
    """`argon2` and `bcrypt` are there without their add-ons, and without being installed."""
    known = argon2.PasswordHasher(memory_cost=2048).hash("secret")
    assert returned(app, token, "native-hashes", known) == [True, False, True, True, True]


@pytest.mark.parametrize(
    ("package", "value"),
    [
        ("lodash", [[[1, 2], [3]], 1, {"a": {"b": 1, "c": 2}}]),
        ("date-fns", "2024-02-29"),
        ("nanoid", [21, True, True]),
        ("otplib", [True, "287082"]),
        ("jwt-decode", "é"),
        ("uuid", [True, 7, "4f3f2898-69e3-5a0d-820a-c4e87987dbce", True]),
        ("ajv", [True, False, "must be integer"]),
        ("joi", '"age" must be greater than or equal to 18'),
        ("moment-timezone", "2024-07-01T16:00:00Z"),
        ("qs", ["a[b][0]=1&a[b][1]=2", ["1", "2"]]),
        ("validator", [True, False, "&lt;b&gt;"]),
        ("zod", [False, ["mail"], 42]),
    ],
)
def test_packages_that_only_compute(app: Http, token: str, package: str, value: object) -> None:
    """Each does what it is used for."""
    assert returned(app, token, "others", package) == value


def test_the_versions_tested_are_those_documented() -> None:
    """The table of the reference names each package with the version that these tests use."""
    manifest = APPS / "packages" / "functions" / "package.json"
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "javascript.md"
    text = page.read_text(encoding="utf-8")
    packages = json.loads(manifest.read_text(encoding="utf-8"))["dependencies"]
    assert not [name for name, version in packages.items() if f"| `{name}` | {version} |" not in text]
