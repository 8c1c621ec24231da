"""How a server is run: read once from the command line and the environment, handed down, never changed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

PREFIX = "VESTIBULE_"
_BASE_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")
_DATA_SOURCE = re.compile(r"[^=\s]+=mongodb(\+srv)?://\S+")
MINUTES_30, YEARS_5 = 30 * 60, 5 * 365 * 24 * 3600


class SettingsError(Exception):
    """A setting that cannot be used; the message names it."""


class Settings(BaseModel):
    """Every setting with its unit and default; each may be given as an environment variable `VESTIBULE_<NAME>`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=9090, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    data_dir: Path = Path(".data")
    """Directory of everything kept: identities, documents, compiled code."""
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256)
    """Sandbox worker processes."""
    require_walls: bool = False
    """Refuse to serve where the kernel cannot confine the sandbox workers (Landlock and seccomp)."""
    http_workers: int = Field(default=1, ge=1, le=64)
    """HTTP server processes; the sandbox workers are shared out among them."""
    base_url: str = ""
    """URL by which clients reach the server, told them as their `location`; empty: the one they asked at."""
    access_token_seconds: int = Field(default=MINUTES_30, ge=1, le=24 * 3600)
    """Life of an access token (contract 1.5: 30 minutes)."""
    refresh_token_seconds: int = Field(default=60 * 24 * 3600, ge=MINUTES_30, le=YEARS_5)
    """Life of a refresh token (contract 1.5: 60 days; 30 minutes to 5 years)."""
    signing_key_days: int = Field(default=90, ge=0, le=3650)
    """Days after which a new key signs tokens; earlier keys go on verifying. 0: only when the operator says so."""
    audit_days: int = Field(default=365, ge=1, le=36500)
    """Days for which the audit log is kept."""
    log_days: float = Field(default=30, gt=0, le=36500)
    """Days for which entries of the apps' logs are kept; an app may want fewer."""
    log_megabytes: float = Field(default=1000, gt=0, le=1_000_000)
    """Megabytes of each app's log that are kept, the newest entries; an app may want fewer."""
    export_logs: Literal["off", "stdout"] = "off"
    """Write entries of the apps' logs to the standard output as they come, as JSON objects on lines."""
    otlp_endpoint: str = ""
    """OpenTelemetry collector that is sent the apps' logs by OTLP over HTTP; needs the extra `opentelemetry`."""
    recording_days: float = Field(default=7, gt=0, le=365)
    """Days after which a recording of a call expires."""
    recording_count: int = Field(default=200, ge=1, le=100_000)
    """Recordings of each app that are kept, the newest."""
    recording_megabytes: float = Field(default=64, gt=0, le=100_000)
    """Megabytes of each app's recordings that are kept, the newest."""
    allowed_hosts: tuple[str, ...] = ()
    """Private `host` or `host:port` that `context.http` may reach all the same; comma-separated."""
    function_seconds: float = Field(default=300.0, gt=0, le=3600)
    """Wall time of one function call (contract 4.5: 300 s)."""
    function_memory: int = Field(default=350 * 1024 * 1024, ge=8 * 1024 * 1024, le=512 * 1024 * 1024)
    """Bytes of memory of one function call (contract 4.5: 350 MB)."""
    function_cpu_seconds: float = Field(default=60.0, gt=0, le=3600)
    """Processor time of one function call."""
    concurrent_calls: int = Field(default=10_000, ge=1)
    """Function calls of one app that may be under way at once (contract 4.5: 10,000)."""
    queue: int = Field(default=10_000, ge=0)
    """Function calls of all apps that may wait for a sandbox."""
    data_source: tuple[str, ...] = Field(default=(), repr=False)
    """A real MongoDB behind a data source, `NAME=mongodb://...`; as often as there are such, between spaces."""
    trusted_proxies: int = Field(default=0, ge=0, le=8)
    """Reverse proxies in front, each of which appends to `X-Forwarded-For`; 0: the header is not believed."""
    failures_per_address: int = Field(default=100, ge=1, le=1_000_000_000)
    """Failed logins from one network address before it has to wait; many people may share an address."""
    smtp_url: str = ""
    """SMTP server, `smtp://[user@]host[:port]` or `smtps://`; empty: mails go to the folder `mail` of the data."""
    smtp_password_file: Path | None = None
    """File that holds the password of the SMTP server's user."""
    mail_from: str = "Vestibule <no-reply@localhost>"
    """Sender of mails."""
    metrics_token_file: Path | None = None
    """File that holds the token by which `/metrics` is read; without one the route does not exist."""
    console: bool = True
    """Serve the console, a page for administrators, at `/console`."""
    log_level: str = "INFO"
    """Least level that is logged: DEBUG, INFO, WARNING, ERROR."""
    log_format: Literal["text", "json"] = "text"
    """How records are logged: a line of text, or a JSON object on a line."""

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("data_source", mode="before")
    @classmethod
    def _split_at_spaces(cls, value: object) -> object:
        return tuple(value.split()) if isinstance(value, str) else value

    @field_validator("data_source")
    @classmethod
    def _known_scheme(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_DATA_SOURCE.fullmatch(source) for source in value):
            raise ValueError("must be NAME=mongodb://... or NAME=mongodb+srv://...")
        return value

    @field_validator("base_url", "otlp_endpoint")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        if value and not _BASE_URL.fullmatch(value):
            raise ValueError("must be http://HOST or https://HOST, with a port and a path if need be")
        return value.rstrip("/")

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @property
    def data_source_uris(self) -> dict[str, str]:
        """The URI of each data source that is a real MongoDB."""
        return {name: uri for name, _, uri in (source.partition("=") for source in self.data_source)}

    @property
    def signing_key_life(self) -> timedelta | None:
        """How old the newest signing key may be; None: as old as it gets."""
        return timedelta(days=self.signing_key_days) if self.signing_key_days else None

    @property
    def access_token_life(self) -> timedelta:
        """Life of an access token."""
        return timedelta(seconds=self.access_token_seconds)

    @property
    def refresh_token_life(self) -> timedelta:
        """Life of a refresh token."""
        return timedelta(seconds=self.refresh_token_seconds)


def read_settings(environment: Mapping[str, str], arguments: Mapping[str, object]) -> Settings:
    """Settings of the command line, else the environment, else the defaults. Raises SettingsError.

    A variable with our prefix that is no setting is refused: it is a misspelling that would otherwise go unseen.
    """
    given = {name[len(PREFIX) :].lower(): text for name, text in environment.items() if name.startswith(PREFIX)}
    unknown = sorted(given.keys() - Settings.model_fields.keys())
    if unknown:
        raise SettingsError(f"there is no setting {', '.join(PREFIX + name.upper() for name in unknown)}")
    chosen = {name: value for name, value in arguments.items() if value is not None}
    try:
        return Settings.model_validate(given | chosen)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
        raise SettingsError("; ".join(problems)) from None
