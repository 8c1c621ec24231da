"""Judges what sources ask for by what the app and the server have: one table, a row for each kind of fact."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from yarl import URL

from runtime.modules import library
from runtime.modules.analysing import Fact
from server.apps.model import App
from server.context.address_guard import AllowedHosts, is_public
from server.context.egress import Egress
from server.context.host import GUEST_ACTIONS
from server.doctor.code import is_provided, package_of
from server.doctor.findings import Severity
from server.doctor.operators import REFUSED_OPERATORS
from server.errors import AppError

_BULK: Final = frozenset({"initializeOrderedBulkOp", "initializeUnorderedBulkOp"})
_SERVICE_ADVICE: Final = "send its requests with context.http, or use an npm package in their place"
_WRITES: Final = re.compile(r"append|write|mk|rm|unlink|rename|copy|ch(mod|own)|symlink|truncate|utimes|createWrite")
_HARMLESS_FILES: Final = frozenset({"existsSync", "exists", "constants", "promises"})
_SERVERS: Final = frozenset({"createServer", "Server", "createSecureServer"})
_SHIMS: Final[Mapping[str, str]] = {
    "fs": "a file system without files: reading says ENOENT, writing EROFS",
    "http": "the host sends its requests, each as a whole",
    "https": "the host sends its requests, each as a whole",
    "net": "the host opens its connections, and judges them like requests",
    "tls": "the host opens its connections, and judges them like requests",
    "dns": "names are resolved when something connects",
    "zlib": "by npm pako: neither Brotli nor Zstandard",
    "os": "what packages look at as they load",
    "async_hooks": "AsyncLocalStorage holds for synchronous code only",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is said of one fact."""

    severity: Severity
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What facts of one function are judged by; `packages` says why a package does not load."""

    app: App
    function: str
    services: Mapping[str, str]
    """The type of each folder in `services/`, by name."""
    packages: Mapping[str, str]
    allowed: AllowedHosts
    as_system: bool = False
    resolves: Callable[[str], bool] = lambda name: False


def judge(fact: Fact, view: View) -> Iterator[Judged]:
    """All that is to be said of a fact."""
    row = _ROWS.get(fact.kind)
    if row is not None:
        yield from row(fact, view)


def _fails(text: str, advice: str = "") -> Judged:
    return Judged(severity=Severity.FAILS, text=text, advice=advice)


def _warns(text: str, advice: str = "") -> Judged:
    return Judged(severity=Severity.WARNING, text=text, advice=advice)


def _shims(text: str) -> Judged:
    return Judged(severity=Severity.SHIM, text=text)


def _require(fact: Fact, view: View) -> Iterator[Judged]:
    name = fact.text("name")
    bare = name.removeprefix("node:")
    if library.substitute(name):
        yield _shims(f"the host computes npm {name}")
    elif bare in _SHIMS and is_provided(name):
        yield _shims(f"{bare}: {_SHIMS[bare]}")
    elif not is_provided(name):
        yield from _module(name, view)


def _module(name: str, view: View) -> Iterator[Judged]:
    package = package_of(name)
    if not view.resolves(name):
        if name.startswith("node:"):
            yield _fails(f"there is no module {name!r} here", "see docs/reference/javascript.md for Node's modules")
        elif package:
            yield _fails(
                f"npm {package} is not installed in functions/node_modules",
                f"run `npm install --ignore-scripts {package}` in functions/",
            )
        else:
            yield _fails(f"there is no file {name!r}", "mend the path, or add the file")
    elif view.packages.get(name):
        yield _fails(f"npm {name} does not load: {view.packages[name]}", "use another package or another version")


def _computed_require(fact: Fact, view: View) -> Iterator[Judged]:
    yield _warns("requires a module by a name that is put together at run time, which is not found", "write its name")


def _module_member(fact: Fact, view: View) -> Iterator[Judged]:
    module, member = fact.text("module"), fact.text("member")
    if module in library.REFUSING:
        yield _fails(f"uses {module}.{member}, and a function has no operating system", "call a service that does this")
    elif module in {"fs", "fs/promises"} and _WRITES.match(member):
        yield _fails(f"writes files by fs.{member}, and a function has none", "keep it in a document")
    elif module in {"fs", "fs/promises"} and member not in _HARMLESS_FILES:
        yield _warns(f"fs.{member} finds no file", "require() a .json or .js file, or keep it in a document")
    elif module in {"http", "https", "net", "tls"} and member in _SERVERS:
        yield _fails(f"{module}.{member} listens, which a function cannot", "make it an HTTPS endpoint")
    elif fact.about.get("missing"):
        yield _fails(f"{module}.{member} does not exist here", "see docs/reference/javascript.md for Node's modules")


def _value(fact: Fact, view: View) -> Iterator[Judged]:
    name = fact.text("name")
    if name and name not in view.app.values:
        yield _warns(f"there is no value {name!r}: it reads undefined", f"add values/{name}.json")


def _service(fact: Fact, view: View) -> Iterator[Judged]:
    name = fact.text("name")
    if not name or name == "http" or name in view.app.data_sources:
        return
    kind = view.services.get(name)
    if kind is None:
        yield _fails(f"there is no service {name!r}", "add it to data_sources/, or use the name of one that is there")
    elif kind != "http":
        yield _fails(f"services of type {kind!r} are not served ({name!r})", _SERVICE_ADVICE)


def _collection(fact: Fact, view: View) -> Iterator[Judged]:
    method, service = fact.text("method"), fact.text("service")
    if method not in GUEST_ACTIONS | _BULK:
        yield _fails(f"collections have no {method}()", "see docs/reference/host-calls.md for what they have")
    source = view.app.data_sources.get(service)
    database, name = fact.text("database"), fact.text("name")
    if source is None or view.as_system or not (database and name):
        return
    rules = source.rules_for(database, name)
    default = source.default_rule
    if not (rules and rules.roles) and not (default and default.roles):
        yield _warns(f"{database}.{name} has no rules, so users are refused", "add roles to its rules.json")


def _function(fact: Fact, view: View) -> Iterator[Judged]:
    name = fact.text("name")
    if name and name not in view.app.functions:
        yield _fails(f"calls the function {name!r}, which does not exist", "add it, or mend the name")


def _address(fact: Fact, view: View) -> Iterator[Judged]:
    host, method = fact.text("host"), fact.text("method")
    try:
        url = URL(re.sub(r"^ws", "http", fact.text("url")))
    except ValueError:
        yield _warns(f"calls {host!r}, which is no host")
        return
    yield Judged(severity=Severity.NOTE, text=f"calls {host}{f' ({method})' if method else ''}")
    try:
        Egress(view.app.policy.http(view.function)).check(method or "GET", url)
    except AppError:
        yield _fails(f"vestibule.json does not allow {method or 'requests'} to {host}", "add it to http.allow")
    if _is_private(url.raw_host or "") and not view.allowed.name(url):
        yield _fails(f"{host} is a private address", "have the operator name it in --allowed-hosts")


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    is_address = ":" in host or re.fullmatch(r"[0-9.]+", host) is not None
    try:
        return is_address and not is_public(host)
    except ValueError:
        return False


def _unknown_global(fact: Fact, view: View) -> Iterator[Judged]:
    name = fact.text("name")
    if name == "module":
        yield _fails("'module' is not defined in a function", "write `exports = ...`")
    else:
        yield _fails(f"{name!r} is not defined here", "see docs/reference/javascript.md for the globals")


def _operator(fact: Fact, view: View) -> Iterator[Judged]:
    name = fact.text("name")
    if name not in REFUSED_OPERATORS:
        return
    text = f"{name} is refused by the embedded documents"
    advice = "ask otherwise, or link a MongoDB (docs/how-to/real-mongodb.md)"
    linked = [source for source in view.app.data_sources.values() if source.uri is not None]
    yield _warns(text, advice) if linked else _fails(text, advice)


Row: TypeAlias = Callable[[Fact, View], Iterator[Judged]]
_ROWS: Final[Mapping[str, Row]] = {
    "require": _require,
    "computed-require": _computed_require,
    "module-member": _module_member,
    "value": _value,
    "service": _service,
    "collection": _collection,
    "function": _function,
    "after": _function,
    "address": _address,
    "unknown-global": _unknown_global,
    "operator": _operator,
}
