"""Reads an exported app folder: the whole app, or every problem it has (contract 9.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from server.apps.endpoints import read_endpoints
from server.apps.files import AppFiles
from server.apps.ids import GROUP_ID, derived_id
from server.apps.layouts.convert import Current, to_current
from server.apps.layouts.origins import Origins
from server.apps.manifest import RootFile
from server.apps.model import App, Environment
from server.apps.opening import all_files, find_folder, open_files, read_the_rest
from server.apps.packages import archive_of_packages, open_packages
from server.apps.policy_file import read_policy
from server.apps.problems import AppFolderError, Problem, Problems
from server.apps.providers import read_providers
from server.apps.reading import Reading
from server.apps.root import find_root_file, read_environments, read_root
from server.apps.rules_files import read_data_sources
from server.apps.security import read_mail_templates, read_security
from server.apps.source import RecordingSource, Tree, TreeSource
from server.apps.sources import read_dependencies, read_functions
from server.apps.triggers import read_triggers
from server.apps.user_data import read_custom_user_data
from server.apps.values import read_values
from server.apps.webhooks import read_webhooks


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
    return open_folder(folder).read(secrets)


def open_folder(folder: Path) -> OpenedFolder:
    """A folder with its files in memory, of which the root file is read. Raises AppFolderError."""
    opened = OpenedFolder(folder)
    read_the_rest(AppFiles(opened.source, Problems()))
    return opened


def survey_folder(folder: Path, *, secrets: Callable[[Mapping[str, str]], Mapping[str, str]]) -> Survey:
    """What `read_folder` reads, with problems in the place of a refusal.

    `secrets` gives those to read with, of the texts that are in the folder.
    """
    problems = Problems()
    try:
        opened = open_files(folder)
        source = RecordingSource(opened.source)
        app = _read_leniently(AppFiles(source, problems), opened.name, problems, secrets(opened.secrets))
    except AppFolderError as error:
        return Survey(problems=error.problems)
    read_the_rest(AppFiles(source, Problems()))
    return Survey(
        app=app, problems=problems.found, files=source.files, older_files=opened.older_files, origins=opened.origins
    )


def read_tree(folder: Path) -> Current:
    """All files of a folder that make up an app, installed packages included. Raises AppFolderError."""
    return to_current(all_files(find_folder(folder)))


def read_app_id(folder: Path) -> str:
    """The client app id of a folder. Raises AppFolderError, as `read_app`."""
    return OpenedFolder(folder).app_id


def read_app_tree(tree: Tree, *, name: str, secrets: Mapping[str, str]) -> App:
    """As `read_app`, of files in memory; `name` is the app id where the root file has none."""
    problems = Problems()
    return _read(AppFiles(TreeSource(tree), problems), name, problems, secrets)


class OpenedFolder:
    """A folder of which the root file is read: whose app it is decides with which secrets the rest is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened = open_files(folder)
        self.source = RecordingSource(self._opened.source)
        self._problems = Problems()
        self._files = AppFiles(self.source, self._problems)
        with self._opened.telling():
            self._root = _root(self._files, self._opened.name, self._problems)

    @property
    def app_id(self) -> str:
        """The client app id."""
        return self._root.app_id

    def read(self, secrets: Mapping[str, str]) -> AppFolder:
        """The app with its files, once. Raises AppFolderError."""
        given = {**self._opened.secrets, **secrets}
        with self._opened.telling():
            app = _read_below(self._files, self._root, self._problems, given)
            self._problems.raise_if_any()
        return AppFolder(app=app, files=self.source.files, secrets=self._opened.secrets)


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
    return _read_below(files, _root(files, name, problems), problems, secrets)


def _read_below(files: AppFiles, root: RootFile, problems: Problems, secrets: Mapping[str, str]) -> App:
    """What stands below the root file, and the whole."""
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
        has_archive=archive_of_packages(reading.files.source) is not None,
    )
