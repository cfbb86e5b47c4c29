"""Lists of bills to collect: a file out, results in, each line once, no money lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connections, transaction

from congto.interfaces.files.collection_lists import read_result, to_csv
from congto.office.billing.models import Bill
from congto.office.channels import lists, operations, queries
from congto.office.channels.lists import Told
from congto.office.channels.models import Agent, CollectionLine, CollectionList, ListResult
from congto.office.control.models import Grant
from congto.office.ledger import queries as ledger
from congto.office.meters.models import ReadingBook, UsagePoint
from congto.office.network.models import NetworkElement
from congto.office.organisation.models import Unit
from congto.office.payments import collecting, quota
from congto.office.payments.models import Partner, PartnerTerms, Payment
from congto.office.payments.operations import load_partners
from congto.vocabulary.errors import InvalidInputError, RefusedError
from fixtures_collecting import BILL

pytestmark = pytest.mark.usefixtures("collecting_books")

NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)  # 10:00 in Viet Nam
TODAY = date(2026, 11, 5)


@pytest.fixture
def clerk(collecting_books: str) -> User:
    user = User.objects.create_user("thu")
    Grant.objects.create(user=user, unit=Unit.objects.get(code="PB"), role="clerk")
    return user


@pytest.fixture
def bank(collecting_books: str) -> Partner:
    return Partner.objects.get(code="P01")


@pytest.fixture
def company(collecting_books: str) -> Unit:
    return Unit.objects.get(code="PBC")


def mandate(customer: int, **other: object) -> dict[str, object]:
    return {
        "number": f"UN{customer}",
        "customer": f"PB{customer:011}",
        "unit": "PB01",
        "bank": "P01",
        "account": f"00{customer}",
        "holder": "CHỦ TÀI KHOẢN",
        "limit_vnd": None,
        "valid_from": date(2026, 1, 1),
        "valid_to": None,
        "document": "Giấy ủy nhiệm",
    } | other


def load_mandates(*rows: dict[str, object]) -> operations.Loaded:
    schema = {"limit_vnd": pl.Int64, "valid_to": pl.Date, "valid_from": pl.Date}
    return operations.load("mandates", pl.DataFrame(list(rows), schema_overrides=schema))


def paid(reference: str, amount: int = BILL) -> Told:
    return Told(reference, paid=True, amount_vnd=amount, paid_at=NOW)


def refused(reference: str) -> Told:
    return Told(reference, paid=False, amount_vnd=0, paid_at=None, reason="không đủ số dư")


def states(made: CollectionList) -> list[str]:
    return list(made.lines.values_list("state", flat=True))


def test_a_list_holds_the_open_bills_of_the_mandates_in_force(
    bank: Partner, company: Unit, clerk: User
) -> None:
    """Customer 1 has a mandate, that of 2 ended yesterday, that of 3 covers less than the bill."""
    ended = {"valid_to": date(2026, 11, 5)}
    load_mandates(mandate(1), mandate(2, **ended), mandate(3, limit_vnd=BILL - 1))
    made = lists.make_debit_list(bank, company, TODAY, user=clerk, at=NOW)
    assert (made.lines_count, made.total_vnd, states(made)) == (1, BILL, ["out", "refused"])
    assert made.lines.get(state="refused").reason == "vượt hạn mức ủy nhiệm"
    again = lists.make_debit_list(bank, company, TODAY, user=clerk, at=NOW)
    assert again == made
    assert CollectionList.objects.count() == 1
    reference = made.lines.get(state="out").reference
    assert to_csv(queries.handed(made)).decode() == (
        "reference,customer,name,address,account,holder,amount_vnd,period\n"
        f"{reference},PB00000000001,PB00000000001,,001,CHỦ TÀI KHOẢN,305230,10/2026\n"
        "END,1,305230\n"
    )


def test_a_bill_is_out_on_one_list_at_a_time(bank: Partner, company: Unit, clerk: User) -> None:
    load_mandates(mandate(1), mandate(2))
    made = lists.make_debit_list(bank, company, TODAY, user=clerk, at=NOW)
    with pytest.raises(RefusedError, match="Không có hóa đơn nào"):
        lists.make_debit_list(bank, company, date(2026, 11, 6), user=clerk, at=NOW)
    line = made.lines.get(number=1)
    with pytest.raises(IntegrityError, match="bill_on_one_list"), transaction.atomic():
        CollectionLine.objects.filter(number=2).update(bill_id=line.bill_id)
    assert lists.recall(made, reason="ngân hàng trả tệp", user=clerk, at=NOW) == 2
    later = lists.make_debit_list(bank, company, date(2026, 11, 6), user=clerk, at=NOW)
    assert later.lines_count == 2


def test_a_result_is_taken_once_whatever_is_repeated(
    bank: Partner, company: Unit, clerk: User
) -> None:
    load_mandates(mandate(1), mandate(2))
    made = lists.make_debit_list(bank, company, TODAY, user=clerk, at=NOW)
    one, two = made.lines.values_list("reference", flat=True)
    told = [paid(one), refused(two)]
    first = lists.take_result(made, told, b"file", user=clerk, at=NOW)
    assert first.told == {"counts": {"paid": 1, "refused": 1}, "wrong": [], "wrong_count": 0}
    assert lists.take_result(made, told, b"file", user=clerk, at=NOW) == first
    other = lists.take_result(made, told, b"file again", user=clerk, at=NOW)
    assert other.told["counts"] == {"paid": 1, "refused": 1}
    assert (Payment.objects.count(), ListResult.objects.count()) == (1, 2)
    assert Payment.objects.get().channel == "auto_debit"
    held = {a.code: n for a, n in ledger.trial_balance(day=date(2027, 1, 1)) if n}
    assert held["1388.P01"] == BILL
    assert ledger.total() == 0
    # What could not be collected is collected again on another day.
    assert (
        lists.make_debit_list(bank, company, date(2026, 11, 9), user=clerk, at=NOW).lines_count == 1
    )


def test_a_result_that_was_killed_half_way_is_done_by_the_next_one(
    bank: Partner, company: Unit, clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_mandates(mandate(1), mandate(2))
    made = lists.make_debit_list(bank, company, TODAY, user=clerk, at=NOW)
    told = [paid(one) for one in made.lines.values_list("reference", flat=True)]
    apply, calls = lists._apply, []

    def dies(*given: object, **named: object) -> str:
        if calls:
            raise KeyboardInterrupt
        calls.append(1)
        return apply(*given, **named)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(lists, "_apply", dies)
    with pytest.raises(KeyboardInterrupt):
        lists.take_result(made, told, b"file", user=clerk, at=NOW)
    assert (Payment.objects.count(), ListResult.objects.count()) == (1, 0)
    monkeypatch.setattr(lists, "_apply", apply)
    done = lists.take_result(made, told, b"file", user=clerk, at=NOW)
    assert done.told["counts"] == {"paid": 2}
    assert Payment.objects.count() == 2


def test_money_for_a_bill_that_was_paid_otherwise_is_to_be_given_back(
    bank: Partner, company: Unit, clerk: User
) -> None:
    load_mandates(mandate(1))
    made = lists.make_debit_list(bank, company, TODAY, user=clerk, at=NOW)
    bill = Bill.objects.get(agreement__customer__code="PB00000000001")
    other = Partner.objects.get(code="P02")
    asked = collecting.Asked("T1", b"1" * 32, "PB00000000001", [bill.pk], [BILL], NOW, "app")
    collecting.pay(other.pk, asked, at=NOW)
    lists.take_result(made, [paid(made.lines.get().reference)], b"f", user=clerk, at=NOW)
    line = made.lines.get()
    assert (line.state, line.reason) == ("taken", "Hóa đơn đã thanh toán")
    assert Payment.objects.count() == 1
    given = (made, line.reference)
    with pytest.raises(InvalidInputError, match="Thiếu lý do"):
        lists.give_back(*given, reason=" ", user=clerk, at=NOW)
    lists.give_back(*given, reason="ngân hàng hoàn ngày 6/11", user=clerk, at=NOW)
    assert states(made) == ["returned"]
    with pytest.raises(RefusedError, match="không phải dòng chờ hoàn lại"):
        lists.give_back(*given, reason="lần nữa", user=clerk, at=NOW)


def test_money_that_comes_late_for_a_bill_on_another_list_is_kept(
    bank: Partner, company: Unit, clerk: User
) -> None:
    """The bill was recalled and is out again; then the first file says paid, above the quota."""
    load_mandates(mandate(1))
    first = lists.make_debit_list(bank, company, TODAY, user=clerk, at=NOW)
    lists.recall(first, reason="không trả lời", user=clerk, at=NOW)
    second = lists.make_debit_list(bank, company, date(2026, 11, 6), user=clerk, at=NOW)
    quota.Quota.objects.filter(partner=bank).update(limit_vnd=0)
    done = lists.take_result(first, [paid(first.lines.get().reference)], b"f", user=clerk, at=NOW)
    assert done.told["counts"] == {"waiting": 1}
    assert states(second) == ["out"]
    quota.Quota.objects.filter(partner=bank).update(limit_vnd=2 * BILL)
    assert lists.post_waiting(first, user=clerk, at=NOW) == 1
    lists.take_result(second, [paid(second.lines.get().reference)], b"g", user=clerk, at=NOW)
    assert (states(first), states(second)) == (["paid"], ["taken"])
    assert Payment.objects.count() == 1


def test_two_lists_made_at_once_share_no_bill(
    bank: Partner, company: Unit, clerk: User, collecting_books: str
) -> None:
    load_mandates(mandate(1), mandate(2), mandate(3))
    units = [company, Unit.objects.get(code="PB01"), Unit.objects.get(code="PB")]

    def make(unit: Unit) -> str:
        try:
            lists.make_debit_list(bank, unit, TODAY, user=clerk, at=NOW)
        except RefusedError as error:
            return str(error)
        finally:
            connections.close_all()
        return "made"

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(make, units))
    assert "made" in answers
    out = CollectionLine.objects.filter(state="out").values_list("bill_id", flat=True)
    assert len(out) == len(set(out))
    assert {one for one in answers if one != "made"} <= {
        "Một bảng kê khác vừa nhận các hóa đơn này; lập lại bảng kê.",
        "Không có hóa đơn nào để giao P01 thu.",
    }


def test_money_above_the_quota_waits_and_is_posted_when_the_bank_has_paid(
    bank: Partner, company: Unit, clerk: User
) -> None:
    load_mandates(mandate(1), mandate(2), mandate(3))
    made = lists.make_debit_list(bank, company, TODAY, user=clerk, at=NOW)
    told = [paid(one) for one in made.lines.values_list("reference", flat=True)]
    done = lists.take_result(made, told, b"f", user=clerk, at=NOW)
    assert done.told["counts"] == {"paid": 2, "waiting": 1}  # the quota is two bills and a đồng
    assert lists.post_waiting(made, user=clerk, at=NOW) == 0
    quota.credit(bank.pk, 1, BILL, day=TODAY, at=NOW)
    assert lists.post_waiting(made, user=clerk, at=NOW) == 1
    assert states(made) == ["paid"] * 3
    assert Payment.objects.count() == 3
    assert quota.differing() == []


def test_a_line_that_is_not_of_the_list_or_says_another_amount_changes_nothing(
    bank: Partner, company: Unit, clerk: User
) -> None:
    load_mandates(mandate(1))
    made = lists.make_debit_list(bank, company, TODAY, user=clerk, at=NOW)
    reference = made.lines.get().reference
    early = Told(reference, paid=True, amount_vnd=BILL, paid_at=NOW - timedelta(days=2))
    far = Told(reference, paid=True, amount_vnd=BILL, paid_at=datetime(3000, 1, 1, tzinfo=UTC))
    told = [paid("X-1"), paid(reference, BILL - 1), early, far]
    done = lists.take_result(made, told, b"f", user=clerk, at=NOW)
    assert done.told["wrong"] == [
        "X-1 không có trong bảng kê này",
        f"{reference}: tệp ghi 305229 đồng, bảng kê giao 305230 đồng",
        f"{reference}: trả lúc 03/11/2026 10:00, ngoài thời gian của bảng kê",
        f"{reference}: trả lúc 01/01/3000 07:00, ngoài thời gian của bảng kê",
    ]
    assert (states(made), Payment.objects.count()) == (["out"], 0)
    lists.take_result(made, [paid(reference)], b"g", user=clerk, at=NOW)
    late = lists.take_result(made, [refused(reference)], b"h", user=clerk, at=NOW)
    assert late.told["wrong"] == [f"{reference}: tệp ghi không thu được, trước đó đã báo thu được"]
    assert states(made) == ["paid"]


def test_an_agent_collects_the_books_of_its_contract_without_mandates(
    company: Unit, clerk: User
) -> None:
    """Book A1 holds customers 1 and 2; customer 2 pays by mandate."""
    load_partners([{"code": "DL1", "name": "Đại lý Một", "kind": "agent", "bank_account": "D1"}])
    partner = Partner.objects.get(code="DL1")
    PartnerTerms.objects.create(
        partner=partner, valid_from=date(2026, 1, 1), limit_vnd=BILL, exactness="any",
        document="HĐ",
    )  # fmt: skip
    quota.grant(partner.pk, on=TODAY, at=NOW)
    book, unit = ReadingBook.objects.get(code="A1"), Unit.objects.get(code="PB01")
    element = NetworkElement.objects.create(
        code="T1", name="T1", kind="transformer", unit=unit, nominal_kv=0.4
    )
    for number in (1, 2):
        UsagePoint.objects.create(
            code=f"PB{number:011}001", kind="customer", element=element, unit=unit,
            reading_book=book,
            agreement=Bill.objects.get(agreement__customer__code=f"PB{number:011}").agreement,
        )  # fmt: skip
    load_mandates(mandate(2))
    agent_row = {
        "partner": "DL1", "unit": "PB01", "phone": None, "visits_homes": True,
        "valid_from": date(2026, 1, 1), "valid_to": date(2027, 1, 1), "document": "HĐ 1",
    }  # fmt: skip
    assert operations.load("agents", pl.DataFrame([agent_row])).inserted == 1
    book_row = {"book": "A1", "agent": "DL1", "valid_from": date(2026, 1, 1), "valid_to": None}
    books = pl.DataFrame([book_row], schema_overrides={"valid_to": pl.Date})
    assert operations.load("agent_books", books).inserted == 1
    agent = Agent.objects.get()
    made = lists.make_agent_list(agent, TODAY, user=clerk, at=NOW)
    assert (made.lines_count, made.channel) == (1, "agent_home")
    lists.take_result(made, [paid(made.lines.get().reference)], b"f", user=clerk, at=NOW)
    held = {a.code: n for a, n in ledger.trial_balance(day=date(2027, 1, 1)) if n}
    assert held["1388.DL1"] == BILL
    with pytest.raises(RefusedError, match="không có hiệu lực"):
        lists.make_agent_list(agent, date(2027, 1, 1), user=clerk, at=NOW)


def test_bad_master_data_are_listed_and_the_good_rows_kept(bank: Partner) -> None:
    load_partners([{"code": "Q1", "name": "Quầy", "kind": "counter", "bank_account": "Q"}])
    loaded = load_mandates(
        mandate(1),
        mandate(9),
        mandate(2, bank="Q1"),
        mandate(1, number="UN1B", valid_from=date(2026, 6, 1)),
        mandate(3, valid_to=date(2026, 1, 1)),
    )
    assert (loaded.inserted, loaded.errors["line"].to_list()) == (1, [2, 3, 4, 5])
    assert loaded.errors["found"].to_list() == [
        "customer PB00000000009 is not known",
        "bank Q1 is not known",
        "PB00000000001 has a row of these days already",
        "valid_to 2026-01-01 is not after valid_from 2026-01-01",
    ]
    again = load_mandates(mandate(1), mandate(1, number="UN2B", valid_from=date(2026, 6, 1)))
    assert (again.inserted, again.unchanged, again.rejected) == (0, 1, 1)


def test_a_mandate_ends_on_its_day_and_another_may_begin(
    bank: Partner, company: Unit, clerk: User
) -> None:
    load_mandates(mandate(1))
    ending = {"reason": "khách báo ngừng", "user": clerk, "at": NOW}
    operations.end("mandates", ["UN1"], TODAY, **ending)
    with pytest.raises(RefusedError, match="không có hiệu lực trước ngày 05/11/2026"):
        operations.end("mandates", ["UN1"], TODAY, **ending)
    with pytest.raises(RefusedError, match="Không có hóa đơn nào"):
        lists.make_debit_list(bank, company, TODAY, user=clerk, at=NOW)
    assert load_mandates(mandate(1, number="UN1B", valid_from=TODAY)).inserted == 1
    assert lists.make_debit_list(bank, company, TODAY, user=clerk, at=NOW).lines_count == 1


GOOD = "reference,result,amount_vnd,paid_at,reason\n1-1,PAID,5,2026-11-05T10:00:00,\nEND,1,5\n"


def test_a_result_file_is_read_whole() -> None:
    assert read_result(GOOD.encode()) == [Told("1-1", paid=True, amount_vnd=5, paid_at=NOW)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (GOOD.replace("END,1,5\n", ""), "dòng cuối END"),
        (GOOD.replace("END,1,5", "END,2,5"), "dòng cuối ghi 2 dòng"),
        (GOOD.replace("END,1,5", "END,1,6"), "6 đồng"),
        (GOOD.replace("PAID", "MAYBE"), "Dòng 2: MAYBE"),
        (GOOD.replace(",5,2026", ",5.0,2026"), r"Dòng 2: 5\.0"),
        (GOOD.replace("2026-11-05T10:00:00", "hôm qua"), "hôm qua"),
        (GOOD.replace("reason", "why"), "Dòng 1"),
        ("", "tệp trống"),
        (GOOD.replace("1-1,PAID", "\n1-1,MAYBE"), "Dòng 3: MAYBE"),
        (GOOD.replace("1-1,PAID", '"1-1,PAID'), "dòng cuối END"),
        (GOOD.replace("1-1", "1" * 140_000), "Dòng 2"),
        (GOOD.replace("END", "1-1,PAID,5,2026-11-05T10:00:00,\nEND").replace("1,5\n", "2,10\n"),
         "hai lần"),
    ],
)  # fmt: skip
def test_a_result_file_that_is_broken_is_refused_whole(content: str, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        read_result(content.encode())
