"""The functions of an app folder: sources, their configuration, their packages (contract 4.1, 4.3, 9.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from server.apps.manifest import FunctionEntry, PackageFile
from server.apps.model import Function
from server.apps.names import why_not_function
from server.apps.reading import Reading

_CONFIG = "functions/config.json"
_PACKAGE = "functions/package.json"
_WEBHOOK = re.compile("services/[^/]+/incoming_webhooks/[^/]+/source.js")


def read_functions(reading: Reading) -> dict[str, Function]:
    """All functions by name; a source without an entry has the defaults."""
    entries = _read_entries(reading)
    functions: dict[str, Function] = {}
    for file in _source_files(reading):
        name = function_name(file) or ""
        source = reading.files.read_text(file)
        if why := why_not_function(name):
            reading.problem(file, "", why)
        if name in functions:
            reading.problem(file, "", f"there is a functions/{functions[name].file} too")
        place, entry = entries.pop(name, ("", FunctionEntry(name=name)))
        functions[name] = _function(reading, place, entry, file, source or "")
    for name, (place, _) in entries.items():
        reading.problem(_CONFIG, f"{place}.name", f"there is no functions/{name}.js")
    return functions


def function_names(paths: Iterable[str]) -> list[str]:
    """The names of the functions among the files of an app, those of incoming webhooks included, in order."""
    parted = [(path.removeprefix("functions/"), path) for path in paths if not path.endswith(".d.ts")]
    own = [rest.rpartition(".")[0] for rest, path in parted if rest != path and rest.endswith((".js", ".ts"))]
    hooks = [path.removesuffix("/source.js") for rest, path in parted if _WEBHOOK.fullmatch(path)]
    return sorted({*own, *hooks})


def _source_files(reading: Reading) -> Iterator[str]:
    """JavaScript, then TypeScript."""
    for suffix in (".js", ".ts"):
        yield from (file for file in reading.files.tree("functions", suffix) if function_name(file) is not None)


def function_name(file: str) -> str | None:
    """The function that a file in `functions/` is; None for tests, declarations of types and all that is no source."""
    name, dot, suffix = file.removeprefix("functions/").rpartition(".")
    is_source = bool(dot) and suffix in {"js", "ts"} and not is_test(file) and not name.endswith(".d")
    return name if is_source else None


def is_test(file: str) -> bool:
    """Whether a file holds tests of functions: it stays with the app, and is never deployed as a function."""
    return file.endswith((".test.js", ".test.ts"))


def known_function(reading: Reading, functions: Mapping[str, Function], file: str, place: str, name: str) -> str:
    """The name, if there is such a function; otherwise it is a problem."""
    if name not in functions:
        reading.problem(file, place, f"there is no function {name!r}" if name else "the name of a function is missing")
    return name


def read_dependencies(reading: Reading) -> dict[str, str]:
    """The npm packages that the functions need, with their version ranges."""
    package = reading.manifest(_PACKAGE, PackageFile) if reading.files.has(_PACKAGE) else None
    return {} if package is None else dict(package.dependencies)


def _read_entries(reading: Reading) -> dict[str, tuple[str, FunctionEntry]]:
    entries: dict[str, tuple[str, FunctionEntry]] = {}
    if not reading.files.has(_CONFIG):
        return entries
    for place, entry in reading.manifests(_CONFIG, FunctionEntry):
        if entry.name in entries:
            reading.problem(_CONFIG, f"{place}.name", f"the function {entry.name!r} appears twice")
        entries[entry.name] = (place, entry)
    return entries


def _function(reading: Reading, place: str, entry: FunctionEntry, file: str, source: str) -> Function:
    can_evaluate = entry.can_evaluate
    return Function(
        name=entry.name,
        source=source,
        file=file.removeprefix("functions/"),
        private=entry.private,
        can_evaluate=can_evaluate
        if isinstance(can_evaluate, bool)
        else reading.document(_CONFIG, f"{place}.can_evaluate", can_evaluate),
        disable_arg_logs=entry.disable_arg_logs,
        run_as_system=entry.run_as_system,
        run_as_user_id=entry.run_as_user_id,
        run_as_user_id_script_source=entry.run_as_user_id_script_source,
    )
