"""A request to an HTTPS endpoint: whether its sender proves what the endpoint asks, and what its function gets."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection

from bson.binary import Binary
from quart import Request

from server import ejson
from server.api.wire import header_lines
from server.apps.model import Endpoint
from server.ejson import Document
from server.errors import AppError, ErrorCode

SIGNATURE_HEADERS = ("Endpoint-Signature", "X-Hook-Signature")
"""The second is the older one, of incoming webhooks; senders have not always been told of the first."""
_ALGORITHM = "sha256="


def check_secret(endpoint: Endpoint, request: Request) -> None:
    """For SECRET_AS_QUERY_PARAM: the parameter `secret` is the secret. Raises AppError IncomingWebhookAuthFailed."""
    if endpoint.validation_method == "SECRET_AS_QUERY_PARAM":
        given = request.args.get("secret", "")
        _check(endpoint, given.encode(errors="replace"), (endpoint.secret or "").encode())


def check_signature(endpoint: Endpoint, request: Request, body: bytes) -> None:
    """For VERIFY_PAYLOAD: a header signs the body's very bytes. Raises AppError IncomingWebhookAuthFailed."""
    if endpoint.validation_method != "VERIFY_PAYLOAD":
        return
    given = next((request.headers[name] for name in SIGNATURE_HEADERS if name in request.headers), "")
    expected = hmac.new((endpoint.secret or "").encode(), body, hashlib.sha256).hexdigest()
    _check(endpoint, given.strip().lower().encode(errors="replace"), (_ALGORITHM + expected).encode())


def _check(endpoint: Endpoint, given: bytes, expected: bytes) -> None:
    is_right = hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(expected).digest())
    if not is_right or not endpoint.secret:
        raise AppError(ErrorCode.INCOMING_WEBHOOK_AUTH_FAILED, "the request does not prove that it may call this")


def request_argument(request: Request, endpoint: Endpoint, body: bytes, withheld: Collection[str]) -> bytes:
    """The function's argument, an array of one, as canonical Extended JSON (contract 6).

    `withheld` names, in lower case, the headers that were used up as credentials.
    """
    headers: Document = {}
    for name, value in header_lines(request):
        if name.lower() not in withheld:
            lines = headers.setdefault(name, [])
            assert isinstance(lines, list)  # noqa: S101 - for the type checker: only lists are put there
            lines.append(value)
    query: Document = dict(request.args.to_dict())
    if endpoint.validation_method == "SECRET_AS_QUERY_PARAM":
        query.pop("secret", None)
    argument: Document = {"query": query, "headers": headers}
    if body:
        argument["body"] = Binary(body)
    return ejson.dumps([argument])
