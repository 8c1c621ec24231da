"""Writes form fields as multipart/form-data (RFC 7578)."""

from __future__ import annotations

from collections.abc import Mapping

# HTML's rules for names: what would end the quoted name or the line is percent-encoded.
_NAME_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


def multipart_form(fields: Mapping[str, str], *, boundary: str) -> tuple[bytes, str]:
    """The body and its content type; `boundary` must be unguessable, so that no field can contain it."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name.translate(_NAME_ESCAPES)}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    body = "".join(parts) + f"--{boundary}--\r\n"
    return body.encode(), f"multipart/form-data; boundary={boundary}"
