"""Which layouts there are, and how a folder shows which one it has (contract 9.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

CONFIG_VERSION = 20210101


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A layout by the name that people know, its root file, and the version written there (None: none is)."""

    name: str
    root_file: str
    config_version: int | None
    is_current: bool


LAYOUTS = (
    Layout(name="20210101", root_file="realm_config.json", config_version=CONFIG_VERSION, is_current=True),
    Layout(name="root-config", root_file="root_config.json", config_version=None, is_current=True),
    Layout(name="20200603", root_file="config.json", config_version=20200603, is_current=False),
    Layout(name="20180301", root_file="stitch.json", config_version=20180301, is_current=False),
)
"""The newest first. The first two are one layout whose root file has two names."""
ROOT_FILE = LAYOUTS[0].root_file
ROOT_FILES = tuple(layout.root_file for layout in LAYOUTS if layout.is_current)


def layout_of(has: Callable[[str], bool]) -> Layout | None:
    """The layout of files, judged by their root file; None where there is none."""
    return next((layout for layout in LAYOUTS if has(layout.root_file)), None)


def find_layout(name: str) -> Layout | None:
    """The layout of that name."""
    return next((layout for layout in LAYOUTS if layout.name == name), None)
