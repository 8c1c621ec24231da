"""The configurations of an app's triggers: set, switched and deleted, each change a deployment."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import orjson

from server.cli.remote_options import opened_server, show_value
from server.remote.exchange import RemoteError
from server.settings import Settings

_OF_THE_SERVER: Final = frozenset({"_id", "function_id"})
"""Fields that mean nothing on another server."""


def change_trigger(settings: Settings, options: argparse.Namespace) -> None:
    """Enable, disable, set or delete the trigger that the options name. Raises NotLoggedIn, AppError, RemoteError."""
    content = _content(options) if options.action == "set" else {}
    with opened_server(settings, options) as server:
        path = f"{server.app(options.app).path}/triggers"
        found = next((row for row in server.get(path) if row["name"] == options.trigger), None)
        place = f"{path}/{quote(found['_id'])}" if found else ""
        if options.action == "set":
            server.send("PUT" if found else "POST", place or path, content)
        elif found:
            method, body = _CHANGES[options.action]
            server.send(method, place, body)
        else:
            text = f"there is no trigger '{options.trigger}'; `vestibule triggers list {options.app}` shows all"
            raise RemoteError(text)
    show_value(options, {options.action: options.trigger}, _DONE[options.action].format(options.trigger))


def as_file(trigger: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration as a file that can be set again, on any server."""
    return {field: value for field, value in trigger.items() if field not in _OF_THE_SERVER}


def _content(options: argparse.Namespace) -> dict[str, Any]:
    """The configuration in the file, under the name that was asked for. Raises OSError, RemoteError."""
    data = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise RemoteError(
            f"{options.file} is no JSON: {error}; `vestibule triggers show APP NAME` prints what is"
        ) from None
    if not isinstance(content, dict):
        raise RemoteError(f"{options.file} holds no JSON object; `vestibule triggers show APP NAME` prints one")
    if content.setdefault("name", options.trigger) != options.trigger:
        raise RemoteError(f"{options.file} configures another trigger than '{options.trigger}', see its \"name\"")
    return content


_CHANGES: Final[Mapping[str, tuple[str, object]]] = {
    "enable": ("PATCH", {"disabled": False}),
    "disable": ("PATCH", {"disabled": True}),
    "delete": ("DELETE", None),
}
"""What is sent about a trigger that there is."""
_DONE: Final = {
    "set": "set {}",
    "enable": "{} is enabled",
    "disable": "{} is disabled",
    "delete": "deleted {}",
}
