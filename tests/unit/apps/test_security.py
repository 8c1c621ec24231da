"""How an app guards its accounts, as its file says, and its mails' own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.apps.authentication import MailKind, SecuritySettings
from server.apps.folder import read_app
from server.apps.model import App
from server.apps.problems import AppFolderError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.unit.apps.conftest import Content, WriteApp

FILE = "auth/security.json"
SECRETS = {"signingKey": "k" * 40}


def read(write_app: WriteApp, files: Mapping[str, Content]) -> App:
    """The app with these files changed."""
    return read_app(write_app(files), secrets=SECRETS)


def test_app_without_the_file_has_the_safe_defaults(write_app: WriteApp) -> None:
    """Nothing has to be written to be guarded."""
    assert read(write_app, {}).security == SecuritySettings()


def test_rules_for_passwords_are_read(write_app: WriteApp) -> None:
    """Length, words and the mail about a change are the app's."""
    said: Content = {
        "minimum_password_length": 15,
        "password_words": ["lovelace", "engine"],
        "mail_password_changes": False,
    }
    found = read(write_app, {FILE: said}).security

    assert found.minimum_password_length == 15
    assert found.password_words == ("lovelace", "engine")
    assert not found.mails_password_changes


@pytest.mark.parametrize(
    "said",
    [
        {"minimum_password_length": 5},
        {"minimum_password_length": 65},
        {"minimum_password_length": "8"},
        {"password_words": "lovelace"},
        {"password_words": ["w"] * 1001},
        {"mail_password_changes": "no"},
        {"mails_password_changes": False},
    ],
)
def test_what_cannot_be_is_a_problem_of_the_file(write_app: WriteApp, said: dict[str, object]) -> None:
    """A rule that is out of bounds, or misspelled, is told and not passed over."""
    with pytest.raises(AppFolderError, match=FILE):
        read(write_app, {FILE: said})


def test_only_mails_with_a_purpose_need_their_link(write_app: WriteApp) -> None:
    """The mail about a changed password may do without a link, one that resets it may not."""
    words: dict[str, Content] = {"auth/mail/changed.txt": "{{email}} has a new password"}

    assert read(write_app, words).mail_templates[MailKind.CHANGED].text == "{{email}} has a new password"
    with pytest.raises(AppFolderError, match=r"auth/mail/reset\.txt"):
        read(write_app, {"auth/mail/reset.txt": "no way out"})
