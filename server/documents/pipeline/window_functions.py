"""The functions of `$setWindowFields`: each gives one value for every document of a partition."""

from __future__ import annotations

from typing import Final

from server.documents.errors import FAILED_TO_PARSE, DocumentError
from server.documents.pipeline.accumulators import ACCUMULATORS
from server.documents.pipeline.framed_functions import COVARIANCES, SLOPES, accumulated, covariance, slope
from server.documents.pipeline.frames import Frame, read_frame
from server.documents.pipeline.partition_values import WindowFunction
from server.documents.pipeline.unframed_functions import RANKS, UNFRAMED
from server.ejson import Document, Value

NOT_IN_WINDOWS: Final = frozenset({"$mergeObjects", "$accumulator"})


def compile_window_function(name: str, specification: Value, order: Document) -> WindowFunction:
    """The function of the output field `name`."""
    if not isinstance(specification, dict):
        raise DocumentError(FAILED_TO_PARSE, f"The field '{name}' must be an object")
    operators = [given for given in specification if given.startswith("$")]
    if not operators:
        raise DocumentError(FAILED_TO_PARSE, "Expected a $-prefixed window function")
    if len(operators) > 1:
        raise DocumentError(FAILED_TO_PARSE, "Cannot specify two functions in window function spec")
    unknown = next((given for given in specification if given not in (operators[0], "window")), None)
    if unknown is not None:
        raise DocumentError(FAILED_TO_PARSE, f"Window function found an unknown argument: {unknown}")
    return _compile(name, operators[0], specification, order)


def _compile(name: str, operator: str, specification: Document, order: Document) -> WindowFunction:
    operand = specification[operator]
    if operator in UNFRAMED:
        if "window" in specification:
            if operator in RANKS:
                raise DocumentError(5371601, "Rank style window functions take no other arguments")
            raise DocumentError(FAILED_TO_PARSE, f"{operator} does not accept a 'window' field")
        return UNFRAMED[operator](operator, operand, order)
    if operator in SLOPES:
        if "window" not in specification and operator == "$derivative":
            raise DocumentError(FAILED_TO_PARSE, f"{operator} requires explicit window bounds")
        return slope(operator, operand, order, read_frame(specification.get("window", {}), order))
    frame = read_frame(specification["window"], order) if "window" in specification else Frame()
    if operator in COVARIANCES:
        return covariance(operator, operand, frame)
    if operator not in ACCUMULATORS or operator in NOT_IN_WINDOWS:
        raise DocumentError(FAILED_TO_PARSE, f"Unrecognized window function, {operator}")
    return accumulated(name, {operator: operand}, frame)
