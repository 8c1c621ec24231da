"""Where in an older layout something stood, so that problems name the author's own files."""

from __future__ import annotations

from dataclasses import dataclass, replace

from server.apps.problems import AppFolderError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A place in the current layout, and the place that its content came from; fields are dotted paths."""

    file: str
    field: str
    older_file: str
    older_field: str = ""

    def told(self, problem: Problem) -> Problem | None:
        """The problem at the older place; None where it is not about this place."""
        rest = problem.field.removeprefix(self.field)
        is_below = problem.field.startswith(self.field) and (not self.field or rest[:1] in {"", "."})
        if problem.file != self.file or not is_below:
            return None
        field = ".".join(filter(None, (self.older_field, rest.lstrip("."))))
        return replace(problem, file=self.older_file, field=field)


class Origins:
    """All origins of a tree that was turned into the current layout."""

    def __init__(self) -> None:
        self._by_file: dict[str, list[Origin]] = {}

    def add(self, origin: Origin) -> None:
        """Remember one; of two that fit, the one with the longer field is taken."""
        known = self._by_file.setdefault(origin.file, [])
        known.append(origin)
        known.sort(key=lambda one: -len(one.field))

    def told(self, error: AppFolderError) -> AppFolderError:
        """The same problems, each at the place where its author finds it."""
        return AppFolderError([self.problem(problem) for problem in error.problems])

    def problem(self, problem: Problem) -> Problem:
        """The same problem, at the place where its author finds it."""
        candidates = (origin.told(problem) for origin in self._by_file.get(problem.file, ()))
        return next((found for found in candidates if found is not None), problem)
