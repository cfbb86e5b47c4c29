"""Posting rules: which accounts a business event debits and credits, one pure function per kind.

A rule takes one row per journal and answers one row per leg. Numbers of accounts follow the
Vietnamese chart of accounts (131 receivable, 511 revenue, 3331 VAT payable, 1388 other receivable,
112 bank, 111 cash, 3388 other payable, 344 deposits, 515 financial income, 642 expense); amount and
VAT are kept apart so that each is cleared by itself. A leg of zero đồng is not written.
"""

from __future__ import annotations

import polars as pl

from congto.office.ledger.choices import AccountKind, JournalKind
from congto.vocabulary.frames import Frame

LEGS = Frame(
    "legs",
    "one row per journal (source) and leg",
    {
        "source": pl.Int64(),
        "leg": pl.Int32(),
        "account_id": pl.Int64(),
        "party": pl.Int64(),
        "item": pl.Int64(),
        "amount_vnd": pl.Int64(),  # positive is debit, negative is credit
    },
)

DEBIT, CREDIT = 1, -1

PERMITTED: dict[JournalKind, set[tuple[AccountKind, int]]] = {
    JournalKind.BILL: {
        (AccountKind.RECEIVABLE, DEBIT),
        (AccountKind.RECEIVABLE_VAT, DEBIT),
        (AccountKind.REVENUE, CREDIT),
        (AccountKind.VAT_PAYABLE, CREDIT),
    },
    JournalKind.BILL_ADJUSTED: {
        (kind, side)
        for kind in (
            AccountKind.RECEIVABLE,
            AccountKind.RECEIVABLE_VAT,
            AccountKind.REVENUE,
            AccountKind.VAT_PAYABLE,
        )
        for side in (DEBIT, CREDIT)
    },
    JournalKind.BILL_CANCELLED: {
        (AccountKind.RECEIVABLE, CREDIT),
        (AccountKind.RECEIVABLE_VAT, CREDIT),
        (AccountKind.REVENUE, DEBIT),
        (AccountKind.VAT_PAYABLE, DEBIT),
    },
    JournalKind.TRANSFER: {
        (AccountKind.UNAPPLIED, DEBIT),
        (AccountKind.RECEIVABLE, CREDIT),
        (AccountKind.RECEIVABLE_VAT, CREDIT),
    },
    JournalKind.CREDIT: {
        (AccountKind.RECEIVABLE, DEBIT),
        (AccountKind.RECEIVABLE_VAT, DEBIT),
        (AccountKind.UNAPPLIED, CREDIT),
    },
    JournalKind.PAYMENT: {
        (AccountKind.PARTNER_CLEARING, DEBIT),
        (AccountKind.CASH, DEBIT),
        (AccountKind.RECEIVABLE, CREDIT),
        (AccountKind.RECEIVABLE_VAT, CREDIT),
    },
    JournalKind.PAYMENT_REVERSED: {
        (AccountKind.PARTNER_CLEARING, CREDIT),
        (AccountKind.CASH, CREDIT),
        (AccountKind.RECEIVABLE, DEBIT),
        (AccountKind.RECEIVABLE_VAT, DEBIT),
    },
    JournalKind.BANK_CREDIT: {
        (AccountKind.BANK, DEBIT),
        (AccountKind.BANK, CREDIT),
        (AccountKind.PARTNER_CLEARING, CREDIT),
        (AccountKind.PARTNER_CLEARING, DEBIT),
        (AccountKind.CASH, CREDIT),
        (AccountKind.CASH, DEBIT),
        (AccountKind.SUSPENSE, CREDIT),
        (AccountKind.SUSPENSE, DEBIT),
    },
    JournalKind.LATE_INTEREST: {
        (AccountKind.LATE_INTEREST, DEBIT),
        (AccountKind.LATE_INTEREST, CREDIT),
        (AccountKind.INTEREST_INCOME, DEBIT),
        (AccountKind.INTEREST_INCOME, CREDIT),
    },
    JournalKind.INTEREST_PAID: {
        (AccountKind.SUSPENSE, DEBIT),
        (AccountKind.LATE_INTEREST, CREDIT),
    },
    JournalKind.WRITE_OFF: {
        (AccountKind.WRITE_OFF, DEBIT),
        (AccountKind.RECEIVABLE, CREDIT),
        (AccountKind.RECEIVABLE_VAT, CREDIT),
        (AccountKind.LATE_INTEREST, CREDIT),
    },
    JournalKind.DEPOSIT: {
        (AccountKind.SUSPENSE, DEBIT),
        (AccountKind.DEPOSIT, CREDIT),
    },
    JournalKind.DEPOSIT_APPLIED: {
        (AccountKind.DEPOSIT, DEBIT),
        (AccountKind.RECEIVABLE, CREDIT),
        (AccountKind.RECEIVABLE_VAT, CREDIT),
    },
    JournalKind.DEPOSIT_RETURNED: {
        (AccountKind.DEPOSIT, DEBIT),
        (AccountKind.SUSPENSE, CREDIT),
    },
    JournalKind.SUSPENSE_CLEARED: {
        (AccountKind.SUSPENSE, DEBIT),
        (AccountKind.PARTNER_CLEARING, CREDIT),
        (AccountKind.CASH, CREDIT),
    },
    JournalKind.DRAWER_DIFFERENCE: {
        (AccountKind.CASH, DEBIT),
        (AccountKind.CASH, CREDIT),
        (AccountKind.SHORTAGE, DEBIT),
        (AccountKind.OVERAGE, CREDIT),
    },
}
"""Which kind of journal may debit or credit which kind of account; all else is refused.

A bank line may be a debit (the bank takes a wrong credit back), hence both signs of BANK_CREDIT. An
adjustment invoice may lower what is owed, hence both signs of BILL_ADJUSTED. Interest is counted
anew from the whole life of a bill, and a payment dated back lowers it: both signs of LATE_INTEREST.
"""


def bill(bills: pl.DataFrame) -> pl.DataFrame:
    """Dr receivable (net), Dr receivable VAT; Cr revenue, Cr VAT payable.

    One row per bill: source, party, item, net_vnd, vat_vnd and the account numbers receivable,
    receivable_vat, revenue, vat_payable. Legs 1 and 2 open the item that a payment clears.
    """
    return _legs(
        bills,
        [
            ("receivable", pl.col("net_vnd"), True),
            ("receivable_vat", pl.col("vat_vnd"), True),
            ("revenue", -pl.col("net_vnd"), False),
            ("vat_payable", -pl.col("vat_vnd"), False),
        ],
    )


def issuance(bills: pl.DataFrame) -> pl.DataFrame:
    """Dr receivable and receivable VAT by bill; Cr revenue and VAT payable once for all of them.

    One row per bill, in the order of `source`, the issuance: source, party, item, net_vnd, vat_vnd
    and the account numbers receivable, receivable_vat, revenue, vat_payable. What each bill owes
    stays an item of its own, amount and VAT apart; revenue needs no leg for every bill.
    """
    owed = _legs(
        bills,
        [("receivable", pl.col("net_vnd"), True), ("receivable_vat", pl.col("vat_vnd"), True)],
    )
    of_source = ["source", "revenue", "vat_payable"]
    sums = bills.group_by(of_source, maintain_order=True).agg(pl.col("net_vnd", "vat_vnd").sum())
    nobody = pl.lit(None, dtype=pl.Int64())
    earned = _legs(
        sums.with_columns(party=nobody, item=nobody),
        [("revenue", -pl.col("net_vnd"), False), ("vat_payable", -pl.col("vat_vnd"), False)],
    )
    legs = pl.concat([owed, earned])
    if sums.height > 1:
        legs = legs.sort("source", maintain_order=True)
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int32()).over("source")
    return LEGS.check(legs.with_columns(leg=number))


def bill_cancelled(bills: pl.DataFrame) -> pl.DataFrame:
    """Take a bill back: the legs of `bill` with opposite signs."""
    return bill(bills).with_columns(-pl.col("amount_vnd"))


def credit(bills: pl.DataFrame) -> pl.DataFrame:
    """Dr both receivables of a cancelled bill with what was paid on it; Cr what the party has paid.

    One row per bill: source, party, item, net_vnd and vat_vnd (paid, amount and VAT apart) and the
    account numbers receivable, receivable_vat, unapplied. The credit carries party and item, so
    that it can be found by the bill that it came from.
    """
    return _legs(
        bills,
        [
            ("receivable", pl.col("net_vnd"), True),
            ("receivable_vat", pl.col("vat_vnd"), True),
            ("unapplied", -(pl.col("net_vnd") + pl.col("vat_vnd")), True),
        ],
    )


def transfer(bills: pl.DataFrame) -> pl.DataFrame:
    """Dr the credit that a cancelled bill left; Cr both receivables of the bill in its place.

    One row per bill: source, party, item (the new bill), from_item (the cancelled one), net_vnd,
    vat_vnd and the account numbers receivable, receivable_vat, unapplied.
    """
    legs = _legs(
        bills,
        [
            ("unapplied", pl.col("net_vnd") + pl.col("vat_vnd"), True),
            ("receivable", -pl.col("net_vnd"), True),
            ("receivable_vat", -pl.col("vat_vnd"), True),
        ],
    )
    origin = bills.select("source", "from_item")
    moved = legs.join(origin, on="source", how="left", maintain_order="left")
    item = pl.when(pl.col("leg") == 1).then("from_item").otherwise("item")
    return LEGS.check(moved.with_columns(item=item))


def payment(payments: pl.DataFrame) -> pl.DataFrame:
    """Dr the account that collects (partner clearing, or cash at the counter); Cr both receivables.

    One row per payment: source, party, item, net_vnd, vat_vnd and the account numbers collecting,
    receivable, receivable_vat.
    """
    return _legs(
        payments,
        [
            ("collecting", pl.col("net_vnd") + pl.col("vat_vnd"), False),
            ("receivable", -pl.col("net_vnd"), True),
            ("receivable_vat", -pl.col("vat_vnd"), True),
        ],
    )


def bank_credit(lines: pl.DataFrame) -> pl.DataFrame:
    """Dr bank; Cr the account the money was waiting in (clearing, cash) or suspense.

    One row per statement line: source, amount_vnd and the account numbers bank, counterpart.
    """
    return _legs(
        lines.with_columns(
            party=pl.lit(None, dtype=pl.Int64()), item=pl.lit(None, dtype=pl.Int64())
        ),
        [
            ("bank", pl.col("amount_vnd"), False),
            ("counterpart", -pl.col("amount_vnd"), False),
        ],
    )


def suspense_cleared(lines: pl.DataFrame) -> pl.DataFrame:
    """Dr suspense; Cr the account the money should have reached (clearing, cash).

    One row per statement line, a credit: source, amount_vnd and the account numbers suspense,
    counterpart.
    """
    nobody = pl.lit(None, dtype=pl.Int64())
    return _legs(
        lines.with_columns(party=nobody, item=nobody),
        [
            ("suspense", pl.col("amount_vnd"), False),
            ("counterpart", -pl.col("amount_vnd"), False),
        ],
    )


def late_interest(charges: pl.DataFrame) -> pl.DataFrame:
    """Dr late interest; Cr interest income; the other way round where too much was counted.

    One row per charge: source, party, item (the bill paid late), amount_vnd and the account numbers
    late_interest, interest_income.
    """
    return _legs(
        charges,
        [
            ("late_interest", pl.col("amount_vnd"), True),
            ("interest_income", -pl.col("amount_vnd"), False),
        ],
    )


def interest_paid(payments: pl.DataFrame) -> pl.DataFrame:
    """Dr suspense, where the customer's transfer waits; Cr late interest.

    One row per payment: source, party, item, amount_vnd and the account numbers suspense,
    late_interest.
    """
    return _legs(
        payments,
        [("suspense", pl.col("amount_vnd"), False), ("late_interest", -pl.col("amount_vnd"), True)],
    )


def write_off(bills: pl.DataFrame) -> pl.DataFrame:
    """Dr the expense of debts given up; Cr both receivables and late interest of the bill.

    One row per bill: source, party, item, net_vnd, vat_vnd, interest_vnd and the account numbers
    write_off, receivable, receivable_vat, late_interest.
    """
    whole = pl.col("net_vnd") + pl.col("vat_vnd") + pl.col("interest_vnd")
    return _legs(
        bills,
        [
            ("write_off", whole, False),
            ("receivable", -pl.col("net_vnd"), True),
            ("receivable_vat", -pl.col("vat_vnd"), True),
            ("late_interest", -pl.col("interest_vnd"), True),
        ],
    )


def deposit(moves: pl.DataFrame) -> pl.DataFrame:
    """Dr suspense, where the customer's transfer waits; Cr the deposits held.

    One row per deposit: source, party, item (null), amount_vnd and the account numbers suspense,
    deposit.
    """
    return _legs(
        moves,
        [("suspense", pl.col("amount_vnd"), False), ("deposit", -pl.col("amount_vnd"), True)],
    )


def deposit_returned(moves: pl.DataFrame) -> pl.DataFrame:
    """Dr the deposits held; Cr suspense until the bank shows the transfer back."""
    return deposit(moves).with_columns(-pl.col("amount_vnd"))


def deposit_applied(moves: pl.DataFrame) -> pl.DataFrame:
    """Dr the deposits held; Cr both receivables of a bill.

    One row per bill: source, party, item, net_vnd, vat_vnd and the account numbers deposit,
    receivable, receivable_vat.
    """
    return _legs(
        moves,
        [
            ("deposit", pl.col("net_vnd") + pl.col("vat_vnd"), True),
            ("receivable", -pl.col("net_vnd"), True),
            ("receivable_vat", -pl.col("vat_vnd"), True),
        ],
    )


def drawer_differences(counts: pl.DataFrame) -> pl.DataFrame:
    """Dr shortage, Cr cash for what a drawer lacks; Dr cash, Cr overage for what it holds too much.

    One row per tender of one drawer's closing that differs: source, amount_vnd (counted less
    expected, not zero) and the account numbers cash, shortage, overage. A shortage of one tender
    and an overage of another stay two amounts: they are two questions to the cashier.
    """
    lacks = pl.col("amount_vnd") < 0
    nobody = pl.lit(None, dtype=pl.Int64())
    legs = _legs(
        counts.with_columns(
            party=nobody,
            item=nobody,
            other=pl.when(lacks).then("shortage").otherwise("overage"),
        ),
        [("cash", pl.col("amount_vnd"), False), ("other", -pl.col("amount_vnd"), False)],
    )
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int32()).over("source")
    return LEGS.check(legs.with_columns(leg=number))


def _legs(journals: pl.DataFrame, legs: list[tuple[str, pl.Expr, bool]]) -> pl.DataFrame:
    """Lay out the legs of every journal beside each other, in the order of the journals.

    Each leg is (account column, amount, whether it carries party and item). Index pages fill from
    left to right when rows come in key order, hence every journal is repeated in place and no sort.
    """
    row = pl.int_range(journals.height * len(legs), eager=True)
    repeated = journals.select(pl.all().gather(row // len(legs)))
    leg = pl.lit(row % len(legs) + 1)

    def by_leg(choices: list[pl.Expr]) -> pl.Expr:
        chosen = choices[-1]
        for number, choice in enumerate(choices[:-1], start=1):
            chosen = pl.when(leg == number).then(choice).otherwise(chosen)
        return chosen

    carries = by_leg([pl.lit(open_) for _, _, open_ in legs])
    laid_out = repeated.select(
        "source",
        leg=leg.cast(pl.Int32()),
        account_id=by_leg([pl.col(account) for account, _, _ in legs]),
        party=pl.when(carries).then("party"),
        item=pl.when(carries).then("item"),
        amount_vnd=by_leg([amount for _, amount, _ in legs]),
    )
    return LEGS.check(laid_out.filter(pl.col("amount_vnd") != 0))
