"""E-mail addresses as logins: which are addresses at all, and which are the same."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 254
"""Characters of an address (RFC 5321, 4.5.3.1.3)."""
# One @, no blanks, no control characters, nothing that means something in a mail's header or to a shell.
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f-\x9f]{1,64}@[^\s@<>()\[\]\\,;:\"/\x00-\x20\x7f-\x9f]+")


def is_email(text: str) -> bool:
    """Whether mail could be sent there; whether it arrives is what confirming is for."""
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None and not text.endswith(".")


def login_of(email: str, *, case_sensitive: bool) -> str:
    """The address as it is compared: without regard to case, unless the app wants the old behaviour (contract 1.3).

    What is longer than any address is nobody's; to normalise megabytes would hold up everybody else.
    """
    if len(email) > LONGEST:
        return ""
    return email if case_sensitive else unicodedata.normalize("NFKC", email).casefold()
