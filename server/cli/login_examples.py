"""Commands that log in at an app, ready to paste: made of what the app's login function takes."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from server.apps.folder import read_app_id, read_tree
from server.apps.problems import AppFolderError
from server.apps.source import Tree

_PARAMETERS = re.compile(r"exports\s*=\s*(?:async\s+)?(?:function\b[^(]*)?\(\s*\{([^}]*)\}")
_SAMPLES: dict[str, object] = {
    "username": "Ada", "name": "Ada", "email": "ada@example.com", "password": "correct horse", "register": True,
}  # fmt: skip
_NO_FIELDS = ("anon-user",)


def login_examples(folder: Path, url: str) -> Iterator[str]:
    """A `curl` for each provider that needs no more than the app itself; none for a folder that cannot be read."""
    try:
        app_id, files = read_app_id(folder), read_tree(folder).files
        providers = json.loads(files.get("auth/providers.json", b"{}"))
    except (AppFolderError, ValueError):
        return
    for name, provider in providers.items():
        body = _body(name, provider, files)
        if body is not None and not provider.get("disabled"):
            place = f"{url}/api/client/v2.0/app/{app_id}/auth/providers/{name}/login"
            data = shlex.quote(json.dumps(body))
            yield f"  curl -s -H 'Content-Type: application/json' {place} -d {data}"


def _body(name: str, provider: object, files: Tree) -> dict[str, object] | None:
    if name in _NO_FIELDS:
        return {}
    if name != "custom-function" or not isinstance(provider, dict):
        return None
    function = provider.get("config", {}).get("authFunctionName", "")
    source = files.get(f"functions/{function}.js", b"").decode("utf-8", "replace")
    found = _PARAMETERS.search(source)
    fields = re.findall(r"(?:^|,)\s*(\w+)", found[1]) if found else []
    return {field: _SAMPLES.get(field, "...") for field in fields}
