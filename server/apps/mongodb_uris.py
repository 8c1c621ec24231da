"""Which URIs of a MongoDB an app may bring itself: such as use nothing of the server's machine; pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, unquote

SCHEMES: Final = ("mongodb://", "mongodb+srv://")
_AWS: Final = "mongodb-aws"
_OWN_IDENTITY: Final = frozenset({"default", "scram-sha-1", "scram-sha-256", "plain", _AWS})
"""Mechanisms that prove who knows the URI's own name and password; others prove who the machine is."""


def why_not_uri(uri: str) -> str | None:
    """Why an app may not connect by the URI; None where it may. The text shows nothing of the URI's own."""
    if not uri.startswith(SCHEMES):
        return "must be a mongodb:// URI"
    place, _, query = uri.partition("://")[2].partition("?")
    user, at, hosts = place.partition("/")[0].rpartition("@")
    if any(unquote(host).endswith(".sock") or "/" in unquote(host) for host in hosts.split(",")):
        return "names a socket of the server's machine"
    options = [(name.lower(), value.lower()) for name, value in parse_qsl(query.replace(";", "&"))]
    if any("file" in name or name == "authmechanismproperties" for name, _ in options):
        return "has an option that reads what is the server's machine's own: only the operator may set it"
    mechanisms = {value for name, value in options if name == "authmechanism"}
    if mechanisms - _OWN_IDENTITY or (_AWS in mechanisms and not (at and user)):
        return "logs in as the server's machine: only the operator may set that"
    return None
