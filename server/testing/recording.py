"""Answers of real services, written down for tests to be run again without them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

import orjson
from bson.binary import Binary

from server.ejson import Document

_KEPT_HEADERS = ("Content-Type", "Location", "Etag", "Link", "Retry-After")
"""The others are of no use to functions, or hold cookies and other people's secrets."""


@dataclass(slots=True)
class Recorded:
    """Answers in the order in which they came, as `http.play` takes them."""

    answers: list[dict[str, object]] = field(default_factory=list)

    def add(self, method: str, url: str, answer: Document) -> None:
        """Keep an answer, and of the request no more than what finds it again."""
        content = answer["body"]
        data = bytes(content) if isinstance(content, Binary) else b""
        headers = answer["headers"] if isinstance(answer["headers"], dict) else {}
        self.answers.append({
            "method": method, "url": url, "status": answer["statusCode"],
            "headers": {name: headers[name] for name in _KEPT_HEADERS if name in headers},
            **_body(data),
        })  # fmt: skip

    def encode(self) -> bytes:
        """As JSON."""
        return orjson.dumps(self.answers, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _body(data: bytes) -> dict[str, object]:
    try:
        return {"body": data.decode()}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(data).decode(), "base64": True}
