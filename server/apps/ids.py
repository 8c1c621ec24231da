"""The ids an app has by its name alone, the same at each start and on each machine."""

from __future__ import annotations

from hashlib import sha256


def derived_id(app_id: str, *parts: str) -> str:
    """24 hex digits, shaped like an ObjectId, for a thing of the app (contract: ids)."""
    return sha256("\0".join((app_id, *parts)).encode()).hexdigest()[:24]


GROUP_ID = derived_id("vestibule", "group")
"""The one group of an installation, to which all its apps belong."""
