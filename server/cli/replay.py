"""`vestibule replay`: run a recorded call again, on the server or in a folder, and tell where it differs."""

from __future__ import annotations

import argparse
import asyncio
import base64
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import uvloop

from runtime.recording import Recording
from runtime.supervisor import open_sandboxes
from server.admin.recordings import retraced_object
from server.apps.folder import read_folder
from server.cli.exit_status import ExitStatus
from server.cli.remote_options import PLACE_SETTINGS, add_place, opened_server, show_value
from server.cli.secrets import add_secrets, read_secrets
from server.recordings.seal import with_secrets
from server.remote.client import RemoteServer
from server.remote.exchange import RemoteError
from server.settings import Settings
from server.versions.compiling import compile_app

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"
_ELSEWHERE = frozenset({"RecordingNotFound", "Forbidden"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """ID [--app APP] [--source APP_DIR [--secrets FILE] | --as-recorded]."""
    parser.add_argument("id", metavar="ID", help="the recording's id, which is that of the run's log entry")
    parser.add_argument("--app", metavar="APP", help="the app it is of (default: found among yours)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--source", type=Path, metavar="APP_DIR", help="run the source in this folder, on this machine")
    where.add_argument(
        "--as-recorded", action="store_true", help="run the version that was recorded, not the served one"
    )
    add_secrets(parser)
    add_place(parser)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print what differs."""
    found = _again(settings, options)
    _show(options, found)
    return ExitStatus.OK if found["same"] else ExitStatus.DIFFERS


def _again(settings: Settings, options: argparse.Namespace) -> dict[str, Any]:
    with opened_server(settings, options) as server:
        path, against = _path(server, options), "recorded" if options.as_recorded else "served"
        if options.source is None:
            replayed: dict[str, Any] = server.send("POST", f"{path}/replay?against={against}")
            return replayed
        file = server.get(f"{path}/file")
    return uvloop.run(_replay(file, options.source, read_secrets(options.secrets)))


def _path(server: RemoteServer, options: argparse.Namespace) -> str:
    """Where the recording is. Raises RemoteError."""
    below = f"recordings/{quote(options.id, safe='')}"
    if options.app is not None:
        return f"{server.app(options.app).path}/{below}"
    for app in server.apps():
        try:
            listed = server.get(f"{app.path}/recordings")
        except RemoteError as error:
            if error.code not in _ELSEWHERE:
                raise
            continue
        if any(one["_id"] == options.id for one in listed):
            return f"{app.path}/{below}"
    raise RemoteError(f"there is no recording '{options.id}'; `vestibule recordings list APP` shows an app's")


async def _replay(file: dict[str, Any], folder: Path, secrets: dict[str, str]) -> dict[str, Any]:
    """Run the call in the folder's source. Secrets that are not given keep their placeholders, in and out."""
    standing = {name: f"[secret {name}]" for name in file["secrets"]}
    app = (await asyncio.to_thread(read_folder, folder, secrets=standing | secrets)).app
    recording = with_secrets(Recording.decode(base64.b64decode(file["recording"])), file["nonce"], secrets)
    with tempfile.TemporaryDirectory() as directory:
        async with open_sandboxes(Path(directory), workers=1) as sandboxes:
            deployment = await compile_app(app, sandboxes)
            retraced = await sandboxes.retrace(recording, deployment.image)
    shown = {name: file[name] for name in ("_id", "function_name", "version", "failed", "created", "expires", "bytes")}
    return shown | retraced_object(retraced, str(folder), deployment.redact)


def _show(options: argparse.Namespace, found: dict[str, Any]) -> None:
    if options.format == "json":
        show_value(options, found, "")
        return
    lines = [f"{found['function_name']}, recorded {found['created']}, run again in {found['replayed_version'][:64]}"]
    for one in found["differences"]:
        lines += [one["place"], f"    recorded: {_text(one['recorded'])}", f"    now:      {_text(one['now'])}"]
    lines += ["the same host calls, log and end"] if found["same"] else []
    sys.stdout.write("\n".join(lines) + "\n")


def _text(text: str | None) -> str:
    return "nothing" if text is None else text.replace("\n", "\n              ")
