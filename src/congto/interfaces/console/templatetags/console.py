"""Tags of the console's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from congto.vocabulary.groups import CustomerGroup
from congto.vocabulary.highlight import matched_parts

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()

SUBGROUPS = {
    "tiered": _("bậc thang"),
    "prepaid_card": _("thẻ trả trước"),
    "undeclared_tenants": _("thuê nhà chưa kê khai đủ"),
    "hospital_kindergarten_school": _("bệnh viện, nhà trẻ, trường học"),
    "public_lighting_admin_office": _("chiếu sáng công cộng, cơ quan"),
}
CONFIDENCES = {
    "confirmed": _("đã xác nhận"),
    "single source": _("một nguồn"),
    "recalled": _("theo trí nhớ, chưa đối chiếu"),
    "inference": _("suy luận"),
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
