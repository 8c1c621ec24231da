"""The data sources of an app folder with their rules and schemas, decoded but not compiled (contract 9.5, 10.1)."""

from __future__ import annotations

from server.apps.data_source_files import DataSourceFile, RulesFile
from server.apps.model import CollectionRules, DataSource, DefaultRule
from server.apps.mongodb_uris import why_not_uri
from server.apps.reading import Reading
from server.apps.strict_json import Json
from server.ejson import Document


def read_data_sources(reading: Reading) -> dict[str, DataSource]:
    """All data sources by the name in their `config.json`."""
    sources: dict[str, DataSource] = {}
    for folder in reading.files.folders("data_sources"):
        file = f"{folder}/config.json"
        entry = reading.manifest(file, DataSourceFile)
        if entry is None:
            continue
        if entry.name in sources:
            reading.problem(file, "name", f"the data source {entry.name!r} appears twice")
        sources[entry.name] = DataSource(
            name=entry.name,
            type=entry.type,
            config=reading.document(file, "config", entry.config),
            uri=_uri(reading, file, entry.secret_config.uri),
            default_rule=_default_rule(reading, f"{folder}/default_rule.json"),
            collections=_collections(reading, folder),
        )
    return sources


def _uri(reading: Reading, file: str, secret_name: str) -> str | None:
    if not secret_name:
        return None
    uri = reading.secret(file, "secret_config.uri", secret_name)
    why_not = why_not_uri(uri) if uri else None
    if why_not is not None:
        reading.problem(file, "secret_config.uri", f"the secret {secret_name!r} {why_not}")
    return uri or None


def _default_rule(reading: Reading, file: str) -> DefaultRule | None:
    tree = reading.tree(file) if reading.files.has(file) else None
    if tree is None or reading.check(file, "", tree, RulesFile) is None:
        return None
    return DefaultRule(
        roles=_documents(reading, file, tree, "roles"), filters=_documents(reading, file, tree, "filters")
    )


def _collections(reading: Reading, source: str) -> tuple[CollectionRules, ...]:
    found: dict[tuple[str, str], CollectionRules] = {}
    for database in reading.files.folders(source):
        for folder in reading.files.folders(database):
            rules = _collection(reading, folder)
            if rules is None:
                continue
            place = (rules.database, rules.collection)
            if place in found:
                reading.problem(f"{folder}/rules.json", "", f"the collection {'.'.join(place)} appears twice")
            found[place] = rules
    return tuple(found.values())


def _collection(reading: Reading, folder: str) -> CollectionRules | None:
    """The rules of `<database>/<collection>`; the file's own names win, since they may be expanded."""
    file = f"{folder}/rules.json"
    tree = reading.tree(file) if reading.files.has(file) else {}
    entry = None if tree is None else reading.check(file, "", tree, RulesFile)
    if entry is None:
        return None
    database, collection = folder.split("/")[-2:]
    return CollectionRules(
        database=entry.database or database,
        collection=entry.collection or collection,
        roles=_documents(reading, file, tree, "roles"),
        filters=_documents(reading, file, tree, "filters"),
        schema=_schema(reading, f"{folder}/schema.json"),
    )


def _schema(reading: Reading, file: str) -> Document | None:
    """The JSON Schema; `{}` is none (contract 10.5)."""
    tree = reading.tree(file) if reading.files.has(file) else None
    return reading.document(file, "", tree) or None if tree is not None else None


def _documents(reading: Reading, file: str, tree: Json, field: str) -> tuple[Document, ...]:
    """The objects of an array, as they stand in the file: what a role says beyond its name is judged with the rules."""
    entries = tree.get(field) if isinstance(tree, dict) else None
    if not isinstance(entries, list):
        return ()
    return tuple(reading.document(file, f"{field}.{index}", entry) for index, entry in enumerate(entries))
