"""Sentences made of phrases and figures, found again in another language.

Readers of files and rules write whole sentences in one language. A phrase is found again by its
fixed words, and what stood between them is put into its counterpart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Phrases:
    """Phrases of one language with their counterparts; braces hold what differs.

    Args:
        counterparts: phrase -> the same in the other language.
        otherwise: says a text that is no phrase.
    """

    def __init__(
        self, counterparts: Mapping[str, str], otherwise: Callable[[str], str] = str
    ) -> None:
        self._otherwise = otherwise
        self._exact = {one: other for one, other in counterparts.items() if "{}" not in one}
        holding = [one for one in counterparts if "{}" in one]
        # Those with most words of their own first: a short phrase fits into many sentences.
        holding.sort(key=lambda one: len(one.replace("{}", "")), reverse=True)
        self._holding = [
            (re.compile(re.escape(one).replace(r"\{\}", "(.*?)"), re.DOTALL), counterparts[one])
            for one in holding
        ]

    def of(self, text: str) -> str:
        """Return the counterpart of a sentence, parts of it too; an unknown one otherwise."""
        if text in self._exact:
            return self._exact[text]
        for pattern, counterpart in self._holding:
            held = pattern.fullmatch(text)
            if held:
                return counterpart.format(*map(self.of, held.groups()))
        return self._otherwise(text)
