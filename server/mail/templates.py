"""What the mails say: the server's words, or the app's own."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from server.apps.authentication import MailKind, MailTemplate
from server.auth.ids import new_id
from server.login_records import Mail

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_SUBJECTS = {
    MailKind.CONFIRM: "Confirm your email address for {{app}}",
    MailKind.RESET: "Reset your password for {{app}}",
    MailKind.CHANGED: "Your password for {{app}} was changed",
}
_TEXTS = {
    MailKind.CONFIRM: """\
Somebody, hopefully you, registered {{email}} with {{app}}.

To confirm the address, open this link within {{minutes}} minutes:

{{link}}

If it was not you, there is nothing to do.
""",
    MailKind.RESET: """\
Somebody, hopefully you, asked for a new password for {{email}} with {{app}}.

To choose one, open this link within {{minutes}} minutes:

{{link}}

If it was not you, there is nothing to do; your password stays as it is.
""",
    MailKind.CHANGED: """\
The password of {{email}} with {{app}} was changed, and every device was logged out.

If it was not you, choose a new password at once.
""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a mail is about; an empty subject is the server's, and not every kind has a link."""

    kind: MailKind
    app_id: str
    app_name: str
    email: str
    link: str = ""
    minutes: int = 0
    subject: str = ""


def compose(letter: Letter, template: MailTemplate, *, now: datetime) -> Mail:
    """The mail in text and HTML. What people chose themselves cannot become markup, nor further header lines."""
    words = {
        "app": letter.app_name, "email": letter.email, "link": letter.link, "minutes": str(letter.minutes),
    }  # fmt: skip
    text = template.text or _TEXTS[letter.kind]
    markup = template.html or _as_html(text)
    escaped = {name: html.escape(word) for name, word in words.items()}
    subject = _filled(letter.subject or _SUBJECTS[letter.kind], words)
    return Mail(
        id=new_id(), app_id=letter.app_id, recipient=letter.email, subject=" ".join(subject.split()),
        text=_filled(text, words), html=_filled(markup, escaped), created_at=now,
    )  # fmt: skip


def link_with_token(url: str, token: str, token_id: str) -> str:
    """The app's page with token and token id in its query (contract 7.2)."""
    page, fragment_mark, fragment = url.partition("#")
    joint = "&" if "?" in page else "?"
    return f"{page}{joint}{urlencode({'token': token, 'tokenId': token_id})}{fragment_mark}{fragment}"


def _filled(template: str, words: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: words.get(match[1], match[0]), template)


def _as_html(text: str) -> str:
    """Paragraphs of the text; a line that is the link is one that can be clicked."""
    paragraphs = (html.escape(paragraph).replace("\n", "<br>\n") for paragraph in text.strip().split("\n\n"))
    marked = "".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs)
    return f"<!doctype html>\n<meta charset=utf-8>\n{marked}".replace("{{link}}", '<a href="{{link}}">{{link}}</a>')
