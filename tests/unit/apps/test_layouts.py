"""Older layouts read as the current one, go back without loss, and their mistakes are told by their own files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.apps.folder import read_app, read_folder, read_tree
from server.apps.layouts.convert import in_layout, to_current
from server.apps.layouts.layout import LAYOUTS, Layout
from server.apps.problems import AppFolderError
from server.apps.source import Tree
from server.apps.strict_json import dump
from tests.unit.apps.conftest import GOOD_APP, Content, WriteApp
from tests.unit.apps.test_problems import SECRETS

OLDER = [layout for layout in LAYOUTS if not layout.is_current]
OLD_APP: Mapping[str, Content] = {
    "stitch.json": {
        "config_version": 20180301,
        "app_id": "shop-abcde",
        "name": "shop",
        "security": {"allowed_request_origins": ["https://shop.example"]},
        "custom_user_data_config": {
            "enabled": True,
            "mongo_service_name": "mongodb-atlas",
            "database_name": "shop",
            "collection_name": "users",
            "user_id_field": "user_id",
        },
        "hosting": {"enabled": False},
    },
    "secrets.json": {
        "auth_providers": {"oauth2-google": {"clientSecret": "google's"}},
        "services": {"mongodb-atlas": {"uri": "mongodb://db.example"}},
    },
    "auth_providers/anon-user.json": {"id": "1", "name": "anon-user", "type": "anon-user", "disabled": False},
    "auth_providers/oauth2-google.json": {
        "name": "oauth2-google",
        "type": "oauth2-google",
        "config": {"clientId": "shop"},
    },
    "functions/login/config.json": {"name": "login", "private": True, "run_as_system": True},
    "functions/login/source.js": "exports = () => 1;",
    "functions/plain/config.json": {"name": "plain"},
    "functions/plain/source.js": "exports = () => 2;",
    "services/mongodb-atlas/config.json": {"name": "mongodb-atlas", "type": "mongodb", "config": {}},
    "services/mongodb-atlas/rules/shop.orders.eu.json": {
        "database": "shop",
        "collection": "orders.eu",
        "roles": [{"name": "owner", "apply_when": {}, "read": True}],
        "schema": {"bsonType": "object"},
        "relationships": {"a": {"ref": "#/x"}},
    },
    "services/web/config.json": {"name": "web", "type": "http", "config": {}},
    "services/web/incoming_webhooks/pay/config.json": {"name": "pay"},
    "services/web/incoming_webhooks/pay/source.js": "exports = () => 3;",
    "triggers/new.json": {
        "name": "new",
        "type": "AUTHENTICATION",
        "function_name": "plain",
        "config": {"operation_type": "CREATE", "providers": ["anon-user"]},
    },
    "values/v.json": {"name": "v", "value": 1, "private": True},
}


def write(folder: Path, files: Mapping[str, Content]) -> Path:
    """The files as a folder."""
    for path, content in files.items():
        if content is not None:
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else dump(content))
    return folder


def version(files: Tree) -> str:
    """The content hash, as the store makes it."""
    return sha256(json.dumps({path: sha256(files[path]).hexdigest() for path in sorted(files)}).encode()).hexdigest()


def test_an_old_export_is_read_whole(tmp_path: Path) -> None:
    """Every part arrives where the current layout has it."""
    app = read_app(write(tmp_path, OLD_APP), secrets={})

    assert app.allowed_request_origins == ("https://shop.example",)
    assert app.custom_user_data.collection == "users"
    assert {name for name in app.functions if "/" not in name} == {"login", "plain"}
    assert app.functions["login"].run_as_system
    assert set(app.providers) == {"anon-user", "oauth2-google"}
    source = app.data_sources["mongodb-atlas"]
    assert (source.uri, source.collections[0].collection) == ("mongodb://db.example", "orders.eu")
    assert source.collections[0].schema == {"bsonType": "object"}
    assert [webhook.route for webhook in app.webhooks] == ["/service/web/incoming_webhook/pay"]
    assert [trigger.name for trigger in app.triggers] == ["new"]


def test_texts_of_secrets_are_kept_apart(tmp_path: Path) -> None:
    """They get names, the files refer to these, and no file holds a text."""
    read = read_folder(write(tmp_path, OLD_APP), secrets={})

    assert read.secrets == {
        "__oauth2-google_clientSecret": "google's",
        "__mongodb-atlas_uri": "mongodb://db.example",
    }
    assert not [path for path, content in read.files.items() if b"google's" in content or b"db.example" in content]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_an_app_is_the_same_in_every_layout(write_app: WriteApp, tmp_path: Path, layout: Layout) -> None:
    """Exported and read again, nothing that the server knows of it has changed."""
    folder = write_app({})
    before = read_app(folder, secrets=SECRETS)
    written = in_layout(read_tree(folder).files, layout)
    again = tmp_path / "again" / folder.name
    for path, content in written.items():
        (again / path).parent.mkdir(parents=True, exist_ok=True)
        (again / path).write_bytes(content)
    after = read_app(again, secrets=SECRETS)

    assert (again / layout.root_file).exists()
    assert replace(after, version=before.version, open_packages=before.open_packages) == before


def test_an_old_export_goes_back_as_it_came(tmp_path: Path) -> None:
    """All its files but the texts of secrets, which are never exported."""
    current = read_tree(write(tmp_path, OLD_APP))
    back = in_layout(current.files, LAYOUTS[-1])

    expected = {path: content for path, content in OLD_APP.items() if path != "secrets.json"}
    assert back.keys() == expected.keys()
    for path, content in expected.items():
        if path.endswith(".json") and "secret" not in back[path].decode():
            assert json.loads(back[path]) == content, path


names = st.text("abcXYZ019_-", min_size=1, max_size=6)
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8)
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8
)
objects = st.dictionaries(names, trees, max_size=4)


@st.composite
def apps(draw: st.DrawFn) -> Tree:
    """Files of any app in the current layout, with anything in their fields."""
    files: dict[str, object] = {
        "realm_config.json": draw(objects) | {"config_version": 20210101, "allowed_request_origins": ["https://x"]}
    }
    if draw(st.booleans()):
        files["auth/custom_user_data.json"] = draw(objects)
    kinds = draw(st.sets(st.sampled_from(["anon-user", "api-key", "custom-function", "oauth2-google"])))
    files["auth/providers.json"] = {kind: draw(objects) | {"type": kind} for kind in kinds}
    functions = draw(st.sets(st.lists(names, min_size=1, max_size=3).map("/".join), max_size=5))
    files["functions/config.json"] = [
        draw(objects) | {"name": name} for name in sorted(functions) if draw(st.booleans())
    ]
    for service in draw(st.sets(names, max_size=2)):
        folder = f"data_sources/{service}"
        files[f"{folder}/config.json"] = draw(objects) | {"name": service, "type": "mongodb-atlas"}
        for collection in draw(st.sets(st.tuples(names, names | st.just("a.b")), max_size=3)):
            for part in draw(st.sets(st.sampled_from(["rules", "schema", "relationships"]), min_size=1)):
                files[f"{folder}/{'/'.join(collection)}/{part}.json"] = draw(objects)
    for value in draw(st.sets(names, max_size=2)):
        files[f"values/{value}.json"] = draw(trees)
    made = {path: dump(content) for path, content in files.items()}
    return made | {f"functions/{name}.js": draw(st.binary(max_size=20)) for name in functions}


@settings(deadline=None)
@given(apps(), st.sampled_from(OLDER))
def test_any_app_survives_every_layout(files: Tree, layout: Layout) -> None:
    """What is exported and imported is exported alike again, and is the same version."""
    older = in_layout(files, layout)
    imported = to_current(older).files
    again = in_layout(imported, layout)

    assert again == older
    assert version(to_current(again).files) == version(imported)
    for other in OLDER:
        assert version(to_current(in_layout(imported, other)).files) == version(imported)


@pytest.mark.parametrize(
    ("changes", "file", "field", "words"),
    [
        ({"stitch.json": ""}, "stitch.json", "", "the file is empty"),
        ({"stitch.json": "{{ template }}"}, "stitch.json", "", "not JSON"),
        ({"stitch.json": []}, "stitch.json", "", "has to be an object"),
        ({"stitch.json": {"config_version": 20200603}}, "stitch.json", "config_version", "20180301"),
        ({"stitch.json": {"app_id": "a/b"}}, "stitch.json", "app_id", "not a valid name"),
        ({"stitch.json": {"security": 1}}, "stitch.json", "security", "has to be an object"),
        (
            {"stitch.json": {"security": {"allowed_request_origins": 1}}},
            "stitch.json",
            "security.allowed_request_origins",
            "array",
        ),
        (
            {"stitch.json": {"custom_user_data_config": {"enabled": "x"}}},
            "stitch.json",
            "custom_user_data_config.enabled",
            "true or false",
        ),
        (
            {"auth_providers/anon-user.json": {"type": "anon-user", "disabled": 1}},
            "auth_providers/anon-user.json",
            "disabled",
            "true or false",
        ),
        ({"auth_providers/anon-user.json": "{"}, "auth_providers/anon-user.json", "", "not JSON"),
        (
            {"auth_providers/other.json": {"type": "anon-user"}},
            "auth_providers/other.json",
            "type",
            "two providers of type 'anon-user'",
        ),
        (
            {"functions/login/config.json": {"name": "login", "private": "yes"}},
            "functions/login/config.json",
            "private",
            "true or false",
        ),
        ({"functions/login/config.json": {"name": "x"}}, "functions/login/config.json", "name", "of another name"),
        ({"functions/login/source.js": None}, "functions/login/config.json", "", "no source.js"),
        ({"functions/login.js": "1"}, "functions/login/source.js", "", "would become functions/login.js"),
        (
            {"services/mongodb-atlas/rules/a.b.json": {"roles": [{"name": ""}]}},
            "services/mongodb-atlas/rules/a.b.json",
            "roles.0.name",
            "at least 1",
        ),
        (
            {"services/mongodb-atlas/rules/a.b.json": {"schema": []}},
            "services/mongodb-atlas/rules/a.b.json",
            "schema",
            "has to be an object",
        ),
        (
            {"services/mongodb-atlas/rules/a.b.json": {"namespace": "a.b", "read": {}}},
            "services/mongodb-atlas/rules/a.b.json",
            "namespace",
            "older than roles",
        ),
        (
            {"services/mongodb-atlas/rules/orders.json": {"roles": []}},
            "services/mongodb-atlas/rules/orders.json",
            "database",
            "whose it is",
        ),
        ({"secrets.json": {"services": {"gone": {"key": "x"}}}}, "secrets.json", "services.gone.key", "belongs to"),
        ({"secrets.json": {"services": {"web": {"key": 1}}}}, "secrets.json", "services.web.key", "a string"),
        ({"secrets.json": {"others": {}}}, "secrets.json", "others", "auth_providers and services"),
    ],
)
def test_mistakes_are_told_by_the_folders_own_files(
    tmp_path: Path, changes: Mapping[str, Content], file: str, field: str, words: str
) -> None:
    """By file and field as their author wrote them, not as the current layout has them."""
    with pytest.raises(AppFolderError) as refusal:
        read_app(write(tmp_path, {**OLD_APP, **changes}), secrets={})

    problems = refusal.value.problems
    assert [one for one in problems if (one.file, one.field) == (file, field) and words in one.message], problems


@pytest.mark.parametrize(
    ("path", "content", "field"),
    [
        ("data_sources/mongodb-atlas/a.b/c/rules.json", {"roles": []}, ""),
        ("data_sources/mongodb-atlas/shop/orders/rules.json", {"schema": {}}, "schema"),
        ("realm_config.json", {"custom_user_data_config": {}}, "custom_user_data_config"),
        ("realm_config.json", {"security": {"allowed_request_origins": []}}, "security.allowed_request_origins"),
        ("functions/config.json", [{"name": "gone", "private": True}], "gone"),
        ("auth/providers.json", {"anon-user": {"type": "api-key"}}, "anon-user"),
        ("services/other/config.json", {"name": "other", "type": "mongodb-atlas"}, ""),
        ("auth_providers/api-key.json", {"type": "api-key"}, ""),
    ],
)
def test_what_an_older_layout_cannot_say_is_refused(path: str, content: Content, field: str) -> None:
    """By file and field; nothing is dropped in silence."""
    good = {file: dump(text) if not isinstance(text, str) else text.encode() for file, text in GOOD_APP.items()}
    with pytest.raises(AppFolderError) as refusal:
        in_layout({**good, path: dump(content)}, OLDER[0])

    told = [(problem.file, problem.field) for problem in refusal.value.problems]
    assert (path, field) in told or ("auth/providers.json", field) in told, refusal.value.problems
