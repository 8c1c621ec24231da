"""Rules at deployment: every problem is told with its path, and none is taken over."""

from __future__ import annotations

import pytest

from server.ejson import Document
from server.rules.compile import RulesError, compile_rules
from tests.unit.rules.rule_files import RuleFiles, role


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ({"apply_when": {}}, "roles.0.name"),
        ({"name": "r"}, "roles.0.apply_when"),
        (role(apply_when={"$who": 1}), "roles.0.apply_when.$who"),
        (role(apply_when={"%%args.x": 1}), "roles.0.apply_when.%%args.x"),
        (role(read="yes"), "roles.0.read"),
        (role(write={"a": {"$regex": "x"}}), "roles.0.write.a.$regex"),
        (role(reed=True), "roles.0.reed"),
        (role(search="yes"), "roles.0.search"),
        (role(document_filters={"delete": True}), "roles.0.document_filters.delete"),
        (role(document_filters=True), "roles.0.document_filters"),
        (role(fields=[]), "roles.0.fields"),
        (role(fields={"a": True}), "roles.0.fields.a"),
        (role(fields={"a": {"fields": {"b": {"raed": True}}}}), "roles.0.fields.a.fields.b.raed"),
        (role(additional_fields={"fields": {}}), "roles.0.additional_fields.fields"),
    ],
)
def test_malformed_role(written: Document, path: str) -> None:
    """A part of a role that means nothing is told, not skipped."""
    with pytest.raises(RulesError) as refused:
        compile_rules([RuleFiles(roles=(written,))])

    assert [problem.path for problem in refused.value.problems] == [path]


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ({}, "filters.0.apply_when"),
        ({"apply_when": {"owner": 1}}, "filters.0.apply_when.owner"),
        ({"apply_when": {"%%root.owner": 1}}, "filters.0.apply_when.%%root.owner"),
        ({"apply_when": True, "query": {"%%user.id": 1}}, "filters.0.query.%%user.id"),
        ({"apply_when": True, "query": {"a": "%%root.b"}}, "filters.0.query.a"),
        ({"apply_when": True, "projection": {"a": 1, "b": 0}}, "filters.0.projection"),
        ({"apply_when": True, "projection": {"a": "$b"}}, "filters.0.projection.a"),
        ({"apply_when": True, "qurey": {}}, "filters.0.qurey"),
    ],
)
def test_malformed_filter(written: Document, path: str) -> None:
    """A filter that would not filter is told."""
    with pytest.raises(RulesError) as refused:
        compile_rules([RuleFiles(filters=(written,))])

    assert [problem.path for problem in refused.value.problems] == [path]


def test_all_problems_are_told_at_once() -> None:
    """An author mends everything in one go."""
    with pytest.raises(RulesError) as refused:
        compile_rules(
            [RuleFiles(roles=(role(read=1), role(write=1)), schema={"required": 1})],
            RuleFiles(database="", collection="", roles=(role(delete=1),)),
        )

    assert [str(problem).split(": an ")[0].split(": must")[0] for problem in refused.value.problems] == [
        "default rule: roles.0.delete",
        "db.items: roles.0.read",
        "db.items: roles.1.write",
        "db.items: schema.required",
    ]


def test_exported_rules_compile() -> None:
    """What the original exports is taken as it is, nulls and ids included."""
    written = role(
        _id="5f4863e4d49bd2191ff1e623",
        document_filters={"read": {"%or": [{"owner": "%%user.id"}, {"shared": True}]}, "write": None},
        fields={"a": {"read": True, "fields": {}}},
        additional_fields={},
        insert=True,
        delete=True,
        search=True,
        read=None,
    )

    compile_rules([RuleFiles(roles=(written,), schema={})])


def test_too_deep_fields_are_a_problem() -> None:
    """Nesting beyond the limit is told, not run into."""
    fields: Document = {}
    for _ in range(500):
        fields = {"a": {"fields": fields}}

    with pytest.raises(RulesError):
        compile_rules([RuleFiles(roles=(role(fields=fields),))])
