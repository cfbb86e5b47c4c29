"""Whole numbers in Vietnamese words, as bills write their total."""

from __future__ import annotations

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
SCALES = ("", "nghìn", "triệu")
BILLION = 10**9


def in_words(number: int) -> str:
    """Return a whole number in words.

    305230 -> "ba trăm linh năm nghìn hai trăm ba mươi"; 21 -> "hai mươi mốt"; -15 -> "âm mười lăm".
    Groups of three digits are read with their scale; after the first group a group is read in full
    ("không trăm linh năm"), and a group of zeros is left out. Beyond 999 tỷ the tỷ are counted
    themselves: 10^12 is "một nghìn tỷ".
    """
    if number < 0:
        return "âm " + in_words(-number)
    if number == 0:
        return DIGITS[0]
    billions, rest = divmod(number, BILLION)
    parts = [in_words(billions), "tỷ"] if billions else []
    for power in (2, 1, 0):
        group = rest // 1000**power % 1000
        if group:
            parts += [_group(group, full=bool(parts)), SCALES[power]]
    return " ".join(part for part in parts if part)


def dong_in_words(amount: int) -> str:
    """Return an amount as documents write it: "Ba trăm linh năm nghìn ... đồng"."""
    words = f"{in_words(amount)} đồng"
    return words[0].upper() + words[1:]


def _group(group: int, *, full: bool) -> str:
    """Read three digits; `full` says the hundreds even when they are zero."""
    hundreds, rest = divmod(group, 100)
    said_hundreds = bool(hundreds) or full
    parts = [DIGITS[hundreds], "trăm"] if said_hundreds else []
    if rest:
        parts.append(_below_hundred(rest, after_hundreds=said_hundreds))
    return " ".join(parts)


def _below_hundred(number: int, *, after_hundreds: bool) -> str:
    """Read 1..99: "linh" for an absent ten, mười/mươi, mốt after mươi, lăm after any ten."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return f"linh {DIGITS[ones]}" if after_hundreds else DIGITS[ones]
    ten = "mười" if tens == 1 else f"{DIGITS[tens]} mươi"
    if ones == 0:
        return ten
    if ones == 5:
        return f"{ten} lăm"
    return f"{ten} mốt" if ones == 1 and tens > 1 else f"{ten} {DIGITS[ones]}"
