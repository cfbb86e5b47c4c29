"""Findings of half-hours have an English sentence, whatever rule, action and figures."""

import re
from datetime import date

import polars as pl
from django.utils import translation

from congto.engines.intervals.findings import explain
from congto.engines.intervals.rules import RULES
from congto.interfaces.console.finding_words import finding_text
from congto.office.campaigns.finishing import TEXTS
from congto.office.campaigns.opening import given_up
from congto.vocabulary.frames.intervals import DAY_FINDINGS
from congto.vocabulary.intervals import Action, Channel

VIETNAMESE = re.compile(r"[à-ỹđĐ]")


def said() -> list[str]:
    """Return every sentence the rules can say, with figures on either side of each other."""
    figures = [(5, 3), (3, 5), (-4, 0), (31, 0), (1_234_500, 1_000_000)]
    rows = [
        {
            "rule": rule,
            "action": action.value,
            "usage_point": 1,
            "channel": channel.value,
            "local_day": date(2026, 11, 18),
            "first": first,
            "last": 47,
            "observed": observed,
            "expected": expected,
            "subject": "PE01",
        }
        for rule in RULES
        for action in Action
        for channel in Channel
        for first in (0, 13)
        for observed, expected in figures
    ]
    schema = {**DAY_FINDINGS.columns, "subject": pl.String()}
    texts: list[str] = explain(pl.DataFrame(rows, schema=schema))["text"].unique().to_list()
    return texts


def test_no_sentence_stays_vietnamese_in_english() -> None:
    with translation.override("en"):
        left = [text for text in map(finding_text, said()) if VIETNAMESE.search(text)]
    assert left == []


def test_a_sentence_in_both_languages() -> None:
    text = (
        "Điểm đo PE01, ngày 18/11/2026, 06:30-10:30: thiếu 8 giá trị nửa giờ."
        " Cần thu thập lại từ công tơ."
    )
    with translation.override("en"):
        assert finding_text(text) == (
            "Usage point PE01, 18/11/2026, 06:30-10:30: 8 half-hours are missing."
            " Read the meter again."
        )
    with translation.override("vi"):
        assert finding_text(text) == text


def test_findings_of_meters_read_from_afar_have_an_english_sentence():
    texts = [text % {"fault": "bad_tag"} % "SIM0070000001" for text in TEXTS.values()]
    day = pl.DataFrame(
        {
            "serial": ["SIM1"],
            "device": [1],
            "unit_id": [1],
            "local_day": [date(2026, 9, 1)],
            "lacking": [3],
        }
    )
    texts += given_up(day)["text"].to_list()
    assert len(texts) == 4
    with translation.override("en"):
        told = [finding_text(text) for text in texts]
    assert [text for text in told if VIETNAMESE.search(text)] == []
