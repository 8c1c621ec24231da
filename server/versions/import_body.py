"""The JSON body of an import, turned into the files that it stands for (contract 12.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from server.apps.layouts.layout import CONFIG_VERSION, ROOT_FILE, ROOT_FILES
from server.apps.source import Tree
from server.apps.strict_json import dump as dump_json
from server.versions.paths import UnsafePath, check_path, file_name

Json: TypeAlias = object
Files: TypeAlias = dict[str, bytes]

_ROOT_FIELDS = (
    "name", "location", "deployment_model", "provider_region", "environment", "allowed_request_origins",
)  # fmt: skip
_KEPT = re.compile(
    r"functions/(package\.json|package-lock\.json|node_modules(\.|/).*)|vestibule\.json|auth/(security\.json|mail/.*)"
)
"""What no such body can carry stays as it is: dependencies, which have a route of their own (contract 12.6), and what
vendor tools do not know. A push by such a tool must not lift what an app was narrowed to."""


class ImportBodyError(ValueError):
    """The body of an import has a part that is not what it should be; the message names it."""


def tree_of_body(body: Mapping[str, Json], *, app_id: str, before: Tree) -> Tree:
    """The files that the body stands for, as the app `app_id`; `before` is what it replaces. Raises ImportBodyError."""
    if not body.keys() & {*_PARTS, *_ROOT_FIELDS}:
        raise ImportBodyError(
            "the body has no part of an app, and would leave nothing of it; an empty one has its 'name'"
        )
    root = {"config_version": CONFIG_VERSION, "app_id": app_id}
    files = {path: content for path, content in before.items() if _KEPT.fullmatch(path)}
    files[ROOT_FILE] = dump_json(root | {name: body[name] for name in _ROOT_FIELDS if name in body})
    try:
        for name, read in _PARTS.items():
            if body.get(name):
                files |= read(name, body[name])
        for path in files:
            check_path(path)
    except UnsafePath as error:
        raise ImportBodyError(str(error)) from None
    return files


def tree_of_files(files: Tree, *, app_id: str) -> Tree:
    """Uploaded files, as the app `app_id`: the root file may name another one (contract 12.2)."""
    for path in ROOT_FILES:
        if path in files:
            return {**files, path: _renamed(files[path], app_id)}
    return files


def _renamed(root: bytes, app_id: str) -> bytes:
    try:
        fields = json.loads(root)
    except (ValueError, RecursionError):
        return root
    return dump_json({**fields, "app_id": app_id}) if isinstance(fields, dict) else root


def _environments(name: str, part: Json) -> Files:
    return {f"environments/{file_name(tag)}": dump_json(content) for tag, content in _object(name, part).items()}


def _auth(name: str, part: Json) -> Files:
    return {f"auth/{file_name(key)}.json": dump_json(content) for key, content in _object(name, part).items()}


def _auth_providers(name: str, part: Json) -> Files:
    """As newer tools send them: an array (contract 12.2)."""
    providers = [_object(f"{name}.{index}", entry) for index, entry in enumerate(_array(name, part))]
    return {"auth/providers.json": dump_json({str(one.get("name") or one.get("type")): one for one in providers})}


def _user_data(name: str, part: Json) -> Files:
    return {"auth/custom_user_data.json": dump_json(_object(name, part))}


def _functions(name: str, part: Json) -> Files:
    functions = _object(name, part)
    sources = _object(f"{name}.sources", functions.get("sources") or {})
    files = {f"functions/{path}": _text(f"{name}.sources.{path}", source) for path, source in sources.items()}
    return files | {"functions/config.json": dump_json(functions.get("config") or [])}


def _add(files: Files, more: Files) -> None:
    """Add to the files; of two parts that would be one file, neither is dropped in silence."""
    for path in more:
        if path in files:
            raise ImportBodyError(f"two parts of the body would both be {path}: their names have to differ")
    files.update(more)


def _named(folder: str) -> Callable[[str, Json], Files]:
    """One file an object, called by its name."""

    def read(name: str, part: Json) -> Files:
        files: Files = {}
        for index, entry in enumerate(_array(name, part)):
            one = _object(f"{name}.{index}", entry)
            _add(files, {f"{folder}/{file_name(str(one.get('name')))}.json": dump_json(one)})
        return files

    return read


def _data_sources(name: str, part: Json) -> Files:
    files: Files = {}
    for index, entry in enumerate(_array(name, part)):
        source = _object(f"{name}.{index}", entry)
        config = _object(f"{name}.{index}.config", source.get("config"))
        folder = f"data_sources/{file_name(str(config.get('name')))}"
        _add(files, {f"{folder}/config.json": dump_json(config)})
        if source.get("default_rule"):
            files[f"{folder}/default_rule.json"] = dump_json(source["default_rule"])
        for rule in _array(f"{name}.{index}.rules", source.get("rules") or []):
            _add(files, _collection(folder, _object(f"{name}.{index}.rules", rule)))
    return files


def _collection(source: str, rule: dict[str, Json]) -> Files:
    folder = f"{source}/{file_name(str(rule.get('database')))}/{file_name(str(rule.get('collection')))}"
    apart = ("schema", "relationships")
    files = {f"{folder}/{part}.json": dump_json(rule[part]) for part in apart if rule.get(part)}
    rules = {name: value for name, value in rule.items() if name not in apart}
    return files | {f"{folder}/rules.json": dump_json(rules)}


def _endpoints(name: str, part: Json) -> Files:
    config = _object(name, part).get("config")
    return {"http_endpoints/config.json": dump_json(config)} if config else {}


def _services(name: str, part: Json) -> Files:
    files: Files = {}
    for index, entry in enumerate(_array(name, part)):
        service = _object(f"{name}.{index}", entry)
        config = _object(f"{name}.{index}.config", service.get("config"))
        folder = f"services/{file_name(str(config.get('name')))}"
        _add(files, {f"{folder}/config.json": dump_json(config)})
        for rule in _array(f"{name}.{index}.rules", service.get("rules") or []):
            rule_name = file_name(str(_object(f"{name}.{index}.rules", rule).get("name")))
            _add(files, {f"{folder}/rules/{rule_name}.json": dump_json(rule)})
        for webhook in _array(f"{name}.{index}.incoming_webhooks", service.get("incoming_webhooks") or []):
            _add(files, _webhook(folder, _object(f"{name}.{index}.incoming_webhooks", webhook)))
    return files


def _webhook(service: str, webhook: dict[str, Json]) -> Files:
    config = _object(f"{service}.incoming_webhooks.config", webhook.get("config"))
    folder = f"{service}/incoming_webhooks/{file_name(str(config.get('name')))}"
    source = _text(f"{folder}.source", webhook.get("source") or "")
    return {f"{folder}/config.json": dump_json(config), f"{folder}/source.js": source}


def _passed_through(folder: str) -> Callable[[str, Json], Files]:
    """Parts that nothing here reads: kept as they came."""
    return lambda name, part: {f"{folder}/{file_name(name)}.json": dump_json(part)}


_PARTS: Mapping[str, Callable[[str, Json], Files]] = {
    "environments": _environments,
    "auth": _auth,
    "auth_providers": _auth_providers,
    "custom_user_data": _user_data,
    "functions": _functions,
    "triggers": _named("triggers"),
    "values": _named("values"),
    "data_sources": _data_sources,
    "endpoints": _endpoints,
    "http_endpoints": _services,
    "services": _services,
    "log_forwarders": _named("log_forwarders"),
    "data_api_config": _passed_through("http_endpoints"),
    "graphql": _passed_through("graphql"),
    "sync": _passed_through("sync"),
}


def _object(name: str, part: Json) -> dict[str, Json]:
    if not isinstance(part, dict):
        raise ImportBodyError(f"'{name}' has to be an object")
    return part


def _array(name: str, part: Json) -> list[Json]:
    if not isinstance(part, list):
        raise ImportBodyError(f"'{name}' has to be an array")
    return part


def _text(name: str, part: Json) -> bytes:
    if not isinstance(part, str):
        raise ImportBodyError(f"'{name}' has to be a string")
    return part.encode("utf-8", "surrogatepass")
