"""What speaks for a match of a bank line, in the words of its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from congto.office.settlement.models import MatchProposal

RULES: dict[str, _StrOrPromise] = {
    "REF-1": gettext_lazy("số tiền bằng số còn nợ"),
    "REF-N": gettext_lazy("số tiền bằng tổng các khoản mà nội dung nêu"),
    "ONE-OF": gettext_lazy("số tiền bằng một trong các khoản mà nội dung nêu"),
    "OLDEST": gettext_lazy("số tiền bằng tổng các khoản cũ nhất"),
    "NEAR": gettext_lazy("số tiền gần bằng"),
    "TOGETHER": gettext_lazy("nhiều dòng tiền về cộng lại bằng khoản nợ"),
    "PERSON": gettext_lazy("người xử lý chọn"),
}

DOUBTS: dict[str, _StrOrPromise] = {
    "another line says the same": gettext_lazy("dòng khác cũng nêu khoản này"),
    "its codes name several owners": gettext_lazy("nội dung nêu mã của nhiều khách hàng"),
    "a phone may be the payer's own": gettext_lazy("số điện thoại có thể là của người nộp"),
}

KINDS: dict[str, _StrOrPromise] = {
    "invoice": gettext_lazy("hóa đơn"),
    "customer": gettext_lazy("mã khách hàng"),
    "phone": gettext_lazy("số điện thoại"),
    "partner_day": gettext_lazy("ngày thu của đối tác"),
}


def why(proposal: MatchProposal) -> str:
    """Say which code both bear, what agrees, and what keeps it from being certain."""
    named, _colon, rest = proposal.why.partition(":")
    kind, _blank, keys = named.partition(" ")
    if kind not in KINDS:
        return f"{RULES[proposal.rule]}: {proposal.why}"
    parts = [f"{KINDS[kind]} {keys}", str(RULES[proposal.rule])]
    parts += [str(word) for doubt, word in DOUBTS.items() if doubt in rest]
    return "; ".join(parts)
