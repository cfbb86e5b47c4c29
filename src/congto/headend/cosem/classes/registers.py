"""Registers (classes 3, 4, 5): a value with scaler and unit, its time, its mean over periods."""

from __future__ import annotations

from congto.headend.cosem.classes.kinds import ANY, U16, U32, ZERO
from congto.headend.cosem.classes.moments import DATE_TIME
from congto.headend.cosem.classes.parts import SCALER_UNIT
from congto.headend.cosem.classes.shape import CosemObject, attribute, method


class Register(CosemObject, number=3, version=0, title="Register", clause="4.3.2"):
    """A measured value."""

    value = attribute(2, ANY)
    scaler_unit = attribute(3, SCALER_UNIT)

    reset = method(1, ZERO)


class ExtendedRegister(CosemObject, number=4, version=0, title="Extended register", clause="4.3.3"):
    """A measured value with its status and the time of its capture."""

    value = attribute(2, ANY)
    scaler_unit = attribute(3, SCALER_UNIT)
    status = attribute(4, ANY)
    capture_time = attribute(5, DATE_TIME)

    reset = method(1, ZERO)


class DemandRegister(CosemObject, number=5, version=0, title="Demand register", clause="4.3.4"):
    """A mean value of the running period and of the last one; `period` is in seconds."""

    current_average_value = attribute(2, ANY)
    last_average_value = attribute(3, ANY)
    scaler_unit = attribute(4, SCALER_UNIT)
    status = attribute(5, ANY)
    capture_time = attribute(6, DATE_TIME)
    start_time_current = attribute(7, DATE_TIME)
    period = attribute(8, U32)
    number_of_periods = attribute(9, U16)

    reset = method(1, ZERO)
    next_period = method(2, ZERO)
