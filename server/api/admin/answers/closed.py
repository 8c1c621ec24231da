"""The form that all answers have which name every field."""

from __future__ import annotations

from pydantic import ConfigDict
from typing_extensions import TypedDict


class Closed(TypedDict):
    """Has the fields that it names and no others."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]
