"""The files of an app's data sources as their authors write them: links, rules, roles (contract 9.1, 10.1)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from server.apps.manifest import Array, Expression, JsonObject, Manifest


class DataSourceSecrets(Manifest):
    """`secret_config` of a data source: names of secrets (contract 12.3)."""

    uri: str = ""


class DataSourceFile(Manifest):
    """`data_sources/<name>/config.json`."""

    name: str = Field(min_length=1)
    type: Literal["mongodb-atlas", "mongodb", "datalake"]
    config: JsonObject = Field(default_factory=dict)
    secret_config: DataSourceSecrets = DataSourceSecrets()


class RoleEntry(Manifest):
    """What is checked of a role here; the whole role is compiled with the rules."""

    name: str = Field(min_length=1, max_length=100)
    apply_when: Expression = Field(default_factory=dict)


class FilterEntry(Manifest):
    """What is checked of a filter here."""

    name: str = ""
    apply_when: Expression = Field(default_factory=dict)


class RulesFile(Manifest):
    """`rules.json` and `default_rule.json` (contract 10.1)."""

    database: str = ""
    collection: str = ""
    roles: Array[RoleEntry] = ()
    filters: Array[FilterEntry] = ()
