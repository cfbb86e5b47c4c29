"""Tags of the console's own pages."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from congto.office.billing.choices import Signer
from congto.vocabulary import format_vi
from congto.vocabulary.groups import CustomerGroup
from congto.vocabulary.highlight import matched_parts

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from congto.office.billing.dry_run import DryRun
    from congto.office.billing.models import Bill
    from congto.office.overview.price_book import WaitingTier
    from congto.office.overview.price_diff import TierChange
    from congto.vocabulary.prices import PriceRow

register = template.Library()

SUBGROUPS = {
    "tiered": _("bậc thang"),
    "prepaid_card": _("thẻ trả trước"),
    "undeclared_tenants": _("thuê nhà chưa kê khai đủ"),
    "hospital_kindergarten_school": _("bệnh viện, nhà trẻ, trường học"),
    "public_lighting_admin_office": _("chiếu sáng công cộng, cơ quan"),
    "rural_residential": _("nông thôn, sinh hoạt"),
    "rural_other": _("nông thôn, mục đích khác"),
    "housing_city_seller_transformer_residential": _(
        "khu tập thể thành phố, trạm của bên bán, sinh hoạt"
    ),
    "housing_city_buyer_transformer_residential": _(
        "khu tập thể thành phố, trạm của bên mua, sinh hoạt"
    ),
    "housing_city_other": _("khu tập thể thành phố, mục đích khác"),
    "housing_town_seller_transformer_residential": _(
        "khu tập thể thị trấn, trạm của bên bán, sinh hoạt"
    ),
    "housing_town_buyer_transformer_residential": _(
        "khu tập thể thị trấn, trạm của bên mua, sinh hoạt"
    ),
    "housing_town_other": _("khu tập thể thị trấn, mục đích khác"),
    "mixed_complex_residential": _("tổ hợp thương mại và nhà ở, sinh hoạt"),
    "mixed_complex_other": _("tổ hợp thương mại và nhà ở, mục đích khác"),
    "industrial_park_110kV_busbar_over_100MVA": _("khu công nghiệp, thanh cái 110 kV trên 100 MVA"),
    "industrial_park_110kV_busbar_50_100MVA": _(
        "khu công nghiệp, thanh cái 110 kV từ 50 đến 100 MVA"
    ),
    "industrial_park_110kV_busbar_under_50MVA": _("khu công nghiệp, thanh cái 110 kV dưới 50 MVA"),
    "industrial_park_medium_voltage_side": _("khu công nghiệp, phía trung áp"),
    "market": _("chợ"),
}
CONFIDENCES = {
    "confirmed": _("đã xác nhận"),
    "single source": _("một nguồn"),
    "recalled": _("theo trí nhớ, chưa đối chiếu"),
    "inference": _("suy luận"),
}
CONFIDENCE_MARKS = {"confirmed": "✓", "single source": "①", "recalled": "?", "inference": "≈"}
GROUPS = {
    "residential": _("Sinh hoạt"),
    "production": _("Sản xuất"),
    "business": _("Kinh doanh, dịch vụ"),
    "administrative": _("Hành chính sự nghiệp"),
    "wholesale": _("Bán buôn"),
}
BANDS = {
    "normal": _("Bình thường"),
    "peak": _("Cao điểm"),
    "off_peak": _("Thấp điểm"),
    "all_day": _("Cả ngày"),
}
HOLD_RULES = {
    "BIL-101": _("Không dùng điện"),
    "BIL-102": _("Tăng vọt so với các kỳ trước"),
    "BIL-103": _("Tăng vọt so với cùng sổ"),
    "BIL-104": _("Chỉ số lùi, tính quay vòng"),
    "BIL-105": _("Nhiều hộ, dùng ít"),
    "BIL-106": _("Áp giá khác mục đích hợp đồng"),
    "BIL-107": _("Số ngày khác lịch ghi"),
    "BIL-108": _("Thay công tơ, chỉ số chưa chắc"),
    "BIL-201": _("Tổng tiền vượt ngưỡng"),
    "BIL-202": _("Hóa đơn đầu tiên"),
    "BIL-203": _("Hóa đơn cuối cùng"),
    "BIL-204": _("Có điện mà không có tiền"),
}
PARKING_RULES = {
    "BIL-001": _("Chưa áp giá đủ kỳ"),
    "BIL-002": _("Áp giá thay đổi trong kỳ"),
    "BIL-003": _("Quyết định giá không có giá này"),
    "BIL-004": _("Số liệu tính tiền không hợp lệ"),
}
QUALITIES = {
    0: _("thiếu"),
    1: _("loại bỏ"),
    2: _("tạm tính"),
    3: _("ước lượng"),
    4: _("ước lượng cuối"),
    5: _("đã sửa"),
    6: _("đo, nghi ngờ"),
    7: _("đo được"),
}


@register.simple_tag
def highlighted(text: str, words: list[str]) -> SafeString:
    """Mark the parts of `text` that match the words, diacritics aside."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", part) if marked else part,)
            for part, marked in matched_parts(text, words)
        ),
    )


@register.filter
def subgroup(code: str | None) -> str:
    """Say a subgroup of a price table in words; an unknown one as it is written."""
    return gettext(SUBGROUPS.get(code, code)) if code else ""


@register.filter
def confidence(word: str) -> str:
    """Say how well a published value is known."""
    return gettext(CONFIDENCES[str(word)])


@register.simple_tag
def sure(word: str) -> SafeString:
    """Mark how well one price is known by a sign; its words are a hint and read aloud."""
    said = confidence(word)
    return format_html(
        '<span class="sure {}" title="{}"><span aria-hidden="true">{}</span>'
        '<span class="sr">{}</span></span>',
        str(word).replace(" ", "-"),
        said,
        CONFIDENCE_MARKS[str(word)],
        said,
    )


@register.filter
def group(word: str) -> str:
    """Say a customer group of the price tables."""
    return gettext(GROUPS[str(word)])


@register.filter
def band(word: str) -> str:
    """Say a time band of the price tables."""
    return gettext(BANDS[str(word)])


@register.filter
def bill_rule(code: str) -> str:
    """Say what a rule of billing looks at; an unknown one as it is written."""
    return gettext(HOLD_RULES.get(code) or PARKING_RULES.get(code, code))


@register.filter
def invoice(bill: Bill) -> str:
    """Write an invoice's symbol and number: "1K26TAA 00000123"; a dash before it is issued."""
    return f"{bill.series} {bill.invoice_no:08}" if bill.invoice_no else "–"


@register.filter
def tenths_kwh(energy_wh: int | None) -> str:
    """Write Wh as kWh with one decimal, cut as the gates cut it: 4466 -> "4,4"."""
    return "–" if energy_wh is None else format_vi.number(Decimal(energy_wh // 100) / 10, 1)


@register.filter
def plain_kwh(energy_wh: int | None) -> str:
    """Write Wh as kWh without the unit; a dash where there is none."""
    return "–" if energy_wh is None else format_vi.kwh(energy_wh).removesuffix(" kWh")


@register.filter
def signed_kwh(energy_wh: int) -> str:
    """Write a difference of energy with its sign: -12000 -> "−12 kWh"."""
    return f"{signed((Decimal(energy_wh) / 1000).normalize())}\u00a0kWh"


@register.filter
def absolute(amount: int) -> int:
    """Return an amount without its sign."""
    return abs(amount)


@register.filter
def signer(level: int) -> str:
    """Return who signs at a level, as the books name it; `said` translates it."""
    return str(Signer(level).label)


@register.filter
def step_unit(rule: str) -> str:
    """Say what the steps of a rule's ladder count: times of the usual use, or đồng."""
    return "đ" if rule == "BIL-201" else gettext("lần")


@register.filter
def hit_rate(run: DryRun) -> str:
    """Write the share of bills that a dry run would hold, in percent with two decimals."""
    if not run.bills:
        return "–"
    return f"{format_vi.number(Decimal(run.hits) * 100 / run.bills, 2)}\u00a0%"


@register.filter
def clock(minute: int) -> str:
    """Write minutes from midnight as a time of day: 570 -> "09:30"."""
    return f"{minute // 60:02}:{minute % 60:02}"


@register.filter
def kwh_range(row: PriceRow | TierChange | WaitingTier) -> str:
    """Write the kWh of a tier: "0–50", "51–100", "từ 401"."""
    if row.to_kwh is None:
        return gettext("từ %(kwh)s") % {"kwh": row.from_kwh}
    return f"{row.from_kwh}–{row.to_kwh}"


@register.filter
def signed(value: Decimal | int | None, decimals: int | None = None) -> str:
    """Write a difference with its sign: 96 -> "+96", -3 -> "−3", 0 -> "0"."""
    if value is None:
        return "–"
    text = format_vi.number(value, decimals)
    return f"+{text}" if value > 0 else text


@register.filter
def quality(code: int) -> str:
    """Say the quality of a reading (vocabulary.quality.Quality)."""
    return gettext(QUALITIES[code])


@register.filter
def is_residential(group: str) -> bool:
    """Tell whether households count for the group."""
    return group == CustomerGroup.RESIDENTIAL


@register.filter
def households(quarters: int) -> str:
    """Say the number of households that a quota in quarters stands for: 8 -> "2", 6 -> "1,5"."""
    whole, rest = divmod(quarters, 4)
    return f"{whole}{('', ',25', ',5', ',75')[rest]}"
