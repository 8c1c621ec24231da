"""Examines what functions say: their sources, the packages they load, and the powers that they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.errors import BuildFailed
from runtime.modules.analysing import Analyser
from runtime.modules.files import FilesInMemory, ModuleFiles
from runtime.supervisor import Sandboxes
from server.apps.authentication import CustomFunctionSettings, UserpassSettings
from server.apps.model import App, Function
from server.apps.packages import PackagesUnreadable
from server.context.address_guard import AllowedHosts
from server.context.deployment import image_source
from server.doctor.code import Code, Source, is_provided, package_of
from server.doctor.findings import Part, PartKind, Severity
from server.doctor.inventory import Files
from server.doctor.judging import View, judge
from server.doctor.packages import load_packages
from server.doctor.scene import Scene
from server.rules.expressions import read_expression
from server.rules.operands import Place, RuleError


@dataclass(slots=True, kw_only=True)
class FunctionsExamination:
    """All functions of an app, one after another."""

    scene: Scene
    sandboxes: Sandboxes
    allowed: AllowedHosts
    _packages: dict[str, str] = field(default_factory=dict)

    async def examine(self) -> Code:
        """Say of each function what is wrong with it; gives the sources that were read."""
        files = self._open_packages()
        code = Code(analyser=Analyser(self.sandboxes), files=files)
        sources = {
            function.name: await code.read(_path(function), function.source)
            for function in self.scene.app.functions.values()
        }
        self._packages = await load_packages(sorted(_required_packages(code)), files, self.sandboxes)
        helpers = {path for source in code.sources for path in source.modules}
        for name, source in sources.items():
            self._examine(self.scene.app.functions[name], source, code, is_helper=source.path in helpers)
        self._list_packages(code)
        await self._build()
        return code

    def _open_packages(self) -> ModuleFiles:
        try:
            return self.scene.app.open_packages()
        except PackagesUnreadable as error:
            self.scene.whole.add(Severity.FAILS, str(error), advice="pack functions/node_modules anew")
            prefix = "functions/"
            return FilesInMemory({path.removeprefix(prefix): each for path, each in self.scene.files.tree.items()})

    def _examine(self, function: Function, source: Source, code: Code, *, is_helper: bool) -> None:
        for part in self.scene.running(function.name):
            for each in code.reached(source):
                self._judge(part, function, each, code, is_own=each is source)
            if not is_helper:
                _check_exports(part, source, self.scene.file_of(function))
            _check_can_evaluate(part, function, self.scene.files)
            _check_powers(part, function, self.scene)

    def _judge(self, part: Part, function: Function, source: Source, code: Code, *, is_own: bool) -> None:
        own = self.scene.file_of(function)
        file = own if is_own else self.scene.files.place(f"functions/{source.path}")[0]
        if source.problem:
            part.add(Severity.FAILS, source.problem, advice="mend the source", file=file, line=source.line)
        view = self._view(function, source, code)
        for fact in source.facts:
            for judged in judge(fact, view):
                part.add(judged.severity, judged.text, advice=judged.advice, file=file, line=fact.line)

    def _view(self, function: Function, source: Source, code: Code) -> View:
        app = self.scene.app
        as_system = function.private or function.run_as_system or function.name in _run_as_system(app)
        return View(
            app=app, function=function.name, services=_service_types(self.scene),
            packages=self._packages, allowed=self.allowed, as_system=as_system,
            resolves=lambda name: code.resolve(name, source.path) is not None,
        )  # fmt: skip

    def _list_packages(self, code: Code) -> None:
        """The packages that the app lists, and those that it requires without listing them."""
        required = {package_of(name) for name in _required_names(code)} - {""}
        listed = self.scene.app.dependencies
        for name in sorted(listed):
            part = self.scene.files.part(PartKind.PACKAGE, name, (("functions/package.json", f"dependencies.{name}"),))
            failures = [why for path, why in self._packages.items() if package_of(path) == name and why]
            for why in failures:
                part.add(Severity.FAILS, f"does not load: {why}", advice="use another package or another version")
            if name not in required:
                part.add(Severity.NOTE, "no function requires it", advice="leave it out")
            self.scene.parts.append(part)

    async def _build(self) -> None:
        """The image of all functions together, where nothing said before why it cannot be made."""
        if any(part.verdict.name == "FAILS" for part in self.scene.parts if part.kind is PartKind.FUNCTION):
            return
        try:
            await self.sandboxes.build(await image_source(self.scene.app, self.sandboxes))
        except (BuildFailed, PackagesUnreadable) as error:
            self.scene.whole.add(Severity.FAILS, f"its functions do not compile together: {error}")


def _run_as_system(app: App) -> set[str]:
    """The functions that the server itself calls: triggers', and hooks of logins and accounts (contract 7, 8)."""
    called = {trigger.function_name for trigger in app.triggers}
    called.add(app.custom_user_data.on_user_creation_function or "")
    for provider in app.providers.values():
        match provider.settings:
            case CustomFunctionSettings(function_name=name):
                called.add(name)
            case UserpassSettings(confirmation_function=confirms, reset_function=resets):
                called |= {confirms or "", resets or ""}
            case _:
                pass
    return called


def _path(function: Function) -> str:
    return function.file or f"{function.name}.js"


def _required_names(code: Code) -> set[str]:
    return {fact.text("name") for source in code.sources for fact in source.of_kind("require")}


def _required_packages(code: Code) -> set[str]:
    """What is required of packages that are installed, as it is written."""
    return {
        fact.text("name")
        for source in code.sources
        for fact in source.of_kind("require")
        if package_of(fact.text("name"))
        and not is_provided(fact.text("name"))
        and code.resolve(fact.text("name"), source.path) is not None
    }


def _service_types(scene: Scene) -> Mapping[str, str]:
    """What stands in `services/`, by name: kept with the app, and not all of it served."""
    configs = [path for path in scene.files.tree if path.startswith("services/") and path.count("/") == 2]
    read = {path: scene.files.json(path) for path in configs if path.endswith("/config.json")}
    return {
        str(entry.get("name") or path.split("/")[1]): str(entry.get("type"))
        for path, entry in read.items()
        if isinstance(entry, dict)
    }


def _check_exports(part: Part, source: Source, file: str) -> None:
    kinds = {fact.text("type") for fact in source.of_kind("exports")}
    if not source.problem and (not kinds or kinds == {"ObjectExpression"}):
        text = "assigns no function to 'exports', so that it can be required, and not called"
        part.add(Severity.WARNING, text, advice="write `exports = function () { ... }`", file=file, line=1)


def _check_can_evaluate(part: Part, function: Function, files: Files) -> None:
    if function.can_evaluate in ({}, True):
        return
    try:
        read_expression(function.can_evaluate, place=Place.ARGUMENTS)
    except RuleError as error:
        file, line = files.place(*part.places[-1])
        part.add(Severity.FAILS, f"can_evaluate: {error}", advice="mend the expression", file=file, line=line)


def _check_powers(part: Part, function: Function, scene: Scene) -> None:
    is_open = not function.private and function.can_evaluate in ({}, True)
    if not (is_open and function.run_as_system):
        return
    anonymous = scene.app.providers.get("anon-user")
    who = "anybody" if anonymous is not None and not anonymous.disabled else "every user"
    file, line = scene.files.place(*part.places[-1])
    part.add(
        Severity.WARNING, f"{who} may call it, and it runs as system, past all rules",
        advice="make it private, or say in can_evaluate who may", file=file, line=line,
    )  # fmt: skip
