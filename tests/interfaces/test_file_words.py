"""Sentences of files on a Vietnamese screen."""

import ast
import re
from pathlib import Path

import polars as pl
import pytest
from django.utils import translation

from congto.interfaces.console import file_words
from congto.vocabulary.frames.readings import ROW_ERRORS
from spoken import phrases

SOURCE = Path(file_words.__file__).parents[2]
READERS = (
    "interfaces/files/delivery.py",
    "interfaces/files/cast.py",
    "interfaces/files/readings",
    "interfaces/files/concentrators",
    "interfaces/files/events",
    "interfaces/intake/contents.py",
    "office/intake/taking.py",
    "office/meterdata/events.py",
    "office/meterdata/delivered_registers.py",
)
ENGLISH = ("loader.py", "writer.py")
"""What is said of an adapter itself, to the engineer who writes it: on no screen."""
NO_WORDS = re.compile(r"[%^\\]|SELECT|dict\[|\{\} line \{\}: \{\}|^Green Button$")
"""Patterns, queries, a type, the frame of a sentence, and a name."""


def test_every_phrase_of_the_readers_has_its_vietnamese():
    files = [one for name in READERS for one in [SOURCE / name, *(SOURCE / name).rglob("*.py")]]
    said = set()
    for path in files:
        if path.is_file() and path.name not in ENGLISH:
            said |= phrases(ast.parse(path.read_text(encoding="utf-8")))
    known = {one.strip() for one in file_words.PHRASES} | {"one row per"}
    assert len(said) > 100
    assert (
        sorted(one for one in said if one.strip() not in known and not NO_WORDS.search(one)) == []
    )


def test_both_sides_of_a_phrase_hold_the_same():
    uneven = [
        one for one, said in file_words.PHRASES.items() if one.count("{}") != said.count("{}")
    ]
    assert uneven == []


@pytest.mark.parametrize(
    ("english", "vietnamese"),
    [
        (
            "day.csv is empty; expected the records 100, 200, 300 and 900; deliver the file again.",
            "day.csv trống; cần các dòng 100, 200, 300 và 900; giao lại tệp.",
        ),
        (
            "a.csv is empty; expected a header with the columns code, kwh; deliver the file again.",
            "a.csv trống; cần dòng tiêu đề có các cột code, kwh; giao lại tệp.",
        ),
        ("something else", "something else"),
    ],
)
def test_a_sentence_is_said_in_vietnamese(english: str, vietnamese: str):
    with translation.override("vi"):
        assert file_words.whole(english) == vietnamese
    with translation.override("en"):
        assert file_words.whole(english) == english


def test_a_row_is_said_in_vietnamese():
    row = {
        "file": "day.csv",
        "line": 9,
        "column": "values",
        "found": "the day has 49 values",
        "expected": "48 values and 55 fields",
        "action": "deliver the whole day again",
    }
    errors = pl.DataFrame([row], schema=ROW_ERRORS.columns)
    with translation.override("vi"):
        assert file_words.rows(errors) == [
            "day.csv dòng 9: ngày có 49 giá trị; cần 48 giá trị và 55 trường; giao lại trọn ngày."
        ]
