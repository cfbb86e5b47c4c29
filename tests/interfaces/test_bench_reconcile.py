"""The benchmark of matching: its figures belong together; speed itself is never tested."""

from __future__ import annotations

from congto.interfaces.bench import reconcile


def test_it_matches_what_its_lines_name() -> None:
    figures = reconcile.run(customers=1_000, seed=3)
    # Of 1,000 lines 100 name nobody; of the others, 97 n not a multiple of 10, ten pay 500 less.
    assert figures["certain_lines"] == 1_000 - 100 - 9
    assert figures["asked_lines"] == 9
    assert figures["lines_per_second"] > 0
