"""Where the requests of one function may go, by its app's policy; the guard of addresses judges beside it, always."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from yarl import URL

from server.apps.policy import HttpRule
from server.errors import AppError, ErrorCode

_AMBIGUOUS_PATH = re.compile(r"%2e|%2f|%5c|\\|/\.{1,2}(/|$)|;", re.IGNORECASE)
"""What servers may read as another path than it looks: such a path fits no rule that names paths."""


@dataclass(frozen=True, slots=True)
class Egress:
    """Lists of rules of which each must allow a request; without lists everything is allowed."""

    lists: tuple[tuple[HttpRule, ...], ...] = ()

    def check(self, method: str, url: URL) -> None:
        """Raises AppError RestrictedHost where the policy does not allow the request."""
        if not all(any(_allows(rule, method, url) for rule in rules) for rules in self.lists):
            text = f"http: the app's policy does not allow {method} to '{url.raw_host}'"
            raise AppError(ErrorCode.RESTRICTED_HOST, text)

    def check_connection(self, host: str, port: int) -> None:
        """As `check`, of a connection without HTTP: a rule allows it that names no methods and paths, or CONNECT."""
        self.check("CONNECT", URL.build(scheme="https", host=host, port=port, path="/"))


ANYWHERE = Egress()


def names_host(hosts: Iterable[str], url: URL) -> bool:
    """Whether one of `host`, `host:port` or `*.domain` is the URL's."""
    host = (url.raw_host or "").lower().rstrip(".")
    shown = f"[{host}]" if ":" in host else host
    return any(_is_host(pattern, shown, url.port) for pattern in hosts)


def _is_host(pattern: str, host: str, port: int | None) -> bool:
    name, colon, number = pattern.rpartition(":")
    if not colon or not number.isdecimal():
        name = pattern
    elif int(number) != port:
        return False
    return host.endswith(name[1:]) and host != name[2:] if name.startswith("*.") else host == name


def _allows(rule: HttpRule, method: str, url: URL) -> bool:
    return (
        names_host(rule.hosts, url)
        and (rule.methods is None or method in rule.methods)
        and (rule.paths is None or _is_path(rule.paths, method, url))
    )


def _is_path(paths: tuple[str, ...], method: str, url: URL) -> bool:
    path = url.raw_path
    if method == "CONNECT" or _AMBIGUOUS_PATH.search(path):
        return False
    return any(path.startswith(known[:-1]) if known.endswith("*") else path == known for known in paths)
