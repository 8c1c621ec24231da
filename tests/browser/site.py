"""Sites on loopback that a browser meets: an app's page with realm-web's bundle, and one in Facebook's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.conformance.identity_provider import CLIENT_ID
from tests.loopback import Quiet, listening

PAGES: Final = Path(__file__).parent / "sites"
BUNDLE: Final = PAGES.parents[1] / "conformance" / "node_modules" / "realm-web" / "dist" / "bundle.iife.js"
FILES: Final = {
    "/": (PAGES / "index.html", "text/html"),
    "/after-login": (PAGES / "after-login.html", "text/html"),
    "/realm-web.js": (BUNDLE, "text/javascript"),
}
FACEBOOK: Final = {
    "/oauth/access_token": {"access_token": "a token of Facebook's"},
    "/debug_token": {"data": {"is_valid": True, "app_id": CLIENT_ID, "user_id": "1815"}},
    "/me": {"id": "1815", "name": "Ada Lovelace"},
}


class Site(Quiet):
    """The page, and what Facebook would answer: its dialog lets in whoever comes."""

    def respond(self) -> None:
        """Answer by path; what is sent is what a code is exchanged with."""
        self.read_body()
        parts = urlsplit(self.path)
        if parts.path in FILES:
            path, media_type = FILES[parts.path]
            self.answer(200, path.read_bytes(), {"Content-Type": media_type})
        elif parts.path == "/dialog":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            back = f"{asked['redirect_uri']}?{urlencode({'code': 'a code', 'state': asked['state']})}"
            self.answer(302, b"", {"Location": back})
        else:
            known = parts.path in FACEBOOK
            content = json.dumps(FACEBOOK.get(parts.path)).encode()
            self.answer(200 if known else 404, content)


@contextmanager
def site() -> Iterator[int]:
    """The port of such a site, for as long as the block lasts."""
    with listening(Site) as port:
        yield port
