"""Bad gates are refused with file, key and reason."""

from __future__ import annotations

import pytest

from congto.reference.billing_gates import load_billing_gates
from congto.vocabulary.errors import InvalidInputError

ROW = """
source: "test"
rules:
  - rule: "BIL-102"
    group: "{group}"
    from: "2026-01-01"
    limits: {{periods: "{periods}", energy_wh: "100000"}}
    ladder: {ladder}
    source: "test"
    confidence: "inference"
"""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"group": "farming"}, "key group: found 'farming'"),
        ({"periods": "-3"}, "key periods: found '-3'"),
        ({"ladder": '[["4", "2"], ["3", "1"]]'}, "rising steps"),
        ({"ladder": '[["3"]]'}, "steps such as"),
        ({"ladder": '[["3", "9"]]'}, "levels up to 4"),
        ({"ladder": "[]"}, "rising steps"),
    ],
)
def test_a_wrong_row_is_refused(tmp_path, words, sentence) -> None:
    given = {"group": "", "periods": "3", "ladder": '[["3", "1"]]', **words}
    (tmp_path / "billing_gates.yaml").write_text(ROW.format(**given), encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"billing_gates\.yaml.*" + sentence):
        load_billing_gates(tmp_path)


def test_a_rule_given_twice_is_refused(tmp_path) -> None:
    row = ROW.format(group="", periods="3", ladder='[["3", "1"]]')
    again = row[row.index("  - rule") :]
    (tmp_path / "billing_gates.yaml").write_text(row + again, encoding="utf-8")
    with pytest.raises(InvalidInputError, match="BIL-102 for all twice"):
        load_billing_gates(tmp_path)
