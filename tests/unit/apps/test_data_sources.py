"""Where a data source keeps its documents: a URI from the operator or from the app's secrets, else a file."""

from __future__ import annotations

import pytest

from server.apps.folder import read_app
from server.apps.mongodb_uris import why_not_uri
from server.apps.problems import AppFolderError
from server.settings import SettingsError, read_settings
from tests.unit.apps.conftest import WriteApp

URI = "mongodb://user:sesame@db.example/?replicaSet=rs0"
SOURCE: dict[str, object] = {"name": "mongodb-atlas", "type": "mongodb", "secret_config": {"uri": "mongoUri"}}
FILE = "data_sources/mongodb-atlas/config.json"


def test_secret_says_where_a_data_source_is(write_app: WriteApp) -> None:
    """`secret_config.uri` names a secret; its text is never shown."""
    folder = write_app({FILE: SOURCE})
    secrets = {"signingKey": "x" * 40, "mongoUri": URI}
    source = read_app(folder, secrets=secrets).data_source("mongodb-atlas")

    assert source.uri == URI
    assert "sesame" not in repr(source)


@pytest.mark.parametrize(
    ("secrets", "text"),
    [({}, "there is no secret 'mongoUri'"), ({"mongoUri": "db.example"}, "must be a mongodb:// URI")],
)
def test_unusable_secret_is_a_problem(write_app: WriteApp, secrets: dict[str, str], text: str) -> None:
    """A data source without its address is not silently kept in a file."""
    with pytest.raises(AppFolderError, match=text) as refusal:
        read_app(write_app({FILE: SOURCE}), secrets=secrets)

    assert "db.example" not in str(refusal.value)


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("mongodb+srv://a:b@db.example/app?retryWrites=true&w=majority&authSource=admin", ""),
        ("mongodb://a:b@db.example/?authMechanism=SCRAM-SHA-256&tls=true", ""),
        ("mongodb://key:secret@db.example/?authMechanism=MONGODB-AWS", ""),
        ("mongodb://one.sock.example,two.example:27018/db@x", ""),
        ("mongodb://db.example/?authMechanism=MONGODB-AWS", "as the server's machine"),
        ("mongodb://db.example/x@y?authmechanism=mongodb-aws", "as the server's machine"),
        ("mongodb://a:b@db.example/?authMechanism=DEFAULT;authMechanism=GSSAPI", "as the server's machine"),
        ("mongodb://db.example/?authMechanism=MONGODB-OIDC", "as the server's machine"),
        ("mongodb://db.example/?authMechanismProperties=ENVIRONMENT:k8s", "the server's machine's own"),
        ("mongodb://db.example/?tls=true&tlsCAFile=/etc/ssl/x.pem", "the server's machine's own"),
        ("mongodb://db.example/?tlsCertificateKeyFile=%2Fetc%2Fkey.pem", "the server's machine's own"),
        ("mongodb://%2Ftmp%2Fmongodb-27017.sock/", "a socket of the server's machine"),
        ("mongodb://a:b@db.example,%2frun%2fm.sock", "a socket of the server's machine"),
        ("mongodb+unix://db.example", "must be a mongodb:// URI"),
    ],
)
def test_app_s_own_uri_uses_nothing_of_the_machine(uri: str, text: str) -> None:
    """An author cannot have the server show its own credentials, files or sockets to a database of theirs."""
    assert text in (why_not_uri(uri) or "")
    assert bool(text) == bool(why_not_uri(uri))
    assert "db.example" not in (why_not_uri(uri) or "")


def test_operator_names_uris() -> None:
    """Several data sources stand between spaces, or are several options; URIs keep their own `=` signs."""
    environment = {"VESTIBULE_DATA_SOURCE": f"mongodb-atlas={URI}  other=mongodb+srv://host"}

    assert read_settings(environment, {}).data_source_uris == {"mongodb-atlas": URI, "other": "mongodb+srv://host"}
    assert read_settings({}, {"data_source": [f"a={URI}"]}).data_source_uris == {"a": URI}
    assert "sesame" not in repr(read_settings(environment, {}))


@pytest.mark.parametrize("text", ["mongodb-atlas", URI, "a=http://host", "=mongodb://host", "a=mongodb://"])
def test_other_texts_are_refused(text: str) -> None:
    """A misspelt setting stops the start, and is not repeated: it may hold a password."""
    with pytest.raises(SettingsError, match="NAME=mongodb://"):
        read_settings({"VESTIBULE_DATA_SOURCE": text}, {})
