"""The list of what was done about overdue debts; its export is what a messaging system sends."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from congto.interfaces.console.grid.columns import Column
from congto.interfaces.console.grid.filters import ChoiceFilter, DateRangeFilter, TextFilter
from congto.interfaces.console.grid.lists import Grid
from congto.interfaces.console.grid.lookups import UNIT, of, words_in, words_of
from congto.office.arrears.choices import StepKind

STEPS = Grid(
    key="arrears_steps",
    page="arrears-steps",
    title=_("Các bước xử lý nợ"),
    model="arrears.DunningStep",
    row_link=("arrears-case", "agreement__code"),
    order="-id",
    columns=(
        Column("id", _("Số"), "id", "code", sort=True, indexed=True),
        Column("day", _("Ngày"), "day", "day"),
        Column("kind", _("Bước"), "kind", "choice", labels=words_of(StepKind),
               tones={StepKind.WARNING: "warn", StepKind.DISCONNECT: "bad",
                      StepKind.RECONNECT: "good", StepKind.CLOSE: "good"}),
        Column("agreement", _("Hợp đồng"), "agreement__code", "code",
               link=("arrears-case", "agreement__code")),
        Column("customer", _("Mã khách hàng"), "agreement__customer__code", "code",
               link=("customer", "agreement__customer__code")),
        Column("name", _("Tên khách hàng"), "agreement__customer__name"),
        Column("phone", _("Điện thoại"), "agreement__customer__phone", "code", shown=False),
        Column("owed", _("Nợ quá hạn"), "owed_vnd", "dong"),
        Column("due", _("Hạn cũ nhất"), "due_date", "day"),
        Column("cut", _("Ngày cắt đã báo"), "cut_on", "day"),
        UNIT,
    ),
    filters=(
        TextFilter("q", _("Khách hàng"), words_in("agreement__customer__search_text")),
        ChoiceFilter("kind", _("Bước"), "kind", of(StepKind)),
        DateRangeFilter("day", _("Ngày"), "day"),
    ),
)  # fmt: skip
