"""The left navigation, in the order of the flow; a new page adds its entry here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class Entry:
    """One link; `key` is what is typed after g to go there."""

    name: str
    label: _StrOrPromise
    key: str


ENTRIES = (
    Entry("home", _("Trang chủ"), "h"),
    Entry("customers", pgettext_lazy("many", "Khách hàng"), "c"),
    Entry("points", _("Điểm đo"), "p"),
    Entry("headend", _("Đo xa"), "x"),
    Entry("readings", _("Ghi chỉ số"), "i"),
    Entry("deliveries", _("Tệp số liệu"), "n"),
    Entry("exceptions", _("Số liệu đo"), "m"),
    Entry("bills", pgettext_lazy("many", "Hóa đơn"), "b"),
    Entry("billing-runs", _("Đợt lập hóa đơn"), "r"),
    Entry("held", _("Hóa đơn treo"), "k"),
    Entry("bill-files", _("Tệp hóa đơn"), "e"),
    Entry("price-book", _("Biểu giá"), "d"),
    Entry("trials", _("Tính thử"), "v"),
    Entry("payments", _("Thu tiền"), "t"),
    Entry("channels", _("Kênh thu"), "w"),
    Entry("arrears", _("Nợ quá hạn"), "q"),
    Entry("findings", _("Phát hiện"), "f"),
    Entry("proposals", _("Chờ duyệt"), "a"),
    Entry("jobs", _("Tác vụ nền"), "j"),
    Entry("audit", _("Nhật ký"), "u"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry with its address."""

    label: _StrOrPromise
    url: str
    key: str
    here: bool


def links(path: str) -> list[Link]:
    """Return every entry's link; the one that `path` belongs to is marked."""
    return [
        Link(entry.label, url := reverse(entry.name), entry.key, here=_belongs(path, url))
        for entry in ENTRIES
    ]


def _belongs(path: str, url: str) -> bool:
    """Tell whether a page stands at the link or below it; everything is below home."""
    return path == url or (url != "/" and path.startswith(f"{url.rstrip('/')}/"))
