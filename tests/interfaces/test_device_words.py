"""Sentences about rows of devices on a Vietnamese screen."""

import ast
from pathlib import Path

from django.utils import translation

from congto.interfaces.console import device_words
from spoken import phrases

SOURCE = Path(device_words.__file__).parents[2]
SPEAKING = (
    "office/devices/onboarding.py",
    "office/devices/onboarding_certificates.py",
    "office/devices/onboarding_keys.py",
    "office/devices/onboarding_rules.py",
    "interfaces/files/devices/reader.py",
    "interfaces/files/devices/models.py",
)
NO_WORDS = ("SELECT ", "{}:{}/{}", "{}; {}")


def test_every_phrase_about_a_row_has_its_vietnamese():
    said = set()
    for name in SPEAKING:
        said |= phrases(ast.parse((SOURCE / name).read_text(encoding="utf-8")))
    assert len(said) > 60
    unknown = sorted(
        one
        for one in said
        if one not in device_words.PHRASES and not any(word in one for word in NO_WORDS)
    )
    assert unknown == []


def test_both_sides_of_a_phrase_hold_the_same():
    uneven = [
        one for one, said in device_words.PHRASES.items() if one.count("{}") != said.count("{}")
    ]
    assert uneven == []


def test_a_reason_is_said_in_the_language_of_the_screen():
    reason = "profile congto-simulator needs authentication, unicast, and the row has none"
    with translation.override("vi"):
        assert device_words.phrase(reason) == (
            "mẫu congto-simulator cần authentication, unicast, mà dòng không có"
        )
        assert device_words.phrase("meter M7 is not in the books") == "công tơ M7 chưa có trong sổ"
    with translation.override("en"):
        assert device_words.phrase(reason) == reason
