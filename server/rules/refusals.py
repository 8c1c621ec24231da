"""What the rules refuse: a text for the caller, and for the author alone the role and the reason."""

from __future__ import annotations

from server.errors import AppError, ErrorCode


class RuleRefused(AppError):
    """An operation that the rules refuse; `str(error)` is for the caller, `explanation` for the app's author."""

    def __init__(self, code: ErrorCode, message: str, *, reason: str, role: str | None = None) -> None:
        super().__init__(code, message)
        self.reason = reason
        self.role = role

    @property
    def explanation(self) -> str:
        """Which role refused what, and why."""
        return f"{self.message}: {f'role {self.role!r}: ' if self.role is not None else ''}{self.reason}"


def refused(kind: str, reason: str, *, role: str | None = None) -> RuleRefused:
    """The refusal of a write: `kind` is insert, update or delete (contract 3.4, 10.2)."""
    return RuleRefused(ErrorCode.NO_MATCHING_RULE_FOUND, f"{kind} not permitted", reason=reason, role=role)


def unruled(database: str, collection: str) -> RuleRefused:
    """The refusal of everything in a collection without rules (contract 10.1)."""
    message = f"no rule exists for namespace '{database}.{collection}'"
    return RuleRefused(
        ErrorCode.NO_MATCHING_RULE_FOUND, message, reason="neither the collection nor the defaults have a role"
    )


def forbidden(name: str) -> RuleRefused:
    """The refusal of what MongoDB offers and users may not use (contract 5.5)."""
    message = f"{name[:80]} is not allowed for users"
    return RuleRefused(ErrorCode.MONGODB_ERROR, message, reason="only system functions may use it")
