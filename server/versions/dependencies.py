"""An app's npm packages among its files: named, installed, uploaded (contract 12.6)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from server.apps.packages import ARCHIVES, FOLDER, MAX_ARCHIVE, PackagesUnreadable, unpack
from server.apps.source import Tree

PACKAGE = f"{FOLDER}/package.json"
_OURS = re.compile(rf"{FOLDER}/(package(-lock)?\.json|node_modules(\.|/).*)")
_MANIFEST = re.compile(r"node_modules/((?:@[^/]+/)?[^/]+)/package\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    """Names to versions: `wanted` as `package.json` has them, `installed` as they are there."""

    wanted: Mapping[str, str] = field(default_factory=dict)
    installed: Mapping[str, str] = field(default_factory=dict)

    @property
    def all(self) -> dict[str, str]:
        """What is wanted, else what is there; in the version that is there."""
        if not self.wanted:
            return dict(self.installed)
        return {name: self.installed.get(name, version) for name, version in self.wanted.items()}

    @property
    def missing(self) -> list[str]:
        """What is wanted and not there."""
        return sorted(self.wanted.keys() - self.installed.keys())


def packages_of(tree: Tree) -> Packages:
    """The packages of an app. Raises PackagesUnreadable."""
    files = {path.removeprefix(f"{FOLDER}/"): content for path, content in tree.items() if "/node_modules/" in path}
    archive = archive_of(tree)
    if not files and archive:
        files = unpack(archive, tree[archive])
    return Packages(wanted=_wanted(tree), installed=dict(sorted(_installed(files))))


def archive_of(tree: Tree) -> str | None:
    """The path of the app's archive of packages, if it has one."""
    return next((path for name in ARCHIVES if (path := f"{FOLDER}/{name}") in tree), None)


def with_upload(tree: Tree, name: str, content: bytes) -> Tree:
    """The files with an upload in place of all packages: `package.json` or an archive. Raises PackagesUnreadable."""
    kept = without_packages(tree)
    if name.rpartition("/")[2] == "package.json":
        _check_manifest(content)
        return {**kept, PACKAGE: content}
    suffix = next((known.removeprefix("node_modules") for known in ARCHIVES if name.endswith(known[12:])), None)
    if suffix is None:
        raise PackagesUnreadable("upload package.json, or node_modules as .zip, .tar, .tar.gz or .tgz")
    if len(content) > MAX_ARCHIVE:
        raise PackagesUnreadable(f"the archive is larger than {MAX_ARCHIVE} bytes")
    if not unpack(name, content):
        raise PackagesUnreadable("there is no module in the archive: it has to hold a folder node_modules")
    return {**kept, f"{FOLDER}/node_modules{suffix}": content}


def without_packages(tree: Tree) -> Tree:
    """The files without any packages."""
    return {path: content for path, content in tree.items() if not _OURS.fullmatch(path)}


def diff_packages(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, list[dict[str, str]]]:
    """What is added, deleted and modified, by name."""
    both = sorted(name for name in before.keys() & after.keys() if before[name] != after[name])
    return {
        "added": _listed(after, sorted(after.keys() - before.keys())),
        "deleted": _listed(before, sorted(before.keys() - after.keys())),
        "modified": [{**one, "previous_version": before[one["name"]]} for one in _listed(after, both)],
    }


def listed(packages: Mapping[str, str]) -> list[dict[str, str]]:
    """Packages as the Admin API lists them."""
    return _listed(packages, sorted(packages))


def _listed(packages: Mapping[str, str], names: list[str]) -> list[dict[str, str]]:
    return [{"name": name, "version": packages[name]} for name in names]


def _wanted(tree: Tree) -> dict[str, str]:
    dependencies = _object(tree.get(PACKAGE, b"{}")).get("dependencies")
    return {str(name): str(version) for name, version in dependencies.items()} if isinstance(dependencies, dict) else {}


def _installed(files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    for path, content in files.items():
        if found := _MANIFEST.fullmatch(path):
            yield found[1], str(_object(content).get("version") or "")


def _check_manifest(content: bytes) -> None:
    try:
        is_object = isinstance(json.loads(content), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        raise PackagesUnreadable("package.json is no JSON object")


def _object(content: bytes) -> dict[str, object]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
