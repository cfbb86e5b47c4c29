"""`congto meter read`: one command, one JSON; what is wrong is one sentence."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest

from congto.interfaces.cli.main import main
from congto.interfaces.cli.meter.keys import FileCounter
from small_meter import AUTHENTICATION, METER_TITLE, UNICAST, SmallMeter, listening

DAY = ["--from", "2026-11-01", "--to", "2026-11-02"]


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "keys.json"
    names = {"unicast_key": UNICAST, "authentication_key": AUTHENTICATION}
    names["system_title"] = METER_TITLE
    path.write_text(json.dumps({name: value.hex() for name, value in names.items()}))
    return path


def test_a_meter_is_read_into_one_json(keys, capsys):
    meter = SmallMeter()
    with listening(meter) as place:
        words = ["meter", "read", place, "--profile", "congto-simulator", "--keys", str(keys)]
        code = main([*words, *DAY, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert code == 1  # the small meter lacks four registers, which are named
    assert len(told["refused"]) == 4
    assert told["clock"] == "2026-11-02T06:00:00+07:00"
    assert {
        "channel": "A+",
        "register": "total",
        "value": 1_234_567,
        "unit": "Wh",
    } in told["registers"]
    rows = told["half_hours"]["rows"]
    assert told["half_hours"]["channels"] == ["A+", "A-", "Q+"]
    assert rows[0] == ["2026-11-01T00:00:00+07:00", 0, 100, 2, 3]
    assert rows[-1] == ["2026-11-01T23:30:00+07:00", 0, 147, 2, 3]
    assert told["released"] is True
    assert meter.cut == 0


def test_the_reading_is_dated_when_the_registers_are_answered(keys, capsys, monkeypatch):
    """Not when the command began: an association over a slow modem takes its time."""
    begun = datetime(2026, 11, 1, 23, 0, 0, tzinfo=UTC)  # 06:00 of the 2nd in Viet Nam
    told = itertools.count()
    monkeypatch.setattr(
        "congto.interfaces.cli.meter.read._now", lambda: begun + timedelta(seconds=next(told))
    )
    with listening(SmallMeter()) as place:
        words = ["meter", "read", place, "--profile", "congto-simulator", "--keys", str(keys)]
        main([*words, *DAY, "--json"])
    read = json.loads(capsys.readouterr().out)
    # 0 the command, 1 and 2 the association and its proof, 3 clock and registers in one list.
    assert read["read_at"] == "2026-11-02T06:00:03+07:00"
    assert read["clock_ahead_seconds"] == -3
    assert next(told) > 4  # the half-hours came later


def asking_meter():
    """A plain meter that says its columns, their scalers and its period."""
    meter = SmallMeter(secured=False)
    captured = [
        (8, "0000010000FF", 2),
        (1, "0000600A01FF", 2),
        (3, "0100011D00FF", 2),
        (3, "0100021D00FF", 2),
        (3, "0100031D00FF", 2),
    ]
    load = bytes.fromhex("0100630100FF")
    meter.objects.values[load, 3] = bytes((1, 5)) + b"".join(
        b"\x02\x04\x12" + kind.to_bytes(2) + b"\x09\x06" + bytes.fromhex(name)
        + b"\x0f" + bytes((number,)) + b"\x12\x00\x00"
        for kind, name, number in captured
    )  # fmt: skip
    meter.objects.values[load, 4] = b"\x06\x00\x00\x07\x08"  # 1800 seconds
    for name, exponent, unit in (("01", 1, 30), ("02", 0, 30), ("03", 0, 32)):
        code = bytes.fromhex(f"0100{name}1D00FF")
        meter.objects.values[code, 3] = bytes((2, 2, 0x0F, exponent, 0x16, unit))
    return meter


def test_a_generic_profile_asks_the_meter_for_scalers_and_columns(capsys):
    meter = asking_meter()
    with listening(meter) as place:
        main(["meter", "read", place, "--mechanism", "none", *DAY, "--json"])
    told = json.loads(capsys.readouterr().out)
    # The first register has scaler 1 here: 100 x 10 Wh.
    assert told["half_hours"]["rows"][0] == ["2026-11-01T00:00:00+07:00", 0, 1000, 2, 3]
    assert told["registers"][0]["value"] == 1_234_567


def test_a_column_without_a_known_scaler_is_left_out_and_named(capsys):
    meter = asking_meter()
    del meter.objects.values[bytes.fromhex("0100021D00FF"), 3]
    with listening(meter) as place:
        assert main(["meter", "read", place, "--mechanism", "none", *DAY, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["half_hours"]["channels"] == ["A+", "Q+"]
    assert told["half_hours"]["rows"][0][2:] == [1000, 3]
    assert "profile of the model" in told["refused"]["3/1-0:2.29.0*255/3"]


def test_no_meter_is_one_sentence_and_exit_code_2(keys, capsys):
    with listening(SmallMeter()) as place:
        pass
    code = main(["meter", "read", place, "--profile", "congto-simulator", "--keys", str(keys)])
    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert told.err.count("\n") == 1
    assert place in told.err
    assert "transient" in told.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere:port"], "nowhere:port"),
        (["10.0.0.1:4059", "--from", "2026-11-01"], "both of them"),
        (["10.0.0.1:4059", "--from", "2026-11-02", "--to", "2026-11-01"], "an end after it"),
        (["10.0.0.1:4059", "--profile", "nobody"], "generic"),
        (["10.0.0.1:4059", "--keys", "absent.json"], "absent.json"),
    ],
)
def test_what_was_typed_wrong_is_told(words, sentence, capsys):
    assert main(["meter", "read", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_a_secret_that_is_no_hexadecimal_number_is_not_shown(tmp_path, capsys):
    path = tmp_path / "keys.json"
    path.write_text('{"unicast_key": "verysecret"}')
    assert main(["meter", "read", "10.0.0.1:4059", "--keys", str(path)]) == 2
    told = capsys.readouterr().err
    assert "unicast_key" in told
    assert "verysecret" not in told


def test_counters_are_on_the_disk_before_they_are_used_and_never_fall(tmp_path):
    path = tmp_path / "counters.json"
    first = FileCounter(path, "a")
    assert [first.reserve(16), first.reserve(16)] == [0, 16]
    again = FileCounter(path, "a")
    assert again.upcoming == 32
    again.raise_to(100)
    again.raise_to(50)
    assert (again.upcoming, FileCounter(path, "b").upcoming) == (100, 0)
