"""Secrets that guests hold as placeholders: filled in for their hosts, refused for others, hidden in answers."""

from __future__ import annotations

from base64 import b64encode

import pytest
from bson.binary import Binary
from multidict import CIMultiDict
from yarl import URL

from server.apps.model import ValueDefinition
from server.apps.policy import SecretHandle
from server.context.http import OutboundHttp
from server.context.http_request import Credentials, OutboundRequest
from server.context.redaction import Redaction
from server.context.secret_handles import SecretHandles
from server.errors import AppError, ErrorCode
from tests.unit.context.http_peer import Peer, refusal

KEY = SecretHandle(name="key", text="s3cr3t", placeholder="vestibule-secret-1", hosts=("127.0.0.1", "api.example"))
HANDLES = SecretHandles.of([KEY])


def request(url: str, **headers: str) -> OutboundRequest:
    """A request with these headers."""
    return OutboundRequest(method="GET", url=URL(url), headers=CIMultiDict(headers), body=b"")


def basic(text: str) -> str:
    """The value of a header for basic authentication."""
    return "Basic " + b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("Bearer vestibule-secret-1", "Bearer s3cr3t"),
        ("vestibule-secret-1:vestibule-secret-1", "s3cr3t:s3cr3t"),
        (basic("user:vestibule-secret-1"), basic("user:s3cr3t")),
        (basic("vestibule-secret-1:"), basic("s3cr3t:")),
        ("Basic no-base-64", "Basic no-base-64"),
        ("nothing", "nothing"),
    ],
)
def test_headers_are_filled(given: str, sent: str) -> None:
    """The text stands where the placeholder stood, within basic credentials, too."""
    filled = HANDLES.fill(request("https://api.example/", Authorization=given), is_trusted=False)
    assert filled.headers["Authorization"] == sent


def test_digest_credentials_are_filled() -> None:
    """The password of digest authentication may be a placeholder."""
    given = OutboundRequest(
        method="GET", url=URL("https://api.example"), headers=CIMultiDict(), body=b"",
        digest=Credentials(user="u", password=KEY.placeholder),
    )  # fmt: skip
    filled = HANDLES.fill(given, is_trusted=False).digest
    assert filled is not None
    assert filled.password == "s3cr3t"


@pytest.mark.parametrize(
    "url", ["https://other.example/", "https://api.example.evil/", "http://api.example/", "https://10.0.0.1/"]
)
@pytest.mark.parametrize("value", ["vestibule-secret-1", basic("u:vestibule-secret-1")])
def test_other_hosts_get_nothing(url: str, value: str) -> None:
    """To a host that is not on the list, or in the clear, the request is refused."""
    with pytest.raises(AppError) as refused:
        HANDLES.fill(request(url, Authorization=value), is_trusted=False)
    assert refused.value.code is ErrorCode.RESTRICTED_HOST
    assert "s3cr3t" not in str(refused.value)


async def test_only_headers_carry_the_secret(http: OutboundHttp, peer: Peer) -> None:
    """In the URL and the body the placeholder stays; the echo of a header comes back as placeholder."""
    answer = await http.request(
        {
            "method": "post",
            "url": peer.url(f"/echo?key={KEY.placeholder}"),
            "headers": {"X-Key": [KEY.placeholder]},
            "body": KEY.placeholder,
        },
        handles=HANDLES,
    )
    seen = peer.seen[0]
    assert (seen.headers["X-Key"], seen.query["key"], peer.bodies[0]) == (
        "s3cr3t",
        KEY.placeholder,
        b"vestibule-secret-1",
    )
    assert answer["statusCode"] == 200


async def test_a_redirect_to_another_host_does_not_get_it(http: OutboundHttp, peer: Peer) -> None:
    """Each hop is judged anew."""
    onward = peer.url(f"/redirect?to=http://localhost:{peer.port}/echo")
    error = await refusal(http, url=onward, headers={"X-Key": KEY.placeholder}, followRedirects=True, handles=HANDLES)
    assert error.code is ErrorCode.RESTRICTED_HOST
    assert [seen.path for seen in peer.seen] == ["/redirect"]


def test_echoes_are_hidden() -> None:
    """A server that repeats the secret in status, headers, cookies or body tells the guest nothing."""
    answer = HANDLES.hide(
        {
            "status": "200 s3cr3t",
            "headers": {"X-s3cr3t": ["a s3cr3t"]},
            "cookies": {"c": "s3cr3t"},
            "body": Binary(b"<s3cr3t>"),
        }
    )
    assert "s3cr3t" not in str(answer)
    assert answer["body"] == Binary(b"<vestibule-secret-1>")


def test_plain_secrets_are_blotted_out_of_logs() -> None:
    """Whole, as JSON writes them, and line by line; values that are no secrets, and very short ones, stay."""
    redact = Redaction.of(
        [
            ValueDefinition(name="a", value="hunter22", secret_name="password"),
            ValueDefinition(name="b", value="-----BEGIN-----\nabcdef\n-----END-----", secret_name="pem"),
            ValueDefinition(name="c", value="public"),
            ValueDefinition(name="d", value="abc", secret_name="short"),
        ]
    )
    assert redact("is hunter22, not public") == "is [secret password], not public"
    assert redact("key: abcdef") == "key: [secret pem]"
    assert redact('{"pem":"-----BEGIN-----\\nabcdef\\n-----END-----"}') == '{"pem":"[secret pem]"}'
    assert redact("abc") == "abc"
    assert Redaction()("hunter22") == "hunter22"
