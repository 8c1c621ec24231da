"""Incoming webhooks, the older form of endpoints, are read from either of their folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.apps.folder import read_app
from server.apps.problems import AppFolderError

if TYPE_CHECKING:
    from tests.unit.apps.conftest import Content, WriteApp

SECRETS = {"signingKey": "k" * 40}
SOURCE = "exports = () => 1;"


def webhook(top: str, name: str, **config: object) -> dict[str, Content]:
    """The files of one webhook."""
    folder = f"{top}/http/incoming_webhooks/{name}"
    return {f"{folder}/config.json": {"name": name, **config}, f"{folder}/source.js": SOURCE}


def test_webhook_is_an_endpoint_with_a_private_function(write_app: WriteApp) -> None:
    """Its options are an endpoint's settings; without a user it runs as the system."""
    options = {"httpMethod": "POST", "validationMethod": "VERIFY_PAYLOAD", "secret": "the text"}
    app = read_app(write_app(webhook("services", "w", options=options, respond_result=True)), secrets=SECRETS)
    (found,) = app.webhooks
    function = app.function(found.function_name)

    assert (found.route, found.http_method, found.secret) == ("/service/http/incoming_webhook/w", "POST", "the text")
    assert (found.validation_method, found.respond_result) == ("VERIFY_PAYLOAD", True)
    assert (function.source, function.private, function.run_as_system) == (SOURCE, True, True)


@pytest.mark.parametrize("method", ["", "ANY", None])
def test_any_method(write_app: WriteApp, method: str | None) -> None:
    """No method is every method; the later folder of such services is read as well; users' functions stay theirs."""
    options = {} if method is None else {"httpMethod": method}
    files = webhook("http_endpoints", "w", options=options, run_as_authed_user=True, create_user_on_auth=True)
    app = read_app(write_app(files), secrets=SECRETS)
    (found,) = app.webhooks

    assert (found.http_method, found.create_user_on_auth) == ("*", True)
    assert not app.function(found.function_name).run_as_system


def test_secret_by_its_name(write_app: WriteApp) -> None:
    """A secret that exists by that name is meant before the text itself."""
    options = {"validationMethod": "SECRET_AS_QUERY_PARAM", "secret": "signingKey"}
    app = read_app(write_app(webhook("services", "w", options=options)), secrets=SECRETS)

    assert app.webhooks[0].secret == SECRETS["signingKey"]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        (webhook("services", "w", options={"validationMethod": "VERIFY_PAYLOAD"}), "options.secret", "missing"),
        (webhook("services", "w", options={"httpMethod": "FETCH"}), "options.httpMethod", "ANY"),
        (webhook("services", "w") | {"services/http/incoming_webhooks/w/source.js": None}, "", "not a file"),
        ({"services/http/incoming_webhooks/w/config.json": {"name": "v"}}, "name", "folder of another name"),
    ],
)
def test_bad_webhook_is_reported(write_app: WriteApp, changes: dict[str, Content], field: str, words: str) -> None:
    """File and field are named."""
    source: dict[str, Content] = {"services/http/incoming_webhooks/w/source.js": SOURCE}
    with pytest.raises(AppFolderError) as refused:
        read_app(write_app(source | changes), secrets=SECRETS)

    assert [problem for problem in refused.value.problems if problem.field == field and words in problem.message], (
        refused.value.problems
    )


def test_empty_secret_protects_nothing(write_app: WriteApp) -> None:
    """An endpoint that validates by a secret without text is refused."""
    with pytest.raises(AppFolderError) as refused:
        read_app(write_app({}), secrets={"signingKey": ""})

    assert any("is empty" in problem.message for problem in refused.value.problems)
