"""Losses: energy balances of network elements, from meters only."""

from congto.engines.losses.balance import balances
from congto.engines.losses.flags import Limits, flags
from congto.engines.losses.received import received

__all__ = ["Limits", "balances", "flags", "received"]
