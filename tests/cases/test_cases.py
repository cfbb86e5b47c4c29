"""Walks tests/cases/<engine>/<sentence_in_snake_case>/: case.yaml, given/, then/.

case.yaml says `source` (where the expected values come from, never the code under test), `title`,
and `known_failure` with a reason where the case does not hold yet.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from cases.runners import RUNNERS

HERE = Path(__file__).parent
SENTENCE = re.compile(r"[a-z0-9]+(_[a-z0-9]+){2,}")
KEYS = {"source", "title", "known_failure"}


def folders() -> list[Path]:
    return sorted(path.parent for path in HERE.glob("*/*/case.yaml"))


def described(folder: Path) -> dict[str, str]:
    return yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", folders(), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_case(folder: Path, request: pytest.FixtureRequest):
    reason = described(folder).get("known_failure")
    if reason:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    RUNNERS[folder.parent.name](folder / "given", folder / "then")


@pytest.mark.parametrize("folder", folders(), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_case_is_described(folder: Path):
    case = described(folder)
    assert case.keys() <= KEYS
    assert case["source"].strip()
    assert case["title"].strip()
    assert SENTENCE.fullmatch(folder.name), "the folder's name is a sentence in snake case"
    assert any((folder / "given").iterdir())
    assert any((folder / "then").iterdir())


def test_every_wanted_case_has_a_folder_and_every_folder_is_wanted():
    wanted = yaml.safe_load((HERE / "coverage.yaml").read_text(encoding="utf-8"))
    found = {(path.parent.name, path.name) for path in folders()}
    assert {(engine, name) for engine, names in wanted.items() for name in names} == found


def test_every_folder_of_an_engine_has_a_case_and_a_runner():
    engines = {path.name for path in HERE.iterdir() if path.is_dir() and path.name[0] not in "_."}
    assert engines <= RUNNERS.keys()
    for engine in engines:
        for folder in (HERE / engine).iterdir():
            assert (folder / "case.yaml").exists(), f"{folder} has no case.yaml"
