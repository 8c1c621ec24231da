"""Documents of identity providers: kept as long as they say, renewed when something is missing, stale if need be."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

import orjson
import pytest
from bson.binary import Binary

from server.context.http import OutboundHttp
from server.ejson import Document
from server.errors import AppError, ErrorCode
from server.login.json_documents import (
    LONGEST,
    PAUSE,
    REFUSAL,
    SHORTEST,
    STALE,
    USUAL,
    JsonDocuments,
    ProviderUnreachable,
)

URL = "https://issuer.example/keys"


@dataclass(slots=True)
class Provider:
    """Stands for the network: what is answered, and how often it was asked."""

    names: list[str] = field(default_factory=lambda: ["a"])
    cache_control: str = ""
    status: int = 200
    is_down: bool = False
    asked: int = 0
    now: float = 1000.0

    async def request(self, arguments: Document) -> Document:
        """Answer after a moment, so that others may ask meanwhile."""
        self.asked += 1
        await asyncio.sleep(0)
        if self.is_down:
            raise AppError(ErrorCode.HTTP_ERROR, "http: cannot connect")
        headers: Document = {"Cache-Control": [self.cache_control]} if self.cache_control else {}
        return {"statusCode": self.status, "headers": headers, "body": Binary(orjson.dumps(self.names))}

    def documents(self) -> JsonDocuments[list[str]]:
        """Documents of this provider, by its clock."""

        def read(url: str, tree: object) -> list[str]:
            if not isinstance(tree, list):
                raise ProviderUnreachable(f"{url} is no list")
            return [str(name) for name in tree]

        return JsonDocuments(cast("OutboundHttp", self), read, clock=lambda: self.now)


async def test_document_is_fetched_once_for_all_who_ask() -> None:
    """Many who ask at once, and later, share one fetch."""
    provider = Provider()
    documents = provider.documents()

    assert await asyncio.gather(*(documents.get(URL) for _ in range(20))) == [["a"]] * 20
    assert provider.asked == 1


@pytest.mark.parametrize(
    ("cache_control", "life"),
    [("", USUAL), ("public, max-age=120", 120.0), ("max-age=1", SHORTEST), ("max-age=999999", LONGEST), ("x", USUAL)],
)
async def test_document_lives_as_it_says(cache_control: str, life: float) -> None:
    """`max-age` counts within bounds; afterwards the document is fetched anew."""
    provider = Provider(cache_control=cache_control)
    documents = provider.documents()
    await documents.get(URL)

    provider.now += life - 0.1
    await documents.get(URL)
    assert provider.asked == 1
    provider.now += 0.1
    await documents.get(URL)
    assert provider.asked == 2


async def test_something_new_is_found_after_a_pause() -> None:
    """What is missing has the document fetched anew, so that keys may rotate, but only once in a while."""
    provider = Provider()
    documents = provider.documents()
    await documents.get(URL)
    provider.names = ["a", "b"]

    assert await documents.get(URL, is_enough=lambda names: "b" in names) == ["a"]
    provider.now += PAUSE
    assert await documents.get(URL, is_enough=lambda names: "b" in names) == ["a", "b"]
    assert await documents.get(URL, is_enough=lambda names: "c" in names) == ["a", "b"]
    assert provider.asked == 2


async def test_old_document_serves_while_the_provider_is_down() -> None:
    """For a day what was known goes on being used; then nothing is."""
    provider = Provider()
    documents = provider.documents()
    await documents.get(URL)
    provider.is_down = True

    provider.now += USUAL + STALE
    assert await documents.get(URL) == ["a"]
    provider.now += REFUSAL
    with pytest.raises(ProviderUnreachable):
        await documents.get(URL)


@pytest.mark.parametrize("provider", [Provider(status=302), Provider(status=500), Provider(is_down=True)])
async def test_what_is_no_answer_is_unreachable(provider: Provider) -> None:
    """Redirects, errors and silence are no document."""
    with pytest.raises(ProviderUnreachable):
        await provider.documents().get(URL)


async def test_nobody_waits_in_line_for_a_provider_that_is_down() -> None:
    """A fetch that failed is not tried again at once: neither by who knows the old document, nor by who knows none."""
    provider = Provider(is_down=True)
    documents = provider.documents()
    found = await asyncio.gather(*(documents.get(URL) for _ in range(20)), return_exceptions=True)
    assert {type(one) for one in found} == {ProviderUnreachable}
    assert provider.asked == 1

    provider.now += REFUSAL
    provider.is_down = False
    assert await documents.get(URL) == ["a"]
    provider.now += USUAL
    provider.is_down = True
    assert await asyncio.gather(*(documents.get(URL) for _ in range(20))) == [["a"]] * 20
    assert provider.asked == 3
