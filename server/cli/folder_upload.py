"""An app folder on its way to a server: which app it is, what is sent, what it would change."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server.apps.folder import read_app_id, read_tree
from server.apps.source import Tree
from server.cli.remote_options import add_place, show_value
from server.cli.terminal import OUTPUT, Progress, coloured_diff
from server.remote.client import RemoteApp, RemoteServer
from server.remote.exchange import RemoteError
from server.versions.changes_archive import write_changes
from server.versions.tree import normalised

_CHANGES = "application/vnd.vestibule.changes+zip"
_IMPORT = "import?strategy=replace-by-name"


def add_folder(parser: argparse.ArgumentParser) -> None:
    """[APP_DIR] [--app ID], and where."""
    parser.add_argument("app_dir", type=Path, nargs="?", default=Path(), metavar="APP_DIR", help="default: this folder")
    parser.add_argument("--app", metavar="APP", help="the app on the server (default: the folder's own)")
    add_place(parser)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A folder on its way to a server: what the server has already, packages above all, is not sent again."""

    server: RemoteServer
    app_id: str
    files: Tree
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Texts that an older export has in its secrets.json."""

    @classmethod
    def of(cls, server: RemoteServer, options: argparse.Namespace) -> Upload:
        """Reads the folder. Raises AppFolderError."""
        app_id = options.app or read_app_id(options.app_dir)
        current = read_tree(options.app_dir)
        return cls(server=server, app_id=app_id, files=normalised(current.files), secrets=current.secrets)

    def find_app(self) -> RemoteApp | None:
        """The app of that id or name."""
        return next((app for app in self.server.apps() if self.app_id in {app.app_id, app.name}), None)

    def diff(self, app: RemoteApp) -> dict[str, Any]:
        """What deploying it would change: `diffs`, `powers`, `files`. Raises RemoteError."""
        answer: dict[str, Any] = self._send(app, f"{_IMPORT}&diff=full")
        return answer

    def bring(self, app: RemoteApp) -> None:
        """Put it into the open draft. Raises RemoteError."""
        self._send(app, _IMPORT)

    def bring_secrets(self, app: RemoteApp) -> None:
        """Give the server the texts that it does not have; one that it has stays as it is. Raises RemoteError."""
        for name in self._missing_secrets(app):
            self.server.send("POST", f"{app.path}/secrets", {"name": name, "value": self.secrets[name]})
            sys.stderr.write(f"vestibule: set the secret {name}\n")

    def tell_secrets(self, app: RemoteApp) -> None:
        """Say which commands set what the server does not have."""
        missing = self._missing_secrets(app)
        if missing:
            sys.stderr.write(
                "vestibule: secrets.json stays here; `vestibule push --with-secrets` takes it along, or:\n"
            )
        for name in missing:
            sys.stderr.write(f"  vestibule secrets set {app.app_id} {name}\n")

    def _missing_secrets(self, app: RemoteApp) -> list[str]:
        if not self.secrets:
            return []
        kept = {secret["name"] for secret in self.server.get(f"{app.path}/secrets")}
        return sorted(self.secrets.keys() - kept)

    def _send(self, app: RemoteApp, path: str) -> Any:
        archive = write_changes(self.files, self.server.get(f"{app.path}/files").values())
        with Progress("sending", len(archive)) as progress:
            return self.server.upload(f"{app.path}/{path}", archive, _CHANGES, progress.reached)


def no_app(app_id: str, server: RemoteServer) -> RemoteError:
    """There is no such app yet."""
    return RemoteError(f"there is no app '{app_id}' at {server.url}; `vestibule push --create` makes it")


def show_diff(options: argparse.Namespace, diff: dict[str, Any]) -> None:
    """Files as `diff -u` shows them, then powers; or all of it as JSON."""
    texts = [coloured_diff(text) for text in diff["diffs"]]
    texts += [f"power {_painted(power)}" for power in diff["powers"]]
    texts += [f"{OUTPUT.yellow('warning:')} {warning}" for warning in diff["warnings"]]
    show_value(options, diff, "\n".join(texts or ["nothing to deploy: the server has this version"]))


def _painted(power: str) -> str:
    """What is gained deserves a look; what is lost breaks nobody's security."""
    return OUTPUT.yellow(power) if power.startswith("+") else OUTPUT.green(power)
