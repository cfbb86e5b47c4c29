"""Simulated payments: 23 banks and intermediaries and the utility's own counter.

All names are invented. 13 banks and 10 intermediaries: EVN counted more than 30 banks and 10
intermediaries in 2020. Where a customer pays depends on the customer alone, when on the bill
alone; so a run that is done again after a kill gets the same payments for the bills that are left.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.sample.randomness import keyed

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

PARTNER_SHARE = 0.88
"""Share of customers who pay by bank or intermediary: a guess for 2026. EVN had 49.45 % in 2018;
its central corporation had 85.96 % cashless in 2022."""
PAID_SHARE = 0.97
"""Share of bills paid within the window."""
LARGE_BILL_VND, LARGE_PAID_SHARE = 10_000_000, 0.998
"""Large customers have more to lose than their supply for a day."""
IN_TIME_SHARE = 0.92
"""Of the bills that are paid, the share paid by their due date."""
SENT_TWICE = 1 / 2000
"""Share of partners' payments that arrive a second time under the same number."""
LOCAL_OFFSET_HOURS = 7
SUNDAY = 7


@dataclass(frozen=True, slots=True)
class Partner:
    """Who takes the money; `bank_account` is the utility's collection account it reaches."""

    code: str
    name: str
    kind: str
    bank_account: str

    def row(self) -> dict[str, str]:
        """Return the partner as a row for the books: code, name, kind, bank_account."""
        return asdict(self)


_BANKS = (
    "Sông Tiền", "Lúa Vàng", "Cánh Buồm", "Trúc Xanh", "Phù Sa", "Mây Ngàn", "Sao Hôm",
    "Cầu Vồng", "Đồng Xanh", "Bến Nước", "Hoa Ban", "Trăng Rằm", "Núi Nhỏ",
)  # fmt: skip
_INTERMEDIARIES = (
    "Ví Bông Lúa", "Ví Cánh Cò", "Ví Đom Đóm", "Ví Tổ Ong", "Ví Sóng Nhỏ",
    "Cổng thanh toán Chìa Khóa", "Cổng thanh toán Ba Khía", "Điểm thu Chợ Quê",
    "Điểm thu Cây Đa", "Điểm thu Bến Đò",
)  # fmt: skip
COUNTER = Partner("COUNTER", "Quầy giao dịch", "counter", "SIM0000000099")
PARTNERS: tuple[Partner, ...] = (
    *(
        Partner(f"P{n:02d}", f"Ngân hàng {name}", "bank", f"SIM{n:010d}")
        for n, name in enumerate(_BANKS, start=1)
    ),
    *(
        Partner(f"P{n:02d}", name, "intermediary", f"SIM{n:010d}")
        for n, name in enumerate(_INTERMEDIARIES, start=len(_BANKS) + 1)
    ),
    COUNTER,
)
"""The 23 partners, largest bank first, then the largest intermediary first, then the counter."""

_HOURS = {
    # channel: (first minute of the local day, minutes)
    "auto_debit": (8 * 60, 90),
    "app": (6 * 60, 17 * 60),
    "agent": (7 * 60 + 30, 11 * 60),
    "counter": (7 * 60 + 30, 9 * 60),
}
AUTO_DEBIT_SHARE = 0.4
"""Of customers who pay by bank; the others use the bank's app."""

BILLS_A_MONTH = 64
"""More bills than a customer gets in a month; keeps the draws of a customer's bills apart."""

PAYMENTS = {
    "partner_code": pl.String(),
    "partner_txn_id": pl.String(),
    "bill_id": pl.Int64(),
    "customer_code": pl.String(),
    "amount_vnd": pl.Int64(),
    "paid_at": pl.Datetime("us", "UTC"),
    "channel": pl.String(),
}


def simulate_payments(
    bills: pl.DataFrame, *, seed: int, first_day: date, last_day: date
) -> pl.DataFrame:
    """Return the payments of open bills between two local days, both included.

    Args:
        bills: one row per open bill: bill_id, customer_code, unit, gross_vnd, due_date.
        seed: of all draws.
        first_day: first local day on which anybody pays.
        last_day: last one.

    Returns one row per message of a partner, by time: partner_code, partner_txn_id, bill_id,
    customer_code, amount_vnd (whole đồng, the whole bill), paid_at (UTC), channel (auto_debit,
    app, agent, counter). About 97 % of bills are paid, 88 % of customers by bank or intermediary;
    one message in 2,000 comes twice with the same partner_txn_id.
    """
    customer = _numbers(bills["customer_code"])
    # Not the bill's number: books that were filled again number the same bills otherwise.
    nth = bills.select(pl.int_range(pl.len(), dtype=pl.UInt64).over("customer_code"))
    bill = customer * np.uint64(BILLS_A_MONTH) + nth.to_series().to_numpy()
    partner, channel = _way_of(customer, seed)
    large = bills["gross_vnd"].to_numpy() > LARGE_BILL_VND
    paid = keyed(bill, seed, "paid") < np.where(large, LARGE_PAID_SHARE, PAID_SHARE)
    frame = bills.select(
        pl.col("bill_id").cast(pl.Int64), "customer_code", "due_date", amount_vnd="gross_vnd"
    ).with_columns(
        partner_code=partner,
        channel=channel,
        nth=nth.to_series(),
        late=pl.Series(keyed(bill, seed, "late") >= IN_TIME_SHARE, dtype=pl.Boolean),
        when=pl.Series(keyed(bill, seed, "day"), dtype=pl.Float64),
        minute=pl.Series(keyed(bill, seed, "minute"), dtype=pl.Float64),
        twice=pl.Series(keyed(bill, seed, "twice") < SENT_TWICE, dtype=pl.Boolean),
    )
    frame = frame.filter(pl.Series(paid, dtype=pl.Boolean), pl.col("amount_vnd") > 0)
    timed = _with_time(frame, first_day, last_day).with_columns(
        partner_txn_id=pl.format(
            "{}-{}-{}-{}",
            *("partner_code", pl.col("day").dt.strftime("%Y%m%d"), "customer_code", "nth"),
        )
    )
    again = timed.filter("twice", pl.col("channel") != "counter")
    messages = pl.concat([timed, again]).sort("paid_at", "partner_txn_id")
    return messages.select(list(PAYMENTS)).cast(PAYMENTS)  # type: ignore[arg-type]  # dict is invariant


def _numbers(codes: pl.Series) -> NDArray[np.uint64]:
    """Digits of each code as a number: PB00010000003 -> 10000003."""
    digits = codes.str.replace_all(r"\D", "").cast(pl.UInt64)
    return digits.fill_null(0).to_numpy()


def _way_of(customer: NDArray[np.uint64], seed: int) -> tuple[pl.Series, pl.Series]:
    """Return partner code and channel of each customer.

    The n-th largest partner of its kind has a share like 1 / n.
    """
    codes = np.array([partner.code for partner in PARTNERS])
    banks, others = len(_BANKS), len(_INTERMEDIARIES)
    weight = np.concatenate([1 / np.arange(1, banks + 1), 1 / np.arange(1, others + 1)])
    share = np.append(weight / weight.sum() * PARTNER_SHARE, 1 - PARTNER_SHARE)
    place = np.searchsorted(np.cumsum(share), keyed(customer, seed, "partner"), side="right")
    place = np.minimum(place, len(codes) - 1)
    automatic = keyed(customer, seed, "automatic") < AUTO_DEBIT_SHARE
    agents = np.char.startswith([partner.name for partner in PARTNERS], "Điểm thu")
    channel = np.where(
        place < banks,
        np.where(automatic, "auto_debit", "app"),
        np.where(place == len(codes) - 1, "counter", np.where(agents[place], "agent", "app")),
    )
    return (
        pl.Series("partner_code", codes[place], dtype=pl.String),
        pl.Series("channel", channel, dtype=pl.String),
    )


def _with_time(frame: pl.DataFrame, first_day: date, last_day: date) -> pl.DataFrame:
    """Add day (local) and paid_at: most pay soon after the first day, the late after the due date.

    The counter is closed on Sundays: its Sunday payments fall on the day before, or on the day
    after if the window starts on a Sunday.
    """
    days = (last_day - first_day).days + 1
    until_due = ((pl.col("due_date") - first_day).dt.total_days() + 1).clip(1, days)
    soon = (pl.col("when").pow(1.5) * until_due).floor()
    late = (until_due + pl.col("when") * (days - until_due)).floor()
    hours = pl.DataFrame(
        [(channel, start, length) for channel, (start, length) in _HOURS.items()],
        schema=["channel", "opens", "open_minutes"],
        orient="row",
    )
    offset = pl.when("late").then(late).otherwise(soon).clip(0, days - 1).cast(pl.Int64)
    closed = (pl.col("channel") == "counter") & (pl.col("day").dt.weekday() == SUNDAY)
    earlier = pl.col("day") > first_day
    seconds = ((pl.col("opens") + pl.col("minute") * pl.col("open_minutes")) * 60).cast(pl.Int64)
    return (
        frame.join(hours, on="channel", how="left", maintain_order="left")
        .with_columns(day=pl.lit(first_day) + pl.duration(days=offset))
        .with_columns(
            day=pl.when(closed & earlier)
            .then(pl.col("day").dt.offset_by("-1d"))
            .when(closed & (days > 1))
            .then(pl.col("day").dt.offset_by("1d"))
            .otherwise("day")
        )
        .with_columns(
            paid_at=(
                pl.col("day").cast(pl.Datetime("us"))
                + pl.duration(seconds=seconds)
                - pl.duration(hours=LOCAL_OFFSET_HOURS)
            ).dt.replace_time_zone("UTC")
        )
    )


def bank_statements(payments: pl.DataFrame) -> pl.DataFrame:
    """Return the credit lines of the collection accounts: one per partner and local day.

    Columns: bank_account, booking_date, amount_vnd, reference ("P01-20261105"), text. A line is
    the sum of the partner's payments of that day, each counted once however often it was sent. The
    counter pays in its cash on the day itself.
    """
    accounts = pl.DataFrame([partner.row() for partner in PARTNERS]).rename(
        {"code": "partner_code"}
    )
    local = pl.col("paid_at").dt.offset_by(f"{LOCAL_OFFSET_HOURS}h").dt.date()
    return (
        payments.unique(["partner_code", "partner_txn_id"], maintain_order=True)
        .group_by("partner_code", booking_date=local)
        .agg(pl.col("amount_vnd").sum(), count=pl.len())
        .join(accounts, on="partner_code")
        .sort("booking_date", "partner_code")
        .with_columns(day=pl.col("booking_date").dt.strftime("%Y%m%d"))
        .select(
            "bank_account",
            "booking_date",
            "amount_vnd",
            reference=pl.format("{}-{}", "partner_code", "day"),
            text=pl.format("{} CHUYEN TIEN DIEN NGAY {} SO GD {}", "partner_code", "day", "count"),
        )
    )
