"""What is wrong with an app folder: every problem by file and field, collected before anything is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing an author has to mend; `file` is relative to the folder, `field` a dotted path or empty."""

    file: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.message}" if self.field else f"{self.file}: {self.message}"


class AppFolderError(Exception):
    """The folder is not an app that can be served; nothing of it was taken over."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = list(problems)


class Problems:
    """Collects problems while a folder is read to its end."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, file: str, field: str, message: str) -> None:
        """Note a problem; the same one met twice is kept once."""
        problem = Problem(file=file, field=field, message=message)
        if problem not in self._found:
            self._found.append(problem)

    @property
    def found(self) -> list[Problem]:
        """All that was noted, in order."""
        return list(self._found)

    def raise_if_any(self) -> None:
        """Refuse the folder if anything was noted."""
        if self._found:
            raise AppFolderError(self._found)
