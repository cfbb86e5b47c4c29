"""Statement files, written by hand from the documented structure of each format."""

from __future__ import annotations

import io
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from congto.interfaces.files.statements.entries import Line, StatementFile
from congto.interfaces.files.statements.reading import read_statements, rows_of
from congto.interfaces.files.statements.tables import preview, profile_of
from congto.vocabulary.errors import InvalidInputError

DAY = date(2026, 11, 5)

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId></GrpHdr>
<Stmt><Id>S-215</Id><ElctrncSeqNb>215</ElctrncSeqNb>
<Acct><Id><Othr><Id>0001</Id></Othr></Id><Ccy>VND</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="VND">1000000</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="VND">{closing}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLAV</Cd></CdOrPrtry></Tp>
<Amt Ccy="VND">5</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
{entries}
</Stmt></BkToCstmrStmt></Document>"""


def entry(amount: str, way: str = "CRDT", state: str = "BOOK", details: str = "", currency="VND"):
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts>{state}</Sts>'
        f"<BookgDt><Dt>2026-11-05</Dt></BookgDt><ValDt><Dt>2026-11-06</Dt></ValDt>"
        f"<AcctSvcrRef>FT1</AcctSvcrRef><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def camt(closing: int, *entries: str, version: str = "02") -> StatementFile:
    text = CAMT.format(version=version, closing=closing, entries="".join(entries))
    return read_statements(text.encode())


def lines(read: StatementFile) -> list[tuple[int, str, str, str]]:
    found = [line for one in read.statements for line in one.lines]
    return [(one.amount_vnd, one.reference, one.bank_reference, one.text) for one in found]


def test_an_entry_of_one_transfer_with_what_its_payer_wrote() -> None:
    details = (
        "<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RmtInf>"
        "<Ustrd>TT TIEN DIEN</Ustrd><Ustrd>C26TPB-17</Ustrd></RmtInf></TxDtls>"
    )
    read = camt(1_305_230, entry("305230.00", details=details))
    assert read.faults == ()
    assert lines(read) == [(305_230, "", "FT1", "TT TIEN DIEN C26TPB-17")]
    (one,) = read.statements
    assert (one.account, one.number, one.opening_vnd, one.closing_vnd) == (
        "0001", 215, 1_000_000, 1_305_230,
    )  # fmt: skip
    assert one.lines[0].booking_date == DAY


def test_a_batch_is_its_transfers_in_both_versions() -> None:
    old = "".join(
        f"<TxDtls><Refs><EndToEndId>E{n}</EndToEndId></Refs><AmtDtls><TxAmt><Amt"
        f' Ccy="VND">{n}000</Amt></TxAmt></AmtDtls></TxDtls>'
        for n in (1, 2)
    )
    new = "".join(
        f"<TxDtls><Refs><EndToEndId>E{n}</EndToEndId></Refs><Amt Ccy='VND'>{n}000</Amt></TxDtls>"
        for n in (1, 2)
    )
    expected = [(1000, "E1", "FT1", ""), (2000, "E2", "FT1", "")]
    assert lines(camt(1_003_000, entry("3000", details=old))) == expected
    state = "<Cd>BOOK</Cd>"
    newer = camt(1_003_000, entry("3000", state=state, details=new), version="08")
    assert lines(newer) == expected


def test_a_batch_whose_transfers_are_not_its_sum_stays_one_line() -> None:
    details = "".join(f'<TxDtls><Amt Ccy="VND">{n}</Amt></TxDtls>' for n in (1000, 1999))
    assert [one[0] for one in lines(camt(1_003_000, entry("3000", details=details)))] == [3000]


def test_a_debit_and_a_returned_transfer() -> None:
    returned = "<TxDtls><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>"
    read = camt(999_500, entry("700", "DBIT"), entry("200", details=returned))
    assert [(one[0], one[3]) for one in lines(read)] == [(-700, ""), (200, "RETURN AC04")]


def test_what_is_not_booked_is_not_money() -> None:
    read = camt(1_000_000, entry("500", state="PDNG"))
    assert (lines(read), read.statements[0].unbooked, read.faults) == ([], 1, ())


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (entry("12.50"), "amount '12.50'; expected whole đồng"),
        (entry("12", currency="USD"), "currency 'USD'; expected VND"),
        (entry("12", "CREDIT"), "expected CRDT or DBIT"),
        (entry("12").replace("<Dt>2026-11-05</Dt>", "<Dt>5/11</Dt>"), "booking date '5/11'"),
    ],
)
def test_a_broken_entry_costs_itself_and_is_listed(bad: str, sentence: str) -> None:
    read = camt(1_000_912, entry("100"), bad, entry("800"))
    assert [one[0] for one in lines(read)] == [100, 800]
    first, balance = map(str, read.faults)
    assert first.startswith("statement 1, entry 2: ")
    assert sentence in first
    assert "12 đồng are missing; its other lines are taken" in balance


def test_a_statement_that_does_not_agree_is_not_taken() -> None:
    read = camt(1_000_001, entry("100"))
    assert read.statements == ()
    assert "opening 1000000 + lines 100 is not closing 1000001: -99 đồng" in str(read.faults[0])


def test_a_file_cut_in_half_keeps_its_whole_statements() -> None:
    whole = CAMT.format(version="02", closing=1_000_100, entries=entry("100"))
    second = whole[whole.index("<Stmt>") : whole.index("</BkTo")]
    both = whole.replace("</BkTo", f"{second}</BkTo")
    read = read_statements(both[: both.rindex("</Ntry>") + 7].encode())
    assert [one[0] for one in lines(read)] == [100]
    assert "the file breaks here" in str(read.faults[0])
    assert "1 entries before it are not taken" in str(read.faults[0])


def test_entities_of_a_foreign_file_are_not_followed() -> None:
    text = CAMT.format(version="02", closing=1_000_100, entries=entry("100")).replace(
        "<Document", '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><Document'
    )
    read = read_statements(
        text.replace("M1", "&x;").replace("<AcctSvcrRef>FT1", "<AcctSvcrRef>&x;").encode()
    )
    assert all(reference == "" for _, _, reference, _ in lines(read))


MT940 = """{{1:F01BANKVNVXAXXX0000000000}}{{2:I940UTILVNVXXXXXN}}{{4:
:20:STMT1105
:25:BANKVNVX/0001
:28C:{number}/1
:60F:C261104VND1000000,00
{lines}
:62F:C261105VND{closing},00
:64:C261105VND1,
-}}
"""
GOOD = ":61:2611051105C305230,NTRFNONREF//FT26309001\n:86:TT TIEN DIEN C26T\nPB-17 CAM ON"


def mt940(closing: int, *parts: str, number: int = 5) -> StatementFile:
    text = MT940.format(number=number, closing=closing, lines="\n".join(parts))
    return read_statements(text.encode())


def test_a_line_of_mt940_with_its_text_over_two_lines() -> None:
    read = mt940(1_305_230, GOOD)
    assert read.faults == ()
    # The bank broke the invoice number at the end of a line.
    assert lines(read) == [(305_230, "", "FT26309001", "TT TIEN DIEN C26TPB-17 CAM ON")]
    assert (read.statements[0].account, read.statements[0].number) == ("0001", 5)


@pytest.mark.parametrize(("way", "sign"), [("C", 1), ("D", -1), ("RC", -1), ("RD", 1), ("CD", 1)])
def test_ways_of_money_and_their_reversals(way: str, sign: int) -> None:
    # The fifth is a credit with the third letter of the currency, as some banks write it.
    read = mt940(1_000_000 + sign * 7, f":61:261105{way}7,NTRFREF1")
    assert [(one[0], one[1]) for one in lines(read)] == [(sign * 7, "REF1")]


def test_the_entry_date_lies_in_the_year_nearest_to_the_value_date() -> None:
    read = mt940(1_000_001, ":61:2701020102D1,NTRFX", ":61:2701011231C2,NTRFX")
    days = [line.booking_date for line in read.statements[0].lines]
    assert days == [date(2027, 1, 2), date(2026, 12, 31)]


def test_subfields_of_the_text_are_the_payers_words_only() -> None:
    text = ":86:166?00GUTSCHRIFT?20C26TPB-17?21 T10?32NGUYEN VAN AN"
    read = mt940(1_000_005, f":61:261105C5,NTRFX\n{text}")
    assert lines(read)[0][3] == "C26TPB-17 T10"


@pytest.mark.parametrize(
    "bad",
    [
        ":61:2611051399C7,NTRFX",  # entry date: the thing that made a library lose a whole file
        ":61:2613051105C7,NTRFX",
        ":61:261105C7.00NTRFX",
        ":61:261105C7,50NTRFX",
        ":61:",
    ],
)
def test_a_broken_line_of_mt940_costs_itself_and_is_listed(bad: str) -> None:
    read = mt940(1_305_237, GOOD, bad)
    assert [one[0] for one in lines(read)] == [305_230]
    assert str(read.faults[0]).startswith("line 9: ")
    assert "7 đồng are missing" in str(read.faults[1])


def test_a_missing_statement_in_a_file_is_said() -> None:
    parts = [MT940.format(number=n, closing=1_305_230, lines=GOOD) for n in (5, 8)]
    read = read_statements("".join(parts).encode())
    assert [str(one) for one in read.faults] == [
        "account 0001: statements 6 to 7 are not in the file"
    ]


def test_a_statement_without_balances_is_not_taken_and_the_next_one_is() -> None:
    text = MT940.format(number=5, closing=1_305_230, lines=GOOD)
    broken = text.replace(":62F:C261105VND1305230,00\n", "")
    read = read_statements((broken + text).encode())
    assert len(read.statements) == 1
    assert "no balance (:62F:); statement not taken" in str(read.faults[0])


PROFILE = """
account: "0001"
encoding: utf-8
delimiter: ";"
header_row: 3
date_format: "%d/%m/%Y"
thousands: "."
decimal: ","
until: "Tổng cộng"
columns:
  date: Ngày GD
  text: Nội dung
  credit: Ghi có
  debit: Ghi nợ
  bank_reference: Số CT
  balance: Số dư
"""
TABLE = """SAO KÊ TÀI KHOẢN
;;
Ngày GD;Số CT;Ghi nợ;Ghi có;Số dư;Nội dung
05/11/2026;FT1;;305.230;1.305.230;TT  tiền điện C26TPB-17
05/11/2026;FT2;5.230,00;;1.300.000;Phí
Tổng cộng;;5.230;305.230;;
"""


def table(text: str, profile: str = PROFILE) -> StatementFile:
    return read_statements(text.encode(), profile_of(profile))


def test_a_table_by_its_profile() -> None:
    read = table(TABLE)
    assert read.faults == ()
    assert lines(read) == [
        (305_230, "", "FT1", "TT tiền điện C26TPB-17"),
        (-5_230, "", "FT2", "Phí"),
    ]
    one = read.statements[0]
    assert (one.opening_vnd, one.closing_vnd) == (1_000_000, 1_300_000)


def test_a_table_that_shows_the_newest_first() -> None:
    head, rows = TABLE.splitlines()[:3], TABLE.splitlines()[3:5]
    read = table("\n".join([*head, *reversed(rows)]))
    assert read.faults == ()
    assert (read.statements[0].opening_vnd, read.statements[0].closing_vnd) == (
        1_000_000, 1_300_000,
    )  # fmt: skip


def test_a_row_that_was_taken_out_of_a_table_is_seen_by_the_balances() -> None:
    extra = "05/11/2026;FT3;;9;1.300.009;X\n"
    gone = TABLE.replace("05/11/2026;FT2;5.230,00;;1.300.000;Phí\n", extra)
    read = table(gone)
    assert read.statements == ()
    assert "row 5: balance 1300009 does not follow" in str(read.faults[0])


def test_a_row_that_cannot_be_read_costs_itself() -> None:
    read = table(TABLE.replace("05/11/2026;FT2", "31/11/2026;FT2"))
    assert [one[0] for one in lines(read)] == [305_230]
    assert "row 5: date '31/11/2026'" in str(read.faults[0])


def test_a_workbook_reads_as_its_table() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(TABLE.splitlines()):
            for column, value in enumerate(row.split(";")):
                sheet.write_string(number, column, value)
    assert lines(read_statements(buffer.getvalue(), profile_of(PROFILE))) == lines(table(TABLE))


def test_a_profile_is_shown_on_the_first_rows_before_it_is_used() -> None:
    shown = preview(TABLE.replace("FT1;;305.230", "FT1;;30x").encode(), profile_of(PROFILE))
    assert [isinstance(one, Line) for one in shown] == [False, True]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (PROFILE.replace("Số dư", "Balance"), "expected 'Balance' once"),
        (PROFILE.replace("  debit: Ghi nợ\n", ""), "either amount or both credit and debit"),
        (PROFILE.replace("encoding: utf-8", "encoding: ascii"), "the file is not ascii"),
        ("account: [", "a profile that cannot be read"),
        ("colour: red", "a profile that cannot be read"),
    ],
)
def test_a_wrong_profile_is_a_sentence(wrong: str, sentence: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        table(TABLE, wrong)
    assert sentence in refused.value.sentence()


def test_a_file_that_is_no_statement_is_a_sentence() -> None:
    with pytest.raises(InvalidInputError, match="the file begins with"):
        read_statements(b"hello")


def test_rows_carry_the_banks_number_so_that_equal_words_are_two() -> None:
    second = GOOD.replace("FT26309001", "FT26309002")
    rows = rows_of(mt940(1_610_460, GOOD, second))
    assert rows["text"].to_list() == [
        "TT TIEN DIEN C26TPB-17 CAM ON [FT26309001]",
        "TT TIEN DIEN C26TPB-17 CAM ON [FT26309002]",
    ]
    assert rows["reference"].to_list() == ["TT TIEN DIEN C26TPB-17 CAM ON"] * 2


@given(st.text(alphabet=":61286CDFRVND0123456789,/-{}\n ", max_size=200))
def test_no_mangled_mt940_raises(junk: str) -> None:
    read = mt940(1_305_230, GOOD, junk)
    assert len(read.statements) <= 2 or read.faults
