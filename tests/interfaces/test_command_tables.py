"""Lists about commands as CSV: what is read, what is said of a wrong row, what comes out again."""

from datetime import date

import pytest

from congto.interfaces.cli import commands as cli
from congto.interfaces.files.controls import tables
from congto.office.commands import operations, queries
from congto.office.commands.models import CommandCap
from congto.office.control.choices import Role
from congto.office.control.operations import approve
from congto.office.control.queries import Scope
from congto.vocabulary.errors import InvalidInputError
from world_orders import AT, make_command_world

PROTECTED = """usage_point;reason;document;valid_from;valid_to
P1;bệnh viện;12/QĐ-UBND;2026-01-01;
P2;trạm bơm;13/QĐ-UBND;2026-01-01;2026-12-31
P3;sai ngày;14/QĐ-UBND;01/01/2026;
"""
CAPS = "unit,kind,per_day,two_persons_from\nPB0101,disconnect,20,1\nPB0102,disconnect,100,1\n"
CAPS += "PB0101,explode,5,1\nPB0101,connect,many,1\n"


@pytest.fixture
def world(db):
    return make_command_world()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("meter\nM1\n\nM2\n", ["M1", "M2"]),
        ("\ufeffusage_point;note\n P1 ;x\nP2;\n", ["P1", "P2"]),
    ],
)
def test_meters_of_an_order_are_read(text, names):
    assert tables.read_meters(text.encode()) == names


@pytest.mark.parametrize(
    ("octets", "words"),
    [(b"serial\nM1\n", "meter or usage_point"), (b"\xff\xfe", "not UTF-8"), (b"", "meter")],
)
def test_what_is_no_list_of_meters_is_said(octets, words):
    with pytest.raises(InvalidInputError, match=words):
        tables.read_meters(octets)


def test_the_protected_list_goes_in_and_comes_out(world):
    rows, wrong = tables.read_protected(PROTECTED.encode())
    assert [(one.line, "01/01/2026" in one.error.found) for one in wrong] == [(4, True)]
    done = operations.import_protections(rows, user=world.clerk, at=AT)
    assert (done.added, done.wrong) == (2, ())
    held = queries.protected_list(Scope.everything())
    again, none = tables.read_protected(tables.write_protected(held))
    assert (again, none) == (rows, [])
    assert [one.valid_to for one in again] == [None, date(2026, 12, 31)]


def test_caps_of_a_list_are_proposed_and_come_out(world):
    author = world.units.person("tác giả", Role.INSPECTOR, world.units.root)
    rows, wrong = tables.read_caps(CAPS.encode())
    assert [one.line for one in wrong] == [5]
    done = operations.propose_caps(rows, reason="mùa khô", user=author, at=AT)
    assert (len(done.proposals), done.unchanged) == (1, 1)
    assert [row for row, _ in done.wrong] == [3]
    assert not CommandCap.objects.exists()
    approve(done.proposals[0].pk, user=world.checker, at=AT)
    held, none = tables.read_caps(tables.write_caps(queries.caps(Scope.everything())))
    assert (held, none) == (rows[:1], [])


def test_a_missing_column_is_named():
    with pytest.raises(InvalidInputError, match="no column document"):
        tables.read_protected(b"usage_point,reason,valid_from,valid_to\n")


def test_commands_are_listed_on_the_command_line(world, capsys, monkeypatch):
    monkeypatch.setattr(cli, "boot", lambda: None)
    world.order("connect", world.devices[0])
    world.protect("P2")
    assert cli.main(["list", "--open"]) == 0
    assert "connect    M1" in capsys.readouterr().out
    assert cli.main(["protected"]) == 0
    assert "P2,bệnh viện,12/QĐ-UBND,2024-01-01," in capsys.readouterr().out
    assert cli.main(["promptness"]) == 0
