"""Opens an app's folder: which of its files make up the app, in the current layout whatever the folder's is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from server.apps.files import AppFiles
from server.apps.layouts.convert import to_current
from server.apps.layouts.inline_secrets import FILE as SECRETS
from server.apps.layouts.layout import layout_of
from server.apps.layouts.origins import Origins
from server.apps.packages import MAX_ARCHIVE, package_paths
from server.apps.policy_file import FILE as POLICY
from server.apps.problems import AppFolderError, Problems
from server.apps.root import find_root_file
from server.apps.source import FileSource, FolderSource, RecordingSource, Tree, TreeSource

FOLDERS = (
    "auth", "auth_providers", "data_sources", "environments", "functions", "graphql", "http_endpoints",
    "https_endpoints", "log_forwarders", "services", "sync", "triggers", "values",
)  # fmt: skip
"""The folders of an export in any layout (contract 9.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFiles:
    """Files to read, in the current layout whatever the folder's is; `name` is the folder's own."""

    name: str
    source: FileSource
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    origins: Origins = field(default_factory=Origins)
    older_files: Tree = field(default_factory=dict, repr=False)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Problems name the folder's own files."""
        try:
            yield
        except AppFolderError as error:
            raise self.origins.told(error) from None


def open_files(folder: Path) -> OpenedFiles:
    """The files of a folder in any layout. Raises AppFolderError."""
    source = find_folder(folder)
    layout = layout_of(source.exists)
    if layout is None or layout.is_current:
        return OpenedFiles(name=source.name, source=source)
    older = all_files(source)
    current = to_current(older)
    return OpenedFiles(
        name=source.name, source=TreeSource(current.files), secrets=current.secrets, origins=current.origins,
        older_files=older,
    )  # fmt: skip


def all_files(folder: FolderSource) -> Tree:
    """All that make up an app, installed packages included. Raises AppFolderError."""
    problems = Problems()
    source = RecordingSource(folder)
    files = AppFiles(source, problems)
    layout = layout_of(source.exists)
    root_file = layout.root_file if layout and not layout.is_current else find_root_file(files, problems)
    for name in (root_file, POLICY, *(() if layout is None or layout.is_current else (SECRETS,))):
        if name is not None and files.has(name):
            files.read_bytes(name)
    read_the_rest(files)
    for path in package_paths(source):
        source.read(path, MAX_ARCHIVE)
    problems.raise_if_any()
    return source.files


def read_the_rest(files: AppFiles) -> None:
    """What exports carry and nothing here reads: kept with the app, so that it can be exported again."""
    for folder in FOLDERS:
        for path in files.tree(folder, ""):
            files.read_bytes(path)


def find_folder(folder: Path) -> FolderSource:
    """The files of a folder, in its own layout. Raises AppFolderError where there is no folder."""
    if not folder.is_dir():
        problems = Problems()
        advice = "name the folder of an exported app, or let `vestibule init` write one"
        problems.add(str(folder), "", f"there is no such folder; {advice}")
        problems.raise_if_any()
    return FolderSource(folder)
