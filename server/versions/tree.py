"""The form in which the files of an app are kept: JSON in one layout, so that the same content is the same version."""

from __future__ import annotations

import json

from server.apps.source import Tree
from server.apps.strict_json import dump as dump_json


def normalised(tree: Tree) -> Tree:
    """The files with JSON as exports have it: 4 spaces and a final newline (contract 12.2); other files as they are."""
    return {path: _pretty(content) if path.endswith(".json") else content for path, content in tree.items()}


def _pretty(content: bytes) -> bytes:
    """What is no JSON stays as it is: whoever reads the app says what is wrong with it."""
    try:
        return dump_json(json.loads(content))
    except (ValueError, RecursionError):
        return content
