"""Rules of arrears: what is shipped says what the law says, and a wrong file is refused."""

from __future__ import annotations

from datetime import date

import pytest

from congto.engines.arrears import in_force
from congto.reference.arrears import load_arrears
from congto.reference.fields import shipped
from congto.vocabulary.errors import InvalidInputError, NotInForceError


def test_the_law_of_a_day() -> None:
    """Law 61/2024/QH15 article 48(4) from 01/02/2025; Law 28/2004 article 23(6) before."""
    laws = load_arrears().laws
    old, new = in_force(laws, date(2025, 1, 31)), in_force(laws, date(2025, 2, 1))
    asked = [
        (law.notices, law.apart_days, law.cut_from_days, law.cut_until_days, law.warning_hours)
        for law in (old, new)
    ]
    assert asked == [(2, 0, 15, None, 24), (2, 3, 0, 10, 24)]


def test_before_the_first_law_there_is_none() -> None:
    with pytest.raises(NotInForceError, match="2004-01-01"):
        in_force(load_arrears().laws, date(2004, 1, 1))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (('rate: "10"', 'rate: "20.5"'), "at most 20 percent"),
        (('notices: "2"', 'notices: "0"'), "from 1 to 9"),
        (('cut_hour: "8"', 'cut_hour: "24"'), "from 0 to 23"),
        (('from: "2025-02-01"', 'from: "2005-07-01"'), "order of their days"),
        (("warning_hours", "warning_days"), "unknown key"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, change, sentence) -> None:
    text = shipped(None).joinpath("arrears.yaml").read_text("utf-8")
    (tmp_path / "arrears.yaml").write_text(text.replace(*change), "utf-8")
    with pytest.raises(InvalidInputError, match=sentence):
        load_arrears(tmp_path)
