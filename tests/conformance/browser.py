"""What a browser does with redirects and cookies, one step at a time, so that a test can tamper with each."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from tests.conformance.http_client import SECONDS, Answer

PUBLIC = "http://vestibule.example"
"""The URL that the server is asked at."""


@dataclass(slots=True)
class Browser:
    """Cookies by host; `server` is where `PUBLIC` really is."""

    server: str
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def get(self, url: str, headers: dict[str, str] | None = None) -> Answer:
        """One request, with the cookies of its host; those that are set are kept."""
        parts = urlsplit(url)
        jar = self.cookies.setdefault(parts.netloc, {})
        target = urlsplit(self.server).netloc if url.startswith(PUBLIC) else parts.netloc
        connection = HTTPConnection(target, timeout=SECONDS)
        host = {"Host": parts.netloc}
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())} if jar else {}
        try:
            connection.request("GET", f"{parts.path}?{parts.query}", headers=host | sent | (headers or {}))
            response = connection.getresponse()
            given = response.getheaders()
            for _, line in (header for header in given if header[0].lower() == "set-cookie"):
                jar.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
            lowered = {name.lower(): value for name, value in given}
            return Answer(status=response.status, headers=lowered, body=response.read())
        finally:
            connection.close()

    def follow(self, url: str, until: str) -> str:
        """Follow redirects up to the URL that begins so, which is not asked for."""
        for _ in range(10):
            answer = self.get(url)
            assert answer.status in {302, 303}, (url, answer)
            location = answer.headers["location"]
            url = location if "://" in location else f"{urlsplit(url).scheme}://{urlsplit(url).netloc}{location}"
            if url.startswith(until):
                return url
        raise AssertionError(f"redirects never led to {until}")
