"""Posting rules beside a naive model: a dict of balances that is told what each event means."""

from __future__ import annotations

from collections import defaultdict

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from congto.office.ledger import rules
from congto.office.ledger.choices import AccountKind, JournalKind

ACCOUNTS = {kind: number for number, kind in enumerate(AccountKind, start=1)}
KIND_OF = {number: kind for kind, number in ACCOUNTS.items()}
AMOUNT = st.integers(0, 10**12)
EVENT_NAMES = ["bill", "pay", "cancel", "credit", "unapply", "move"]
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["bill", "pay", "cancel", "credit", "unapply", "move"]), AMOUNT, AMOUNT
    ),
    max_size=30,
)


def legs_of(name: str, source: int, net: int, vat: int) -> tuple[JournalKind, pl.DataFrame]:
    row = pl.DataFrame(
        {
            "source": [source],
            "party": [source + 1000],
            "item": [source + 2000],
            "net_vnd": [net],
            "vat_vnd": [vat],
            "amount_vnd": [net - vat],
            "from_item": [source + 3000],
            "collecting": [ACCOUNTS[AccountKind.PARTNER_CLEARING]],
            "counterpart": [ACCOUNTS[AccountKind.SUSPENSE]],
            **{kind.value: [number] for kind, number in ACCOUNTS.items()},
        }
    )
    return {
        "bill": (JournalKind.BILL, rules.bill(row)),
        "cancel": (JournalKind.BILL_CANCELLED, rules.bill_cancelled(row)),
        "pay": (JournalKind.PAYMENT, rules.payment(row)),
        "credit": (JournalKind.BANK_CREDIT, rules.bank_credit(row)),
        "unapply": (JournalKind.CREDIT, rules.credit(row)),
        "move": (JournalKind.TRANSFER, rules.transfer(row)),
    }[name]


def model(balances: dict[AccountKind, int], name: str, net: int, vat: int) -> None:
    """Say it once more, slowly, the way a bookkeeper would."""
    if name in {"bill", "cancel"}:
        sign = 1 if name == "bill" else -1
        balances[AccountKind.RECEIVABLE] += sign * net
        balances[AccountKind.RECEIVABLE_VAT] += sign * vat
        balances[AccountKind.REVENUE] -= sign * net
        balances[AccountKind.VAT_PAYABLE] -= sign * vat
    elif name == "pay":
        balances[AccountKind.PARTNER_CLEARING] += net + vat
        balances[AccountKind.RECEIVABLE] -= net
        balances[AccountKind.RECEIVABLE_VAT] -= vat
    elif name in {"unapply", "move"}:
        sign = 1 if name == "unapply" else -1
        balances[AccountKind.RECEIVABLE] += sign * net
        balances[AccountKind.RECEIVABLE_VAT] += sign * vat
        balances[AccountKind.UNAPPLIED] -= sign * (net + vat)
    else:
        balances[AccountKind.BANK] += net - vat
        balances[AccountKind.SUSPENSE] -= net - vat


@given(EVENTS)
def test_rules_equal_the_model_balance_and_stay_within_what_is_permitted(
    events: list[tuple[str, int, int]],
) -> None:
    expected: dict[AccountKind, int] = defaultdict(int)
    found: dict[AccountKind, int] = defaultdict(int)
    for source, (name, net, vat) in enumerate(events):
        model(expected, name, net, vat)
        kind, legs = legs_of(name, source, net, vat)
        assert legs["amount_vnd"].sum() == 0
        assert legs["leg"].is_unique().all()
        assert set(legs["source"]) <= {source}
        for number, amount in legs.select("account_id", "amount_vnd").iter_rows():
            side = rules.DEBIT if amount > 0 else rules.CREDIT
            assert (KIND_OF[number], side) in rules.PERMITTED[kind]
            found[KIND_OF[number]] += amount
    assert {kind: found[kind] for kind in AccountKind} == {
        kind: expected[kind] for kind in AccountKind
    }
    assert sum(found.values()) == 0


@given(st.lists(st.tuples(AMOUNT, AMOUNT), min_size=1, max_size=20))
def test_many_journals_at_once_are_the_same_as_one_by_one(amounts: list[tuple[int, int]]) -> None:
    rows = pl.DataFrame(
        {
            "source": list(range(len(amounts))),
            "party": [1] * len(amounts),
            "item": list(range(len(amounts))),
            "net_vnd": [net for net, _ in amounts],
            "vat_vnd": [vat for _, vat in amounts],
            **{kind.value: [number] * len(amounts) for kind, number in ACCOUNTS.items()},
        }
    )
    together = rules.bill(rows)
    apart = pl.concat([rules.bill(rows.slice(place, 1)) for place in range(len(amounts))])
    assert together.equals(apart)


@given(AMOUNT, AMOUNT)
def test_only_legs_of_receivables_carry_party_and_item(net: int, vat: int) -> None:
    for name in ("bill", "pay", "cancel", "credit"):
        _, legs = legs_of(name, 5, net, vat)
        for number, party, item in legs.select("account_id", "party", "item").iter_rows():
            owed = KIND_OF[number] in {AccountKind.RECEIVABLE, AccountKind.RECEIVABLE_VAT}
            assert (party, item) == ((1005, 2005) if owed else (None, None))


@given(AMOUNT, AMOUNT)
def test_a_credit_leaves_the_bill_it_came_from_and_clears_the_new_one(net: int, vat: int) -> None:
    _, legs = legs_of("move", 5, net, vat)
    for number, party, item in legs.select("account_id", "party", "item").iter_rows():
        taken = KIND_OF[number] == AccountKind.UNAPPLIED
        assert (party, item) == (1005, 3005 if taken else 2005)


ARREARS = {
    JournalKind.LATE_INTEREST: (
        rules.late_interest,
        lambda net, vat: {"late_interest": net - vat, "interest_income": vat - net},
    ),
    JournalKind.INTEREST_PAID: (
        rules.interest_paid,
        lambda net, _vat: {"suspense": net, "late_interest": -net},
    ),
    JournalKind.WRITE_OFF: (
        rules.write_off,
        lambda net, vat: {
            "write_off": net + 2 * vat, "receivable": -net, "receivable_vat": -vat,
            "late_interest": -vat,
        },
    ),
    JournalKind.DEPOSIT: (rules.deposit, lambda net, _vat: {"suspense": net, "deposit": -net}),
    JournalKind.DEPOSIT_RETURNED: (
        rules.deposit_returned,
        lambda net, _vat: {"deposit": net, "suspense": -net},
    ),
    JournalKind.DEPOSIT_APPLIED: (
        rules.deposit_applied,
        lambda net, vat: {"deposit": net + vat, "receivable": -net, "receivable_vat": -vat},
    ),
}  # fmt: skip
"""Rule and what a bookkeeper writes: interest of a bill that is given up equals its VAT here."""


@given(st.sampled_from(sorted(ARREARS)), AMOUNT, AMOUNT)
def test_rules_of_arrears_say_what_a_bookkeeper_writes(
    kind: JournalKind, net: int, vat: int
) -> None:
    rule, model_of = ARREARS[kind]
    amount = net - vat if kind == JournalKind.LATE_INTEREST else net
    row = {
        "source": 5, "party": 1005, "item": 2005, "net_vnd": net, "vat_vnd": vat,
        "interest_vnd": vat, "amount_vnd": amount,
        **{one.value: number for one, number in ACCOUNTS.items()},
    }  # fmt: skip
    legs = rule(pl.DataFrame([row], schema=dict.fromkeys(row, pl.Int64())))
    found = {
        KIND_OF[number].value: owed
        for number, owed in legs.select("account_id", "amount_vnd").iter_rows()
    }
    assert found == {name: owed for name, owed in model_of(net, vat).items() if owed}
    assert legs["amount_vnd"].sum() == 0
    for name, owed in found.items():
        side = rules.DEBIT if owed > 0 else rules.CREDIT
        assert (AccountKind(name), side) in rules.PERMITTED[kind]
