"""Files on their way from one layout to another: taken, put elsewhere, and whatever is left passed on as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from server.apps.layouts.layout import Layout
from server.apps.layouts.origins import Origin, Origins
from server.apps.problems import Problems
from server.apps.source import Tree
from server.apps.strict_json import Json, JsonError, dump, parse


class Moving:
    """The files that are left, and those that were made of the others."""

    def __init__(self, tree: Tree, layout: Layout, problems: Problems) -> None:
        self.layout = layout
        self.problems = problems
        self.origins = Origins()
        self.secrets: dict[str, str] = {}
        self.inline_secrets: dict[tuple[str, str, str], str] = {}
        self._left = dict(tree)
        self._made: dict[str, bytes] = {}

    def matching(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """The paths that are left and match, sorted."""
        found = (pattern.fullmatch(path) for path in sorted(self._left))
        yield from (match for match in found if match)

    def has(self, path: str) -> bool:
        """Whether the file is left."""
        return path in self._left

    def take(self, path: str) -> bytes:
        """The content; the file is not left any more."""
        return self._left.pop(path)

    def take_json(self, path: str) -> Json:
        """The JSON of a file that is taken; None, and a problem, where it is none."""
        content = self.take(path)
        try:
            text = content.decode("utf-8-sig")
            tree = parse(text) if text.strip() else None
        except UnicodeDecodeError as error:
            self.problems.add(path, "", f"not UTF-8 at byte {error.start}")
            return None
        except JsonError as error:
            self.problems.add(path, "", str(error))
            return None
        if tree is None:
            self.problems.add(path, "", "the file is empty" if not text.strip() else "the file holds nothing but null")
        return tree

    def take_object(self, path: str) -> dict[str, Json] | None:
        """As `take_json`, of a file that holds an object."""
        tree = self.take_json(path)
        if tree is not None and not isinstance(tree, dict):
            self.problems.add(path, "", "has to be an object")
        return tree if isinstance(tree, dict) else None

    def put(self, path: str, content: bytes, older: str) -> None:
        """A file in the other layout, made of `older`; two that would stand at one path are a problem."""
        if path in self._made or path in self._left:
            self.problems.add(older, "", f"would become {path} in the other layout, which is there already")
        self._made[path] = content

    def put_json(self, path: str, tree: Json, older: str) -> None:
        """As `put`, of JSON."""
        self.put(path, dump(tree), older)

    def came_from(self, file: str, field: str, older_file: str, older_field: str = "") -> None:
        """Say where something stood."""
        self.origins.add(Origin(file=file, field=field, older_file=older_file, older_field=older_field))

    def ended(self) -> Tree:
        """All files of the other layout; those that no part took are as they were. Raises AppFolderError."""
        self.problems.raise_if_any()
        return self._left | self._made
