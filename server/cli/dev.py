"""`vestibule dev`: everything for a day of writing in one terminal: serve, deploy what changes, show the logs."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import threading
from datetime import datetime
from pathlib import Path

from server.cli import watch
from server.cli.login_examples import login_examples
from server.cli.secrets import add_secrets
from server.cli.serve import announce, serve_folders
from server.cli.terminal import OUTPUT, indented
from server.records import LogEntry
from server.settings import Settings
from server.store import Store, open_store
from server.store.logs import MAX_LOGS

SETTINGS: tuple[str, ...] = tuple(Settings.model_fields)
LOG_LEVEL = "WARNING"
PAUSE = 0.5
"""Seconds between two looks at the logs."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[APP_DIR...] [--secrets FILE], beside all settings."""
    parser.add_argument(
        "app_dirs", type=Path, nargs="*", default=[Path()], metavar="APP_DIR", help="default: this folder"
    )
    add_secrets(parser)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Serve until stopped; once ready, say how to log in."""
    settings = settings.model_copy(update={"http_workers": 1})
    logging.getLogger(watch.__name__).setLevel(logging.INFO)  # whoever saves a file waits to hear of it
    stopped = threading.Event()

    def ready(app_ids: list[str], url: str) -> None:
        announce(app_ids, url)
        for folder in options.app_dirs:
            sys.stdout.write("".join(f"{line}\n" for line in login_examples(folder, url)))
        sys.stdout.write("Changes are deployed as they are saved. Ctrl-C ends.\n")
        sys.stdout.flush()
        threading.Thread(target=_show_logs, args=(settings.data_dir, app_ids, stopped), daemon=True).start()

    try:
        return serve_folders(settings, options, watch=True, ready=ready)
    finally:
        stopped.set()


def _show_logs(data_dir: Path, app_ids: list[str], stopped: threading.Event) -> None:
    asyncio.run(_follow(data_dir.absolute() / "identity.sqlite", app_ids, stopped))


async def _follow(path: Path, app_ids: list[str], stopped: threading.Event) -> None:
    async with open_store(path) as store:
        shown = {app_id: (await store.page_logs(app_id, limit=1)).last for app_id in app_ids}
        while not stopped.is_set():
            await asyncio.sleep(PAUSE)
            for app_id in app_ids:
                shown[app_id] = await show_new(store, app_id, shown[app_id])


async def show_new(store: Store, app_id: str, after: int) -> int:
    """Print the entries that were kept after the one of this number, the oldest first; where to go on."""
    while True:
        page = await store.follow_logs(app_id, after=after)
        for entry in page.entries:
            sys.stdout.write("".join(f"{line}\n" for line in describe(entry)))
        sys.stdout.flush()
        after = page.last
        if len(page.entries) < MAX_LOGS:
            return after


def describe(entry: LogEntry) -> list[str]:
    """A run as lines: when, what, how long, how it ended, and what it logged."""
    seconds = (entry.completed_at - entry.started_at).total_seconds()
    ending = OUTPUT.red(f"failed: {indented(entry.error)}") if entry.error else OUTPUT.green("ok")
    what = " ".join(filter(None, (entry.type, entry.function_name)))
    return [
        f"{_clock(entry.started_at)} {OUTPUT.bold(what)} {seconds * 1000:.0f} ms {ending}",
        *(f"    {indented(line)}" for line in entry.messages),
    ]


def _clock(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M:%S")
