"""Statement files into the books by the command: once, in any order, each fault said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from congto.interfaces.cli.statement import main
from congto.office.ledger import queries as ledger
from congto.office.payments.operations import load_partners
from congto.office.settlement.models import BankStatementLine

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("books")

HEAD = ":20:S{n}\n:25:0001\n:28C:{n}/1\n:60F:C261104VND{opening},00\n"
FIRST = (
    HEAD.format(n=1, opening=0)
    + ":61:2611051105C305230,NTRFP01-20261105//FT1\n:86:NOP TIEN DIEN\n"
    + ":61:2611051105C100,NTRFNONREF//FT2\n:86:LAI\n:62F:C261105VND305330,00\n"
)
SECOND = (
    HEAD.format(n=2, opening=305_330)
    + ":61:2611061106D100,NTRFNONREF//FT3\n:86:PHI\n:62F:C261106VND305230,00\n"
)
FILES = {"first.sta": FIRST, "second.sta": SECOND, "both.sta": FIRST + SECOND}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    load_partners([{"code": "P01", "name": "Ngân hàng", "kind": "bank", "bank_account": "0001"}])
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("order", [tuple(FILES), tuple(reversed(FILES))])
def test_files_that_overlap_are_imported_once_in_any_order(
    folder: Path, order: tuple[str, ...]
) -> None:
    for name in (*order, *order):
        assert main(["import", str(folder / name)]) == 0
    lines = BankStatementLine.objects.order_by("booking_date", "-amount_vnd")
    assert list(lines.values_list("amount_vnd", "text", "partner__code")) == [
        (305_230, "NOP TIEN DIEN [FT1]", "P01"),
        (100, "LAI [FT2]", None),
        (-100, "PHI [FT3]", None),
    ]
    assert ledger.total() == 0


def test_checking_imports_nothing_and_says_what_is_wrong(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.sta").write_text(FIRST.replace("D261105", "").replace("C100,", "C100.5"))
    assert main(["check", str(folder / "bad.sta")]) == 1
    told = capsys.readouterr().out
    assert "account 0001 number 1, 1 lines, 305230 đồng" in told
    assert "bad.sta: line 7: :61:2611051105C100.5NTRF" in told
    assert BankStatementLine.objects.count() == 0


def test_a_line_that_cannot_be_read_does_not_keep_the_others_out(folder: Path) -> None:
    (folder / "bad.sta").write_text(FIRST.replace("C100,", "C100.5"))
    assert main(["import", str(folder / "bad.sta")]) == 1
    # The bank sends the whole file again: only what was missing is new.
    assert main(["import", str(folder / "first.sta")]) == 0
    assert BankStatementLine.objects.count() == 2
