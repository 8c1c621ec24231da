"""`vestibule push`: deploy a folder to a server; first what would change, powers in words."""

from __future__ import annotations

import argparse
import time
from typing import Any

from server.cli.exit_status import ExitStatus
from server.cli.folder_upload import Upload, add_folder, no_app, show_diff
from server.cli.remote_options import PLACE_SETTINGS, opened_server, show_value
from server.cli.terminal import OUTPUT, Progress
from server.remote.client import RemoteApp, RemoteServer
from server.remote.exchange import RemoteError
from server.settings import Settings

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"
PAUSE = 0.1
PATIENCE = 120.0
"""Seconds until a deployment has to be done."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[APP_DIR] [--app ID] [--dry-run] [--create] [--force] [--with-secrets]."""
    add_folder(parser)
    parser.add_argument("--dry-run", "-x", action="store_true", help="only show what would change")
    parser.add_argument("--create", action="store_true", help="make the app where there is none")
    parser.add_argument("--force", action="store_true", help="discard a draft that somebody left open")
    parser.add_argument(
        "--with-secrets", action="store_true", help="give the server the texts of secrets.json that it does not have"
    )


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Draft, import, diff, deployment; a draft that is not deployed is discarded again."""
    with opened_server(settings, options) as server:
        upload = Upload.of(server, options)
        app = upload.find_app()
        if app is None and (not options.create or options.dry_run):
            raise no_app(upload.app_id, server)
        if app is not None and options.dry_run:
            upload.tell_secrets(app)
            show_diff(options, upload.diff(app))
            return ExitStatus.OK
        return _push(options, upload, app or server.add_app(upload.app_id, upload.app_id[:32]))


def _push(options: argparse.Namespace, upload: Upload, app: RemoteApp) -> int:
    server = upload.server
    if options.with_secrets:
        upload.bring_secrets(app)
    else:
        upload.tell_secrets(app)
    draft = _open_draft(server, app, force=options.force)
    try:
        upload.bring(app)
        diff = server.get(f"{app.path}/drafts/{draft}/diff")
        if options.format == "text":
            show_diff(options, diff)
        deployment = _deploy(server, app, draft) if diff["diffs"] else None
    except BaseException:
        _discard(server, app, draft)
        raise
    if deployment is None:
        _discard(server, app, draft)
    done = f"serving deployment {deployment['name']} of {app.app_id}" if deployment else ""
    if done or options.format == "json":
        show_value(options, deployment, OUTPUT.green(done))
    return ExitStatus.OK


def _open_draft(server: RemoteServer, app: RemoteApp, *, force: bool) -> str:
    try:
        return str(server.send("POST", f"{app.path}/drafts")["_id"])
    except RemoteError as error:
        if error.code != "DraftAlreadyExists":
            raise
    (draft,) = server.get(f"{app.path}/drafts")
    if not force:
        raise RemoteError(f"{draft['user_id']} has a draft of {app.app_id} open; `vestibule push --force` discards it")
    _discard(server, app, draft["_id"])
    return str(server.send("POST", f"{app.path}/drafts")["_id"])


def _discard(server: RemoteServer, app: RemoteApp, draft: str) -> None:
    server.send("DELETE", f"{app.path}/drafts/{draft}")


def _deploy(server: RemoteServer, app: RemoteApp, draft: str) -> dict[str, Any]:
    id_ = server.send("POST", f"{app.path}/drafts/{draft}/deployment")["_id"]
    begun = time.monotonic()
    with Progress("deploying", unit="s") as line:
        while time.monotonic() < begun + PATIENCE:
            line.reached(int(time.monotonic() - begun))
            deployment: dict[str, Any] = server.get(f"{app.path}/deployments/{id_}")
            if deployment["status"] == "successful":
                return deployment
            if deployment["status"] == "failed":
                raise RemoteError(f"the deployment failed:\n{deployment['status_error_message']}")
            time.sleep(PAUSE)
    raise RemoteError(f"the deployment is not done after {PATIENCE:.0f} s; `vestibule deployments` shows how it goes")
