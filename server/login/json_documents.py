"""Small JSON documents of identity providers, fetched through the guarded client and kept for a while."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast
from urllib.parse import urlencode

import orjson

from server.context.http import OutboundHttp
from server.ejson import Document
from server.errors import AppError
from server.login.locks import KeyedLocks

SHORTEST, USUAL, LONGEST = 60.0, 600.0, 3600.0
"""Seconds that a document is kept: at least, if it does not say, at most."""
PAUSE = 30.0
"""Seconds between two fetches that something unknown may cause: whoever makes up key ids causes no more."""
REFUSAL = 5.0
"""Seconds for which a fetch that failed is not tried again: who waits for a slow provider would wait in line."""
STALE = 24 * 3600.0
"""Seconds that a document serves beyond its time while its provider cannot be reached."""
REMEMBERED = 256
"""Documents kept; the one least recently used goes first."""
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})")

T = TypeVar("T")


class ProviderUnreachable(Exception):
    """The provider's document cannot be had, or is not what it should be; the text is for the author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept(Generic[T]):
    value: T
    fetched_at: float
    good_until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    why: str
    until: float


class JsonDocuments(Generic[T]):
    """Documents of one kind by URL; `read` makes of the JSON what is kept, and raises ProviderUnreachable."""

    def __init__(
        self, http: OutboundHttp, read: Callable[[str, object], T], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._http = http
        self._read = read
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()
        self._failed: OrderedDict[str, _Failed] = OrderedDict()
        self._locks = KeyedLocks()

    async def get(self, url: str, *, is_enough: Callable[[T], bool] = lambda _: True) -> T:
        """The document; fetched anew where the one kept is too old, or lacks what is looked for (at most now and then).

        Raises ProviderUnreachable.
        """
        kept = self._kept.get(url)
        if kept is None or not _serves(kept, is_enough, self._clock()):
            async with self._locks.hold(url):
                kept = self._kept.get(url)
                if kept is None or not _serves(kept, is_enough, self._clock()):
                    kept = await self._renew(url, kept)
        self._kept.move_to_end(url)
        return kept.value

    async def _renew(self, url: str, old: _Kept[T] | None) -> _Kept[T]:
        try:
            value, life = await self._try(url)
        except ProviderUnreachable:
            if old is None or self._clock() > old.good_until + STALE:
                raise
            return old
        now = self._clock()
        self._kept[url] = kept = _Kept(value=value, fetched_at=now, good_until=now + life)
        if len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return kept

    async def _try(self, url: str) -> tuple[T, float]:
        """Fetch, unless that has just failed."""
        failed = self._failed.get(url)
        if failed is not None and self._clock() < failed.until:
            raise ProviderUnreachable(failed.why)
        try:
            return await self._fetch(url)
        except ProviderUnreachable as error:
            self._failed[url] = _Failed(why=str(error), until=self._clock() + REFUSAL)
            if len(self._failed) > REMEMBERED:
                self._failed.popitem(last=False)
            raise

    async def _fetch(self, url: str) -> tuple[T, float]:
        answer = await request_json(self._http, {"method": "GET", "url": url})
        return self._read(url, answer.body), answer.life


def _serves(kept: _Kept[T], is_enough: Callable[[T], bool], now: float) -> bool:
    return now < kept.good_until and (is_enough(kept.value) or now < kept.fetched_at + PAUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonAnswer:
    """A provider's answer, and for how many seconds it may be kept."""

    body: object
    life: float


async def request_json(http: OutboundHttp, request: Document) -> JsonAnswer:
    """Send a request in the form of contract 4.6; its JSON answer. Raises ProviderUnreachable."""
    try:
        response = await http.request({"headers": {"Accept": ["application/json"]}} | request)
        body: object = orjson.loads(bytes(cast("bytes", response["body"])))  # a BSON Binary is more than bytes
    except AppError as error:
        raise ProviderUnreachable(error.message) from error
    except orjson.JSONDecodeError as error:
        raise ProviderUnreachable("the identity provider did not answer with JSON") from error
    if response["statusCode"] != 200:
        raise ProviderUnreachable(f"the identity provider answered {response['statusCode']}")
    return JsonAnswer(body=body, life=_life(cast("Document", response["headers"])))


def form_request(url: str, fields: Mapping[str, str]) -> Document:
    """A POST of fields as forms send them, the way OAuth wants it (RFC 6749, 4.1.3)."""
    headers: Document = {"Content-Type": ["application/x-www-form-urlencoded"], "Accept": ["application/json"]}
    return {"method": "POST", "url": url, "headers": headers, "body": urlencode(fields)}


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """The URL with more parameters in its query."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"


def _life(headers: Document) -> float:
    caching = " ".join(cast("list[str]", headers.get("Cache-Control", [])))
    match = _MAX_AGE.search(caching.lower())
    return min(max(float(match[1]), SHORTEST), LONGEST) if match else USUAL
