"""`congto meter discover`: a file to look at, that reads the meter it was drafted from."""

import json

import pytest

from congto.headend.cosem.classes.association import (
    AccessRights,
    Association,
    AttributeAccess,
    ListedObject,
)
from congto.headend.cosem.classes.parts import CaptureObject
from congto.headend.cosem.classes.profile_generic import ProfileGeneric
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.obis import obis
from congto.interfaces.cli.main import main
from small_meter import CLOCK, EXPORT, LOAD, TOTAL, SmallMeter, listening

PLAIN = ["--profile", "generic", "--mechanism", "none"]
ASSOCIATION = obis("0-0:40.0.0*255")
ENERGY = obis("1-0:1.29.0*255")


@pytest.fixture
def meter():
    """A plain meter that shows a clock, two registers and a load profile of five columns."""
    made = SmallMeter(secured=False)
    values = made.objects.values
    profile = ProfileGeneric(LOAD)
    status = CaptureObject(1, obis("0-0:96.10.1*255"), 2)
    columns = [CaptureObject(8, CLOCK, 2), status]
    columns += [CaptureObject(3, obis(f"1-0:{code}.29.0*255"), 2) for code in (1, 2, 3)]
    values[LOAD, 3] = encode(profile.capture_objects.data(tuple(columns)))
    values[LOAD, 4] = bytes.fromhex("0600000708")
    values[LOAD, 6] = encode(profile.sort_object.data(columns[0]))
    for code, unit in ((1, 30), (2, 30), (3, 32)):
        values[obis(f"1-0:{code}.29.0*255"), 3] = bytes((2, 2, 0x0F, 0, 0x16, unit))
    shown = {(8, CLOCK): 2, (3, TOTAL): 3, (3, EXPORT): 3, (7, LOAD): 6}
    rows = tuple(
        ListedObject(
            class_id,
            0,
            name,
            AccessRights(tuple(AttributeAccess(at, 1, None) for at in range(1, last + 1)), ()),
        )
        for (class_id, name), last in shown.items()
    )
    values[ASSOCIATION, 2] = encode(Association.object_list.data(rows))
    return made


def test_a_draft_is_written_and_reads_the_meter(meter, tmp_path, capsys):
    path = tmp_path / "mine.yaml"
    with listening(meter) as place:
        assert main(["meter", "discover", place, *PLAIN, "--out", str(path)]) == 0
        told = capsys.readouterr()
        assert told.out == ""
        assert f"{place}: 4 objects, 2 registers; " in told.err
        span = ["--from", "2026-11-01", "--to", "2026-11-02"]
        assert main(["meter", "read", place, "--profile", str(path), *span, "--json"]) == 0
    read = json.loads(capsys.readouterr().out)
    assert read["refused"] == {}
    assert [one["value"] for one in read["registers"]] == [1_234_567, 42]
    assert read["half_hours"]["rows"][-1] == ["2026-11-01T23:30:00+07:00", 0, 147, 2, 3]
    assert meter.cut == 0


def test_without_a_file_the_draft_is_printed(meter, capsys):
    with listening(meter) as place:
        assert main(["meter", "discover", place, *PLAIN]) == 0
    told = capsys.readouterr().out
    assert told.startswith("# Draft of a profile")
    assert 'make: "any"  # check: the meter shows no logical device name\n' in told


def test_a_file_that_a_person_may_have_mended_is_not_written_over(tmp_path, capsys):
    path = tmp_path / "mine.yaml"
    path.write_text("mended")
    assert main(["meter", "discover", "10.0.0.1:4059", "--out", str(path)]) == 2
    assert "the file exists" in capsys.readouterr().err
    assert path.read_text() == "mended"
    assert main(["meter", "discover", "10.0.0.1:4059", "--out", "mine.txt"]) == 2
    assert "ends in .yaml" in capsys.readouterr().err
    absent = str(tmp_path / "absent" / "mine.yaml")
    assert main(["meter", "discover", "10.0.0.1:4059", "--out", absent]) == 2
    assert "a folder that exists" in capsys.readouterr().err


def test_a_meter_that_hangs_up_leaves_no_file(meter, tmp_path, capsys):
    path = tmp_path / "mine.yaml"
    meter.hang_up_at = 4
    with listening(meter) as place:
        assert main(["meter", "discover", place, *PLAIN, "--out", str(path)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "transient" in told
    assert not path.exists()


def test_a_meter_that_shows_nothing_is_one_sentence_and_exit_code_2(capsys):
    meter = SmallMeter(secured=False)
    with listening(meter) as place:
        assert main(["meter", "discover", place, *PLAIN]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "15/0-0:40.0.0*255/2 answered object-undefined" in told.err
    assert meter.cut == 0
