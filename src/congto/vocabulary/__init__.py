"""WORDS: units, money, periods, quality, findings, errors and the frames that pass between stages."""
