"""`vestibule types`: declarations by which editors complete and check an app's functions."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from server.apps.folder import read_app
from server.apps.model import App
from server.cli.secrets import add_secrets, read_secrets
from server.settings import Settings

SETTINGS: tuple[str, ...] = ()
LOG_LEVEL = "WARNING"
FILE = Path("functions") / "vestibule.d.ts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """APP_DIR [--output FILE] [--secrets FILE]."""
    parser.add_argument("app_dir", type=Path, metavar="APP_DIR", help="an exported app folder")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help=f"where to (default: {FILE} in the folder; - prints)"
    )
    add_secrets(parser)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Write the file; an existing one is replaced."""
    del settings
    app = read_app(options.app_dir, secrets=read_secrets(options.secrets))
    text = declarations(app)
    if options.output == Path("-"):
        sys.stdout.write(text)
        return 0
    place = options.output or options.app_dir / FILE
    place.write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {place}\n")
    return 0


def declarations(app: App) -> str:
    """What every app has, and the names of this app's functions, values and services."""
    general = (files("server") / "types" / "functions.d.ts").read_text(encoding="utf-8")
    return "\n".join([
        general.rstrip(), "",
        "declare namespace Vestibule {",
        _names("Functions", app.functions),
        _names("Values", app.values),
        _names("Services", app.data_sources),
        "}", "",
    ])  # fmt: skip


def _names(interface: str, names: Iterable[str]) -> str:
    members = "".join(f"    {json.dumps(name)}: unknown;\n" for name in sorted(names))
    return f"  interface {interface} {{\n{members}  }}"
