"""What an examination works with: the app as far as it can be read, its files, and its parts with their findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from server.apps.folder import Survey
from server.apps.model import App, Function
from server.apps.problems import Problem
from server.apps.reading import missing_secret
from server.doctor.findings import Part, PartKind, Severity
from server.doctor.inventory import Files, list_parts, owner_of, part_of_app
from server.doctor.secrets import WatchedSecrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One app under examination; `secrets_known` says that the operator's secrets were given."""

    app: App
    files: Files
    parts: list[Part]
    secrets: WatchedSecrets
    secrets_known: bool

    @classmethod
    def of(cls, app: App, survey: Survey, secrets: WatchedSecrets, *, secrets_known: bool) -> Scene:
        """The scene with what reading the folder found already said."""
        files = Files(tree=survey.files, older=survey.older_files, origins=survey.origins)
        scene = cls(
            app=app, files=files, parts=[part_of_app(app.app_id), *list_parts(files)], secrets=secrets,
            secrets_known=secrets_known,
        )  # fmt: skip
        for problem in survey.problems:
            scene._tell(problem)
        return scene

    @property
    def whole(self) -> Part:
        """The app itself."""
        return self.parts[0]

    def of_kind(self, kind: PartKind) -> Iterator[Part]:
        """Its parts of one kind."""
        return (part for part in self.parts if part.kind is kind)

    def running(self, function: str) -> list[Part]:
        """The parts that are a function, or where it stands among the incoming webhooks, its endpoint."""
        return [
            part
            for part in self.parts
            if (part.kind is PartKind.FUNCTION and part.name == function)
            or (part.kind is PartKind.ENDPOINT and part.runs == function and function.startswith("services/"))
        ]

    def file_of(self, function: Function) -> str:
        """Where a function's source is, relative to the app's folder."""
        if function.file:
            return self.files.place(f"functions/{function.file}")[0]
        places = (f"{function.name}/source.js", f"http_endpoints/{function.name.partition('/')[2]}/source.js")
        return next((place for place in places if place in self.files.tree), places[0])

    def _tell(self, problem: Problem) -> None:
        """A secret that is missing while none are known is no reason not to run; it has to be set before."""
        part = owner_of(self.parts, problem.file, problem.field)
        secret = self._missing_secret(problem)
        file, line = self.files.place(problem.file, problem.field)
        if secret is not None and not self.secrets_known:
            text, advice = f"needs the secret {secret!r}", "set it before you deploy, or check with --secrets FILE"
            part.add(Severity.WARNING, text, advice=advice, file=file, line=line)
            return
        advice = "set it with `vestibule secrets set`" if secret is not None else ""
        field = self.files.origins.problem(problem).field
        text = f"{field}: {problem.message}" if field else problem.message
        part.add(Severity.FAILS, text, advice=advice, file=file, line=line)

    def _missing_secret(self, problem: Problem) -> str | None:
        return next((name for name in self.secrets.missing if missing_secret(name) == problem.message), None)
