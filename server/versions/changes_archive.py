"""An app's files as what changed of them: an upload that leaves out whatever the server has already."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from server.apps.files import MAX_FOLDER_BYTES
from server.apps.source import Tree
from server.apps.strict_json import Json, JsonError, parse
from server.versions.archive import ArchiveError, read_zip, write_zip
from server.versions.paths import UnsafePath, check_path

_MANIFEST = "manifest.json"
_CONTENTS = "contents/"


def hashes(tree: Tree) -> dict[str, str]:
    """Each path with the SHA-256 of its content."""
    return {path: sha256(content).hexdigest() for path, content in sorted(tree.items())}


def write_changes(tree: Tree, known: Iterable[str]) -> bytes:
    """An archive of every path with its hash, and of each content once whose hash is not known."""
    named, there = hashes(tree), frozenset(known)
    contents = {f"{_CONTENTS}{named[path]}": content for path, content in tree.items() if named[path] not in there}
    return write_zip({_MANIFEST: json.dumps(named).encode(), **contents})


def read_changes(data: bytes, known: Iterable[bytes]) -> Tree:
    """All files, whose contents are in the archive or among the known. Raises ArchiveError."""
    archive = read_zip(data)
    found = {sha256(content).hexdigest(): content for content in known}
    found |= {sha256(content).hexdigest(): content for path, content in archive.items() if path != _MANIFEST}
    named = _manifest(archive)
    missing = [path for path, hash_ in named.items() if hash_ not in found]
    if missing:
        raise ArchiveError(f"neither the archive nor the served version has the content of {missing[0]!r}; push again")
    files = {path: found[hash_] for path, hash_ in named.items()}
    if sum(map(len, files.values())) > MAX_FOLDER_BYTES:
        raise ArchiveError(f"the files are larger than {MAX_FOLDER_BYTES} bytes together")
    return files


def _manifest(archive: Tree) -> Mapping[str, str]:
    try:
        named: Json = parse(archive.get(_MANIFEST, b"").decode())
        if not isinstance(named, dict):
            raise ArchiveError(f"{_MANIFEST} has to hold an object of paths and hashes")
        return {check_path(path): str(hash_) for path, hash_ in named.items()}
    except (UnicodeDecodeError, JsonError, UnsafePath) as error:
        raise ArchiveError(f"{_MANIFEST}: {error}") from error
