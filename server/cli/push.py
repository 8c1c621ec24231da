"""`vestibule push`: deploy a folder to a server; first what would change, powers in words."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from server.apps.folder import read_app_id, read_tree
from server.cli.remote_options import add_remote, server_of, show_value
from server.remote.client import RemoteApp, RemoteError, RemoteServer
from server.settings import Settings
from server.versions.archive import write_zip

HELP = "deploy an app folder to a server"
SETTINGS: tuple[str, ...] = ()
LOG_LEVEL = "WARNING"
PAUSE = 0.1
PATIENCE = 120.0
"""Seconds until a deployment has to be done."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[APP_DIR] [--app ID] [--dry-run] [--create] [--force]."""
    parser.add_argument("app_dir", type=Path, nargs="?", default=Path(), metavar="APP_DIR", help="default: this folder")
    parser.add_argument("--app", metavar="APP", help="the app to deploy to (default: the folder's own)")
    parser.add_argument("--dry-run", "-x", action="store_true", help="only show what would change")
    parser.add_argument("--create", action="store_true", help="make the app where there is none")
    parser.add_argument("--force", action="store_true", help="discard a draft that somebody left open")
    add_remote(parser)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Draft, import, diff, deployment; a draft that is not deployed is discarded again."""
    del settings
    server = server_of(options)
    archive = write_zip(read_tree(options.app_dir).files)
    app = _find_app(server, options)
    draft = _open_draft(server, app, force=options.force)
    try:
        server.upload(f"{app.path}/import?strategy=replace-by-name", archive, "application/zip")
        diff = server.get(f"{app.path}/drafts/{draft}/diff")
        _show_diff(options, diff)
        deployment = _deploy(server, app, draft) if diff["diffs"] and not options.dry_run else None
    except BaseException:
        _discard(server, app, draft)
        raise
    if deployment is None:
        _discard(server, app, draft)
        return 0
    show_value(options, deployment, f"serving deployment {deployment['name']} of {app.app_id}")
    return 0


def _find_app(server: RemoteServer, options: argparse.Namespace) -> RemoteApp:
    app_id = options.app or read_app_id(options.app_dir)
    if any(app_id in {app.app_id, app.name} for app in server.apps()):
        return server.app(app_id)
    if not options.create or options.dry_run:
        raise RemoteError(f"there is no app '{app_id}' at {server.url}; `vestibule push --create` makes it")
    return server.add_app(app_id, app_id[:32])


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


def _show_diff(options: argparse.Namespace, diff: dict[str, Any]) -> None:
    if options.format == "json":
        if options.dry_run:
            show_value(options, diff, "")
        return
    for text in diff["diffs"]:
        sys.stdout.write(f"{text}\n")
    for power in diff["powers"]:
        sys.stdout.write(f"power {power}\n")
    for warning in diff["warnings"]:
        sys.stdout.write(f"warning: {warning}\n")
    if not diff["diffs"]:
        sys.stdout.write("nothing to deploy: the server has this version\n")


def _deploy(server: RemoteServer, app: RemoteApp, draft: str) -> dict[str, Any]:
    id_ = server.send("POST", f"{app.path}/drafts/{draft}/deployment")["_id"]
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        deployment: dict[str, Any] = server.get(f"{app.path}/deployments/{id_}")
        if deployment["status"] == "successful":
            return deployment
        if deployment["status"] == "failed":
            raise RemoteError(f"the deployment failed:\n{deployment['status_error_message']}")
        time.sleep(PAUSE)
    raise RemoteError(f"the deployment is not done after {PATIENCE:.0f} s; `vestibule deployments` shows how it goes")
