"""Values of meters in whole units: value x 10^scaler, exact or refused."""

from __future__ import annotations

from congto.headend.dlms.faults import DlmsError, Fault

SCALER_MAX = 18
"""Beyond it a value of one byte is more than a country uses, or less than anybody measures."""


def whole_units(value: int, scaler: int) -> int:
    """Return value x 10^scaler as a whole number.

    Raises:
        DlmsError: BAD_VALUE, it is no whole number, or the scaler is beyond SCALER_MAX.
    """
    if not scaler:
        return value
    if scaler > 0:
        return value * _power(scaler, value)
    whole, rest = divmod(value, _power(-scaler, value))
    if rest:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"{value} x 10^{scaler}",
            expected="a whole number of Wh or varh",
            action="Let the model's profile say `parts: completed` if the rest may wait",
        )
    return whole


def completed_units(value: int, scaler: int) -> int:
    """Return value x 10^scaler without the unit that is not complete yet, for a counter.

    A counter shows what is complete, as a mechanical one does: what is left off now is in the next
    reading, so differences of readings still add up to the counter.

    Raises:
        DlmsError: BAD_VALUE, the scaler is beyond SCALER_MAX.
    """
    if scaler >= 0:
        return whole_units(value, scaler)
    return value // _power(-scaler, value)


def _power(exponent: int, value: int) -> int:
    if exponent > SCALER_MAX:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"a scaler of {exponent} or -{exponent} for {value}",
            expected=f"-{SCALER_MAX} to {SCALER_MAX}",
        )
    return int(10**exponent)
