"""The root file of an app folder: which layout it has, whose app it is, in which environment."""

from __future__ import annotations

from server.apps.files import AppFiles
from server.apps.layouts.layout import CONFIG_VERSION, ROOT_FILES
from server.apps.manifest import EnvironmentFile, RootFile
from server.apps.model import Environment
from server.apps.names import why_not_app_id, why_not_app_name
from server.apps.problems import Problems
from server.apps.reading import check
from server.apps.strict_json import Json

ENVIRONMENT_TAGS = ("", "development", "testing", "qa", "production")


def find_root_file(files: AppFiles, problems: Problems) -> str | None:
    """The root file's name; a folder without one, or with two, is a problem."""
    found = [name for name in ROOT_FILES if files.has(name)]
    if len(found) == 1:
        return found[0]
    if found:
        problems.add(found[1], "", f"stands beside {found[0]}: a folder has one root file")
    else:
        problems.add(
            ROOT_FILES[0],
            "",
            f"there is no {' or '.join(ROOT_FILES)}: not an exported app; name the folder that has it",
        )
    return None


def read_root(files: AppFiles, file: str, folder_name: str, problems: Problems) -> RootFile | None:
    """The root file, complete: without an `app_id` the app has the folder's name."""
    tree = files.read_json(file)
    root = None if tree is None else check(problems, file, "", tree, RootFile)
    if root is None:
        return None
    if root.config_version not in (None, CONFIG_VERSION):
        problems.add(file, "config_version", f"version {root.config_version}, where {file} has {CONFIG_VERSION}")
    app_id = root.app_id or folder_name
    if why := why_not_app_id(app_id):
        problems.add(file, "app_id", why)
    if root.name and (why := why_not_app_name(root.name)):
        problems.add(file, "name", why)
    return root.model_copy(update={"app_id": app_id, "name": root.name or app_id})


def read_environments(files: AppFiles, root: RootFile, problems: Problems) -> tuple[Environment, dict[str, Json]]:
    """The active environment, and its values; the other environments are checked all the same."""
    active = "" if root.environment == "no-environment" else root.environment
    values = {tag: _environment_values(files, tag, problems) for tag in ENVIRONMENT_TAGS}[active]
    return Environment(tag=active, values=dict(values)), values


def _environment_values(files: AppFiles, tag: str, problems: Problems) -> dict[str, Json]:
    file = f"environments/{tag or 'no-environment'}.json"
    tree = files.read_json(file) if files.has(file) else None
    environment = None if tree is None else check(problems, file, "", tree, EnvironmentFile)
    return {} if environment is None else environment.values
