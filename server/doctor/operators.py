"""The operators and stages that the embedded documents refuse by name."""

from __future__ import annotations

from typing import Final

from server.documents.expressions.compiler import UNSUPPORTED as EXPRESSIONS
from server.documents.filters import UNSUPPORTED as GEOSPATIAL
from server.documents.filters import UNSUPPORTED_TOP_LEVEL as QUERIES
from server.documents.pipeline.stages import UNSUPPORTED as STAGES

REFUSED_OPERATORS: Final = EXPRESSIONS | GEOSPATIAL | QUERIES | STAGES
"""Keys of filters, stages and expressions; docs/documents.md lists them."""
