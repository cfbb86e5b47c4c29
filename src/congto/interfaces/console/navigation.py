"""The left navigation, in the order of the flow; a page that does not exist is not offered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse
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
    Entry("readings", _("Chỉ số"), "r"),
    Entry("bills", pgettext_lazy("many", "Hóa đơn"), "b"),
    Entry("payments", _("Thu tiền"), "t"),
    Entry("settlement", _("Quyết toán"), "s"),
    Entry("losses", pgettext_lazy("many", "Tổn thất"), "l"),
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
    """Return the links of the pages that exist; the one that `path` belongs to is marked."""
    found = [(entry, url) for entry in ENTRIES if (url := address(entry.name)) is not None]
    best = max((url for _entry, url in found if path.startswith(url)), key=len, default="")
    return [Link(entry.label, url, entry.key, here=url == best) for entry, url in found]


def address(name: str, *arguments: object) -> str | None:
    """Return the address of a named page, or None while there is none."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return None
