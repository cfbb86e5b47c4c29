"""CAMPAIGNS: what a visit does, when to try again, how many at once, what is still missing."""
