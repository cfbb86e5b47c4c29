"""Writes of orders and commands, gathered: each is one transaction."""

from congto.office.commands.cap_list import ProposedCaps, UnitCapRow, propose_caps
from congto.office.commands.ordering import Ordered, Wanted, order, preview
from congto.office.commands.protection import Protection, WrongRow, import_protections, protect
from congto.office.commands.sending import Deed, Turn, begin, ended, keep_progress
from congto.office.commands.targets import Judged, Refusal, RefusedMetersError, find
from congto.office.commands.withdrawing import settle, withdraw

__all__ = [
    "Deed",
    "Judged",
    "Ordered",
    "ProposedCaps",
    "Protection",
    "Refusal",
    "RefusedMetersError",
    "Turn",
    "UnitCapRow",
    "Wanted",
    "WrongRow",
    "begin",
    "ended",
    "find",
    "import_protections",
    "keep_progress",
    "order",
    "preview",
    "propose_caps",
    "protect",
    "settle",
    "withdraw",
]
