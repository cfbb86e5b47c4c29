"""Rating: usage and the price book in, bill lines and totals out.

`scalar` is the slow engine, written to be read beside the law, one bill at a time; `vectorised` is
the fast one, a frame at a time. Both give the same bills to the đồng (tests/properties).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from congto.engines.rating.vectorised import rate, unrated

__all__ = ["rate", "unrated"]


def __getattr__(name: str) -> object:
    """Load the fast engine when it is asked for: the scalar one starts without Polars."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from congto.engines.rating import vectorised  # noqa: PLC0415  (see the docstring)

    return getattr(vectorised, name)
