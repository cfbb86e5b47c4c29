"""Bad rules of half-hours are refused with file, key and reason."""

from __future__ import annotations

import pytest

from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import CustomerClass, SourceRole

ROW = """
source: "test"
rules:
  - rule: "V-08"
    class: "{customer_class}"
    roles: {roles}
    from: "2026-01-01"
    enabled: "{enabled}"
    limits: {{contract_percent: "{percent}"}}
    source: "test"
    confidence: "inference"
"""
GIVEN = {"customer_class": "", "roles": '["push"]', "enabled": "yes", "percent": "150"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"customer_class": "farm"}, "key class: found 'farm'"),
        ({"roles": "[]"}, "key roles: found"),
        ({"roles": '["radio"]'}, "key roles: found"),
        ({"enabled": "maybe"}, "key enabled: found 'maybe'"),
        ({"percent": "-1"}, "key contract_percent: found '-1'"),
    ],
)
def test_a_wrong_row_is_refused(tmp_path, words, sentence) -> None:
    (tmp_path / "interval_rules.yaml").write_text(ROW.format(**{**GIVEN, **words}), "utf-8")
    with pytest.raises(InvalidInputError, match=r"interval_rules\.yaml.*" + sentence):
        load_interval_rules(tmp_path)


def test_a_rule_given_twice_is_refused(tmp_path) -> None:
    row = ROW.format(**GIVEN)
    (tmp_path / "interval_rules.yaml").write_text(row + row[row.index("  - rule") :], "utf-8")
    with pytest.raises(InvalidInputError, match="V-08 for all twice"):
        load_interval_rules(tmp_path)


def test_a_row_is_read_as_it_stands(tmp_path) -> None:
    given = {**GIVEN, "customer_class": "network", "roles": '["push", "manual"]'}
    (tmp_path / "interval_rules.yaml").write_text(ROW.format(**given), "utf-8")
    (one,) = load_interval_rules(tmp_path)
    assert one.rule.customer_class is CustomerClass.NETWORK
    assert one.rule.roles == (SourceRole.PUSH, SourceRole.MANUAL)
    assert one.rule.limits == {"contract_percent": 150}
    assert one.enabled
