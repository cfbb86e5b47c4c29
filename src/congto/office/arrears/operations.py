"""Writes of arrears, gathered; what needs a second person is proposed (see `proposals`)."""

from congto.office.arrears.complaints import close_complaint, open_complaint
from congto.office.arrears.interest import Charged, charge_interest
from congto.office.arrears.ordering import (
    carried_out,
    follow_commands,
    give_order,
    not_carried_out,
    withdraw_order,
)
from congto.office.arrears.running import RunReport, preview, run_day

__all__ = [
    "Charged",
    "RunReport",
    "carried_out",
    "charge_interest",
    "close_complaint",
    "follow_commands",
    "give_order",
    "not_carried_out",
    "open_complaint",
    "preview",
    "run_day",
    "withdraw_order",
]
