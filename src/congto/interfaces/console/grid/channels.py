"""Lists of channels: receipts of counters, mandates of automatic debit."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from congto.interfaces.console.grid.columns import Column
from congto.interfaces.console.grid.filters import (
    ChoiceFilter,
    DateRangeFilter,
    NumberRangeFilter,
    TextFilter,
)
from congto.interfaces.console.grid.lists import Grid
from congto.interfaces.console.grid.lookups import UNIT, begins, of, words_in, words_of
from congto.office.channels.choices import Tender

RECEIPTS = Grid(
    key="receipts",
    page="receipts",
    title=_("Phiếu thu"),
    model="channels.Receipt",
    row_link=("receipt", "id"),
    order="-id",
    address="channels/receipts",
    columns=(
        Column("id", _("Số"), "id", "code", sort=True, indexed=True, link=("receipt", "id")),
        Column("number", _("Phiếu"), "partner_txn_id", "code"),
        Column("issued", _("Lúc"), "issued_at", "instant", sort=True),
        Column("customer", _("Mã khách hàng"), "customer__code", "code",
               link=("customer", "customer__code")),
        Column("name", _("Tên khách hàng"), "customer__name"),
        Column("tender", _("Hình thức thu"), "tender", "choice", labels=words_of(Tender)),
        Column("amount", _("Số tiền"), "amount_vnd", "dong", sort=True),
        Column("cashier", _("Thu ngân"), "turn__cashier__username"),
        Column("drawer", _("Ngăn kéo"), "turn__drawer__code", "code"),
        Column("reversed", _("Hủy lúc"), "reversed_at", "instant"),
        UNIT,
    ),
    filters=(
        TextFilter("q", _("Khách hàng"), words_in("customer__search_text")),
        ChoiceFilter("tender", _("Hình thức thu"), "tender", of(Tender)),
        DateRangeFilter("issued", _("Ngày"), "issued_at", instants=True),
        NumberRangeFilter("amount", _("Số tiền (đ)"), "amount_vnd"),
        TextFilter("drawer", _("Ngăn kéo"), begins("turn__drawer__code", upper=True)),
    ),
)  # fmt: skip

MANDATES = Grid(
    key="mandates",
    page="mandates",
    title=_("Ủy nhiệm trích nợ"),
    model="channels.Mandate",
    row_link=("mandate", "id"),
    order="number",
    address="channels/mandates",
    columns=(
        Column("number", _("Số ủy nhiệm"), "number", "code", sort=True, indexed=True,
               link=("mandate", "id")),
        Column("customer", _("Mã khách hàng"), "customer__code", "code",
               link=("customer", "customer__code")),
        Column("name", _("Tên khách hàng"), "customer__name"),
        Column("bank", _("Ngân hàng"), "bank__name"),
        Column("account", _("Tài khoản"), "account", "code", shown=False),
        Column("holder", _("Chủ tài khoản"), "holder"),
        Column("limit", _("Hạn mức một hóa đơn"), "limit_vnd", "dong"),
        Column("from", _("Từ ngày"), "valid_from", "day", sort=True),
        Column("to", _("Đến trước ngày"), "valid_to", "day"),
        Column("document", _("Văn bản"), "document", shown=False),
        UNIT,
    ),
    filters=(
        TextFilter("q", _("Khách hàng"), words_in("customer__search_text")),
        TextFilter("number", _("Số ủy nhiệm"), begins("number")),
        DateRangeFilter("from", _("Từ ngày"), "valid_from"),
    ),
)  # fmt: skip

CHANNELS = (RECEIPTS, MANDATES)
