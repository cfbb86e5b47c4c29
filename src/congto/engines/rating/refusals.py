"""Why a bill cannot be rated: the same reasons, in the same order, in both engines."""

from __future__ import annotations

from enum import StrEnum

from congto.vocabulary.errors import CongtoError

MAX_QUANTITY_WH = 10**12
"""One TWh (or Tvarh): more than any one customer uses; keeps all products inside 64 bits."""

MAX_QUARTERS = 4_000_000
"""A million households on one meter, for the same reason."""


class Refusal(StrEnum):
    """The first that applies is the reason."""

    VALUE_MISSING = "value_missing"
    PERIOD_EMPTY = "period_empty"
    QUANTITY_NEGATIVE = "quantity_negative"
    QUANTITY_TOO_LARGE = "quantity_too_large"
    BANDS_DIFFER = "bands_differ"
    QUOTA_OUT_OF_RANGE = "quota_out_of_range"
    NO_DECISION = "no_decision"
    NO_PRICE = "no_price"
    NO_VAT = "no_vat"


class CannotRateError(CongtoError):
    """One bill cannot be rated; `reason` is for programs, the sentence for people."""

    def __init__(self, reason: Refusal, found: str, expected: str) -> None:
        self.reason = reason
        super().__init__(found, expected=expected)
