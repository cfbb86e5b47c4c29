"""Accounts, journals and postings; knows nothing of bills."""
