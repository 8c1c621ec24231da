"""Reads an exported app folder: the whole app, or every problem it has (contract 9.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from server.apps.endpoints import read_endpoints
from server.apps.files import AppFiles
from server.apps.ids import GROUP_ID, derived_id
from server.apps.layouts.convert import Current, to_current
from server.apps.layouts.inline_secrets import FILE as SECRETS
from server.apps.layouts.layout import layout_of
from server.apps.layouts.origins import Origins
from server.apps.manifest import RootFile
from server.apps.model import App, Environment
from server.apps.packages import MAX_ARCHIVE, open_packages, package_paths
from server.apps.policy_file import FILE as POLICY
from server.apps.policy_file import read_policy
from server.apps.problems import AppFolderError, Problem, Problems
from server.apps.providers import read_providers
from server.apps.reading import Reading
from server.apps.root import find_root_file, folder_name, read_environments, read_root
from server.apps.rules_files import read_data_sources
from server.apps.security import read_mail_templates, read_security
from server.apps.source import FileSource, FolderSource, RecordingSource, Tree, TreeSource
from server.apps.sources import read_dependencies, read_functions
from server.apps.triggers import read_triggers
from server.apps.user_data import read_custom_user_data
from server.apps.values import read_values
from server.apps.webhooks import read_webhooks

FOLDERS = (
    "auth", "auth_providers", "data_sources", "environments", "functions", "graphql", "http_endpoints",
    "https_endpoints", "log_forwarders", "services", "sync", "triggers", "values",
)  # fmt: skip
"""The folders of an export in any layout (contract 9.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFolder:
    """The app of a folder, the files that make it up, in the current layout, and secrets that were among them."""

    app: App
    files: Tree
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A folder as far as it can be read, with all that is wrong with it; no app where not even its root can be.

    `files` and places in problems are of the current layout, `origins` lead to those of `older_files`.
    """

    app: App | None = None
    problems: Sequence[Problem] = ()
    files: Tree = field(default_factory=dict, repr=False)
    older_files: Tree = field(default_factory=dict, repr=False)
    origins: Origins = field(default_factory=Origins)


def read_app(folder: Path, *, secrets: Mapping[str, str]) -> App:
    """The app of a folder in any layout; `secrets` maps names to texts.

    Raises AppFolderError with everything that is wrong; where the root file is, that alone.
    """
    return read_folder(folder, secrets=secrets).app


def read_folder(folder: Path, *, secrets: Mapping[str, str]) -> AppFolder:
    """The app of a folder, as `read_app`, and its files; texts of secrets in the folder yield to those given."""
    opened = _open(folder)
    source = RecordingSource(opened.source)
    problems = Problems()
    with opened.telling():
        app = _read(AppFiles(source, problems), folder_name(folder), problems, {**opened.secrets, **secrets})
    _read_the_rest(AppFiles(source, Problems()))
    return AppFolder(app=app, files=source.files, secrets=opened.secrets)


def survey_folder(folder: Path, *, secrets: Callable[[Mapping[str, str]], Mapping[str, str]]) -> Survey:
    """What `read_folder` reads, with problems in the place of a refusal.

    `secrets` gives those to read with, of the texts that are in the folder.
    """
    problems = Problems()
    try:
        opened = _open(folder)
        source = RecordingSource(opened.source)
        name = folder_name(folder)
        app = _read_leniently(AppFiles(source, problems), name, problems, secrets(opened.secrets))
    except AppFolderError as error:
        return Survey(problems=error.problems)
    _read_the_rest(AppFiles(source, Problems()))
    return Survey(
        app=app, problems=problems.found, files=source.files, older_files=opened.older_files, origins=opened.origins
    )


def read_tree(folder: Path) -> Current:
    """All files of a folder that make up an app, installed packages included. Raises AppFolderError."""
    return to_current(_all_files(_folder(folder)))


def read_app_id(folder: Path) -> str:
    """The client app id of a folder. Raises AppFolderError, as `read_app`."""
    opened, problems = _open(folder), Problems()
    with opened.telling():
        return _root(AppFiles(opened.source, problems), folder_name(folder), problems).app_id


def read_app_tree(tree: Tree, *, name: str, secrets: Mapping[str, str]) -> App:
    """As `read_app`, of files in memory; `name` is the app id where the root file has none."""
    problems = Problems()
    return _read(AppFiles(TreeSource(tree), problems), name, problems, secrets)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """Files to read, in the current layout whatever the folder's is."""

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


def _open(folder: Path) -> _Opened:
    source = _folder(folder)
    layout = layout_of(source.exists)
    if layout is None or layout.is_current:
        return _Opened(source=source)
    older = _all_files(source)
    current = to_current(older)
    return _Opened(
        source=TreeSource(current.files), secrets=current.secrets, origins=current.origins, older_files=older
    )


def _all_files(folder: FolderSource) -> Tree:
    problems = Problems()
    source = RecordingSource(folder)
    files = AppFiles(source, problems)
    layout = layout_of(source.exists)
    root_file = layout.root_file if layout and not layout.is_current else find_root_file(files, problems)
    for name in (root_file, POLICY, *(() if layout is None or layout.is_current else (SECRETS,))):
        if name is not None and files.has(name):
            files.read_bytes(name)
    _read_the_rest(files)
    for path in package_paths(source):
        source.read(path, MAX_ARCHIVE)
    problems.raise_if_any()
    return source.files


def _read_the_rest(files: AppFiles) -> None:
    """What exports carry and nothing here reads: kept with the app, so that it can be exported again."""
    for folder in FOLDERS:
        for path in files.tree(folder, ""):
            files.read_bytes(path)


def _folder(folder: Path) -> FolderSource:
    if not folder.is_dir():
        problems = Problems()
        problems.add(str(folder), "", "there is no such folder")
        problems.raise_if_any()
    return FolderSource(folder)


def _root(files: AppFiles, name: str, problems: Problems) -> RootFile:
    file = find_root_file(files, problems)
    root = None if file is None else read_root(files, file, name, problems)
    if root is None:
        problems.raise_if_any()
        raise AssertionError("a root file that cannot be read is a problem")
    return root


def _read(files: AppFiles, name: str, problems: Problems, secrets: Mapping[str, str]) -> App:
    app = _read_leniently(files, name, problems, secrets)
    problems.raise_if_any()
    return app


def _read_leniently(files: AppFiles, name: str, problems: Problems, secrets: Mapping[str, str]) -> App:
    """The app without the parts that have problems; without a root there is none."""
    root = _root(files, name, problems)
    environment, environment_values = read_environments(files, root, problems)
    reading = Reading(
        app_id=root.app_id, files=files, problems=problems, secrets=secrets, environment_values=environment_values
    )
    return _read_parts(reading, root, environment)


def _read_parts(reading: Reading, root: RootFile, environment: Environment) -> App:
    """Everything beside the root file; functions and data sources first, since the rest refers to them."""
    webhooks = read_webhooks(reading)
    functions = read_functions(reading) | {webhook.function.name: webhook.function for webhook in webhooks}
    data_sources = read_data_sources(reading)
    providers = read_providers(reading, functions)
    custom_user_data = read_custom_user_data(reading, functions, data_sources)
    security = read_security(reading)
    mail_templates = read_mail_templates(reading)
    triggers = read_triggers(reading, functions, data_sources)
    policy = read_policy(reading, functions)
    values = read_values(reading, policy.handles)
    endpoints = read_endpoints(reading, functions)
    dependencies = read_dependencies(reading)
    return App(
        app_id=root.app_id,
        id=derived_id(root.app_id, "app"),
        group_id=GROUP_ID,
        domain_id=derived_id(root.app_id, "domain"),
        version=reading.files.version(root.app_id),
        name=root.name,
        location=root.location,
        deployment_model=root.deployment_model,
        provider_region=root.provider_region,
        environment=environment,
        allowed_request_origins=root.allowed_request_origins,
        functions=functions,
        providers=providers,
        custom_user_data=custom_user_data,
        security=security,
        mail_templates=mail_templates,
        triggers=triggers,
        values=values,
        data_sources=data_sources,
        endpoints=endpoints,
        webhooks=tuple(webhook.endpoint for webhook in webhooks),
        dependencies=dependencies,
        policy=policy,
        open_packages=partial(open_packages, reading.files.source),
    )
