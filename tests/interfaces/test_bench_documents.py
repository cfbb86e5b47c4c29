"""Benchmarks of documents: their figures exist and belong together; speed is never tested."""

import pytest

from congto.interfaces.bench import einvoice, pdf
from congto.interfaces.bench.invoices import invoices
from congto.interfaces.documents.reconcile import refuse_unless_it_adds_up


def test_einvoices_print_rate_memory_and_limit():
    figures = einvoice.run(customers=60, seed=3)
    assert figures["verified"] == 1
    for name in ("invoices_per_second", "limit_per_second", "peak_rss_bytes"):
        assert figures[name] > 0


def test_printed_bills_print_rate_memory_and_limit():
    figures = pdf.run(customers=60, seed=3)
    for name in ("pdf_per_second_per_core", "limit_per_second_per_core", "peak_rss_bytes"):
        assert figures[name] > 0


@pytest.mark.parametrize("seed", [1, 2])
def test_the_invoices_add_up_and_are_the_same_again(seed):
    made = list(invoices(300, seed))
    for document in made:
        refuse_unless_it_adds_up(document)
    assert {len(document.lines) for document in made} == {1, 2, 3, 4, 5, 6}
    assert list(invoices(1, seed, first=8)) == [made[7]]
