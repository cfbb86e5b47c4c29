"""Writes of orders and commands, gathered: each is one transaction."""

from congto.office.commands.ordering import Ordered, Wanted, order, preview
from congto.office.commands.protection import Protection, import_protections, protect
from congto.office.commands.sending import Deed, Turn, begin, ended, keep_progress
from congto.office.commands.targets import Judged, Refusal, RefusedMetersError, find
from congto.office.commands.withdrawing import settle, withdraw

__all__ = [
    "Deed",
    "Judged",
    "Ordered",
    "Protection",
    "Refusal",
    "RefusedMetersError",
    "Turn",
    "Wanted",
    "begin",
    "ended",
    "find",
    "import_protections",
    "keep_progress",
    "order",
    "preview",
    "protect",
    "settle",
    "withdraw",
]
