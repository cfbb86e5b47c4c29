"""Numbers as people in Viet Nam type them: dots between thousands, a comma before decimals."""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from congto.vocabulary.errors import InvalidInputError

PLAIN = re.compile(r"\d+(,\d{1,2})?", re.ASCII)
GROUPED = re.compile(r"\d{1,3}(\.\d{3})+(,\d{1,2})?", re.ASCII)
ENGLISH = re.compile(r"\d+\.\d{1,2}", re.ASCII)
LENGTH_MAX = 15


def typed_number(label: str, text: str) -> Decimal:
    """Read "134", "1.234", "1234,5" or "1.234,5", a unit kWh after it or not.

    "12.5" is refused and not guessed: a dot stands between thousands here, and a bill that is ten
    times too high looks as right as the true one.
    """
    bare = re.sub(r"\s|kwh", "", text, flags=re.IGNORECASE)
    if len(bare) <= LENGTH_MAX and (PLAIN.fullmatch(bare) or GROUPED.fullmatch(bare)):
        return Decimal(bare.replace(".", "").replace(",", "."))
    if ENGLISH.fullmatch(bare):
        raise InvalidInputError(
            _("%(label)s: nhận “%(found)s”; phần thập phân viết sau dấu phẩy, ví dụ %(right)s")
            % {"label": label, "found": bare, "right": bare.replace(".", ",")}
        )
    raise InvalidInputError(
        _("%(label)s: nhận “%(found)s”, cần một số như 134 hoặc 1.234,5")
        % {"label": label, "found": text.strip()[:20]}
    )
