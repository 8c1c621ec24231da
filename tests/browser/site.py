"""Sites on loopback that a browser meets: an app's page with realm-web's bundle, and one in Facebook's shape."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.conformance.identity_provider import CLIENT_ID

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


class Site(BaseHTTPRequestHandler):
    """The page, and what Facebook would answer: its dialog lets in whoever comes."""

    def do_GET(self) -> None:
        """Answer by path."""
        parts = urlsplit(self.path)
        if parts.path in FILES:
            path, media_type = FILES[parts.path]
            self._answer(200, path.read_bytes(), {"Content-Type": media_type})
        elif parts.path == "/dialog":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            back = f"{asked['redirect_uri']}?{urlencode({'code': 'a code', 'state': asked['state']})}"
            self._answer(302, b"", {"Location": back})
        else:
            known = parts.path in FACEBOOK
            content = json.dumps(FACEBOOK.get(parts.path)).encode()
            self._answer(200 if known else 404, content, {"Content-Type": "application/json"})

    def do_POST(self) -> None:
        """As GET: what is sent is what a code is exchanged with."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def site() -> Iterator[int]:
    """The port of such a site, for as long as the block lasts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
