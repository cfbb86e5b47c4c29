"""The folder appears whole or not at all, and is built once."""

from pathlib import Path

import pytest

from congto.sample import build
from congto.sample.folder import Staging, finished, identity
from congto.vocabulary.errors import CongtoError, RefusedError
from congto.vocabulary.periods import Period

WANTED = identity("2026-10", 7, expand=False)


def made(folder: Path, text: str) -> None:
    staging = Staging(folder)
    (staging.path / "units.csv").write_text(text, encoding="utf-8")
    staging.finish(WANTED | {"counts": {"units": 1}, "energy": {"fed_wh": 2}})


def test_a_finished_folder_is_known_by_what_was_asked(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    assert finished(folder, WANTED) is None
    made(folder, "code\n")
    manifest = finished(folder, WANTED)
    assert manifest is not None
    assert manifest["files"]["units.csv"]["bytes"] == 5
    for other in (
        identity("2026-11", 7, expand=False),
        identity("2026-10", 8, expand=False),
        identity("2026-10", 7, expand=True),
    ):
        assert finished(folder, other) is None


def test_a_folder_that_lost_a_file_is_not_finished(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    made(folder, "code\n")
    (folder / "units.csv").unlink()
    assert finished(folder, WANTED) is None


def test_a_kill_before_the_end_leaves_the_old_folder(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    made(folder, "old\n")
    staging = Staging(folder)
    (staging.path / "units.csv").write_text("new", encoding="utf-8")
    assert (folder / "units.csv").read_text(encoding="utf-8") == "old\n"
    made(folder, "third\n")
    assert (folder / "units.csv").read_text(encoding="utf-8") == "third\n"
    assert [path.name for path in tmp_path.iterdir()] == ["sample"]


def test_another_one_s_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RefusedError, match="not a sample utility"):
        Staging(tmp_path)
    assert (tmp_path / "letters.txt").read_text(encoding="utf-8") == "mine"


def test_build_returns_at_once_when_all_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    month = Period.month(2026, 10)
    staging = Staging(folder)
    wanted = identity("2026-10-01/2026-11-01", 7, expand=False)
    staging.finish(wanted | {"counts": {"units": 33}, "energy": {"fed_wh": 2}})
    report = build(folder, month=month)
    assert report.reused
    assert report.counts == {"units": 33}


def test_without_the_extra_a_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(CongtoError, match=r"simbench is not installed.*congto\[demo\]"):
        build(tmp_path / "sample", month=Period.month(2026, 10))
