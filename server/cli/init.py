"""`vestibule init`: a new app folder with a login that works, made of an example; never overwrites anything."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from server.apps.names import MAX_APP_NAME, why_not_app_name
from server.cli.terminal import OUTPUT
from server.settings import Settings

SETTINGS: tuple[str, ...] = ()
LOG_LEVEL = "WARNING"
TEMPLATES = {
    "quickstart": "accounts with passwords, kept by the app itself",
    "external-service": "another HTTP service judges who logs in",
    "token-exchange": "tokens that another system signed",
}
"""The example apps, and what each of them shows."""
_GITIGNORE = ".data/\nsecrets.json\nnode_modules/\n"
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


class CannotInit(Exception):
    """The folder cannot be made; nothing was written."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[FOLDER] [--template NAME] [--app-id ID]."""
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), metavar="FOLDER", help="default: this folder")
    about = "; ".join(f"{name}: {text}" for name, text in TEMPLATES.items())
    parser.add_argument("--template", choices=list(TEMPLATES), default="quickstart", help=about)
    parser.add_argument("--app-id", metavar="ID", help="the client app id (default: the folder's name)")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Write the folder and say what to do next."""
    del settings
    app_id = options.app_id or _NOT_IN_A_NAME.sub("-", options.folder.resolve().name).strip("-")[:MAX_APP_NAME]
    if why := why_not_app_name(app_id):
        raise CannotInit(f"{why}; name the app with --app-id")
    contents = dict(_contents(options.template, app_id))
    _write(options.folder, contents)
    sys.stdout.write(f"{OUTPUT.green('wrote')} {len(contents)} files to {options.folder}; now:\n")
    sys.stdout.write(f"  vestibule dev {options.folder}\n")
    return 0


def template_folder(template: str) -> Traversable:
    """Where an example lies: in the installed package, else in the source tree."""
    installed = files("server") / "templates" / template
    return installed if installed.is_dir() else Path(__file__).parents[2] / "functions" / template


def _contents(template: str, app_id: str) -> Iterator[tuple[str, bytes]]:
    """The example's files, with the app's id wherever the example has its own."""
    yield ".gitignore", _GITIGNORE.encode()
    for path, content in _tree(template_folder(template), ""):
        text = content.replace(f".venv/bin/vestibule serve functions/{template}".encode(), b"vestibule dev .")
        text = text.replace(b".venv/bin/", b"")
        yield path.replace(template, app_id), text.replace(template.encode(), app_id.encode())


def _tree(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir() and entry.name != "node_modules":
            yield from _tree(entry, f"{path}{entry.name}/")
        elif entry.is_file() and not entry.name.startswith("."):
            yield f"{path}{entry.name}", entry.read_bytes()


def _write(folder: Path, contents: dict[str, bytes]) -> None:
    if folder.exists() and not folder.is_dir():
        raise CannotInit(f"{folder} is a file; name a folder that is empty, or not there yet")
    there = [path for path in contents if (folder / path).exists()]
    if there:
        raise CannotInit(f"{folder / there[0]} is there already, and nothing is overwritten; name another folder")
    for path, content in contents.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            file.write(content)
