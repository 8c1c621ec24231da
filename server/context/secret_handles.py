"""Puts secrets into outgoing headers, for their own hosts only; the guest holds placeholders and never the texts."""

from __future__ import annotations

import binascii
import dataclasses
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from bson.binary import Binary
from multidict import CIMultiDict
from yarl import URL

from server.apps.policy import SecretHandle
from server.context.egress import names_host
from server.context.http_request import Credentials, OutboundRequest
from server.ejson import Document, Value
from server.errors import AppError, ErrorCode


@dataclass(frozen=True, slots=True)
class SecretHandles:
    """The secrets of an app that its guests hold as placeholders."""

    handles: tuple[SecretHandle, ...] = ()

    @classmethod
    def of(cls, handles: Iterable[SecretHandle]) -> SecretHandles:
        """These handles."""
        return cls(tuple(handles))

    def fill(self, request: OutboundRequest, *, is_trusted: bool) -> OutboundRequest:
        """The request as it is sent: in its headers and credentials each placeholder is the secret's text.

        Raises AppError RestrictedHost where the secret may not go to the host, or in the clear to one that the
        operator has not named (`is_trusted`).
        """
        if not self.handles:
            return request
        headers: CIMultiDict[str] = CIMultiDict(
            (name, self._fill_header(value, request.url, is_trusted)) for name, value in request.headers.items()
        )
        digest = request.digest
        if digest is not None:
            user, password = (self._fill(text, request.url, is_trusted) for text in (digest.user, digest.password))
            digest = Credentials(user=user, password=password)
        return dataclasses.replace(request, headers=headers, digest=digest)

    def hide(self, answer: Document) -> Document:
        """The answer with placeholders wherever it repeats a secret's text: a server may echo what it was sent."""
        for handle in self.handles:
            if handle.text:
                answer = cast("Document", _hidden(answer, handle))
        return answer

    def _fill_header(self, value: str, url: URL, is_trusted: bool) -> str:  # noqa: FBT001 - as `fill` was told
        scheme, space, credentials = value.partition(" ")
        if scheme.lower() == "basic" and space:
            filled = self._fill_basic(credentials.strip(), url, is_trusted)
            if filled is not None:
                return f"{scheme} {filled}"
        return self._fill(value, url, is_trusted)

    def _fill_basic(self, credentials: str, url: URL, is_trusted: bool) -> str | None:  # noqa: FBT001 - as above
        try:
            text = b64decode(credentials, validate=True).decode()
        except (binascii.Error, ValueError):
            return None
        filled = self._fill(text, url, is_trusted)
        return None if filled == text else b64encode(filled.encode()).decode("ascii")

    def _fill(self, text: str, url: URL, is_trusted: bool) -> str:  # noqa: FBT001 - as above
        for handle in self.handles:
            if handle.placeholder in text:
                _check(handle, url, is_trusted=is_trusted)
                text = text.replace(handle.placeholder, handle.text)
        return text


NO_HANDLES = SecretHandles()


def _check(handle: SecretHandle, url: URL, *, is_trusted: bool) -> None:
    if not names_host(handle.hosts, url):
        text = f"http: the secret '{handle.name}' may not be sent to '{url.raw_host}'"
        raise AppError(ErrorCode.RESTRICTED_HOST, text)
    if url.scheme != "https" and not is_trusted:
        text = f"http: the secret '{handle.name}' may only be sent over https"
        raise AppError(ErrorCode.RESTRICTED_HOST, text)


def _hidden(value: Value, handle: SecretHandle) -> Value:
    match value:
        case str():
            return value.replace(handle.text, handle.placeholder)
        case bytes():
            return Binary(bytes(value).replace(handle.text.encode(), handle.placeholder.encode()))
        case list():
            return [_hidden(item, handle) for item in value]
        case dict():
            return {
                name.replace(handle.text, handle.placeholder): _hidden(item, handle) for name, item in value.items()
            }
        case _:
            return value
