"""Trial billing: a draft of prices, quotas or VAT against what is in force, over the whole base.

Nothing here rates: the rating engine does, once for every profile (a set of rating rows that many
accounts share); here the draft is laid over the price book, and the two results are compared.
"""

from congto.engines.trial.draft import draft_book
from congto.engines.trial.piece import AccountSums, PieceSums, account_sums, merged, piece_sums
from congto.engines.trial.profiles import profiles
from congto.engines.trial.quota import with_quota
from congto.engines.trial.rated import rated_profiles

__all__ = [
    "AccountSums",
    "PieceSums",
    "account_sums",
    "draft_book",
    "merged",
    "piece_sums",
    "profiles",
    "rated_profiles",
    "with_quota",
]
