"""Reads one manifest at a time: parsed, expanded, checked; what is wrong becomes a problem."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from server.apps.expansion import expand
from server.apps.files import AppFiles
from server.apps.manifest import Manifest
from server.apps.problems import Problem, Problems
from server.apps.strict_json import Json
from server.ejson import Document, EjsonError, loads

_UNION_MEMBER = re.compile(r"(literal|tuple|dict)\[.*|str|bool")  # pydantic names them in the place of a misfit
_WORDS = {
    "bool_type": "has to be true or false",
    "dict_type": "has to be an object",
    "missing": "is missing",
    "model_type": "has to be an object",
    "string_type": "has to be a string",
    "tuple_type": "has to be an array",
}

_NO_SECRET = "there is no secret"  # noqa: S105 - what is said, not a secret

AnyManifest = TypeVar("AnyManifest", bound=Manifest)


def check(problems: Problems, file: str, place: str, tree: object, model: type[AnyManifest]) -> AnyManifest | None:
    """JSON as a manifest; each misfit is a problem at its place."""
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        for misfit in error.errors(include_url=False, include_context=False, include_input=False):
            where = [place, *(str(part) for part in misfit["loc"] if not _UNION_MEMBER.fullmatch(str(part)))]
            problems.add(file, ".".join(filter(None, where)), _WORDS.get(misfit["type"], misfit["msg"]))
        return None


def missing_secret(name: str) -> str:
    """What is wrong where a secret is named that nobody gave."""
    advice = "`vestibule secrets set`, or `--secrets FILE` of commands that run the app, gives it"
    return f"{_NO_SECRET} {name!r}: {advice}" if name else "the name of a secret is missing"


def is_missing_secret(problem: Problem) -> bool:
    """Whether all that is wrong is that a secret is not there."""
    return problem.message.startswith(_NO_SECRET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What every part of an app folder is read with."""

    app_id: str
    files: AppFiles
    problems: Problems
    secrets: Mapping[str, str] = field(repr=False)
    environment_values: Mapping[str, Json]

    def tree(self, file: str) -> Json:
        """The JSON of a file, expanded; None where it could not be read."""
        return expand(self.files.read_json(file), self.environment_values, lambda at, why: self.problem(file, at, why))

    def manifest(self, file: str, model: type[AnyManifest]) -> AnyManifest | None:
        """A file that holds one object."""
        tree = self.tree(file)
        return None if tree is None else self.check(file, "", tree, model)

    def manifests(self, file: str, model: type[AnyManifest]) -> list[tuple[str, AnyManifest]]:
        """A file that holds an array of objects, each with its place in it; `{}` is an empty array."""
        tree = self.tree(file)
        if tree is None or tree == {}:
            return []
        if not isinstance(tree, list):
            self.problem(file, "", "the file has to hold an array")
            return []
        checked = ((str(index), self.check(file, str(index), entry, model)) for index, entry in enumerate(tree))
        return [(place, entry) for place, entry in checked if entry is not None]

    def check(self, file: str, place: str, tree: object, model: type[AnyManifest]) -> AnyManifest | None:
        """JSON as a manifest; each misfit is a problem at its place."""
        return check(self.problems, file, place, tree, model)

    def document(self, file: str, place: str, tree: object) -> Document:
        """JSON that carries Extended JSON, decoded to values; empty where it cannot be."""
        try:
            value = loads(json.dumps(tree))
        except EjsonError as error:
            self.problem(file, place, f"not Extended JSON: {error}")
            return {}
        if isinstance(value, dict):
            return value
        self.problem(file, place, "has to be an object")
        return {}

    def secret(self, file: str, place: str, name: str) -> str:
        """The text of a secret; a secret that does not exist is a problem."""
        if name not in self.secrets:
            self.problem(file, place, missing_secret(name))
        return self.secrets.get(name, "")

    def problem(self, file: str, place: str, message: str) -> None:
        """Note a problem and go on."""
        self.problems.add(file, place, message)
