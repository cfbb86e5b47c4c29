"""WORDS: units, money, periods, quality, findings, errors, and the frames between stages."""
