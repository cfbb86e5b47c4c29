"""Bank statements and the daily close with each partner."""
