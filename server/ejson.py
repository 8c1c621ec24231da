"""Extended JSON v2: canonical out, canonical and relaxed in."""

from __future__ import annotations

from typing import TypeAlias

Value: TypeAlias = object
Document: TypeAlias = dict[str, Value]
