"""The tax authority's e-invoice layout, dated: version, series letters, summary table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.reference.fields import read_yaml, refuse_gaps, shipped
from congto.vocabulary.errors import NotInForceError
from congto.vocabulary.invoices import EInvoiceRules, InvoiceKind
from congto.vocabulary.prices import Confidence

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from congto.reference.fields import Entry


def load_einvoice_rules(on: date, directory: Path | None = None) -> EInvoiceRules:
    """Return the layout of invoices issued on a day; raises NotInForceError before the first."""
    entry = read_yaml(shipped(directory).joinpath("einvoice.yaml"))
    entry.fields("source", "versions", "symbol", "summary")
    version = _version_on(entry, on)
    symbol = entry.entry("symbol").fields("letters", "source", "confidence")
    summary = entry.entry("summary").fields(
        "form", "name", "rows_max", "states", "source", "confidence"
    )
    states = summary.entry("states").fields(*(kind.value for kind in InvoiceKind))
    return EInvoiceRules(
        version=version.text("version"),
        basis=version.text("basis"),
        symbol_letters=symbol.text("letters"),
        summary_form=summary.text("form"),
        summary_name=summary.text("name"),
        summary_rows_max=summary.whole("rows_max"),
        summary_states={kind: states.whole(kind.value) for kind in InvoiceKind},
        confidence=max(
            (one.confidence() for one in (version, symbol, summary)), key=list(Confidence).index
        ),
    )


def _version_on(entry: Entry, on: date) -> Entry:
    rows = [
        row.fields("from", "to", "version", "basis", "confidence")
        for row in entry.entries("versions")
    ]
    refuse_gaps(
        [(row.place, row.day("from"), row.optional_day("to")) for row in rows], "e-invoice layout"
    )
    for row in reversed(rows):
        end = row.optional_day("to")
        if row.day("from") <= on and (end is None or on < end):
            return row
    raise NotInForceError(
        f"no e-invoice layout is in force on {on}",
        expected=f"a day from {rows[0].day('from')}",
        action="correct the day of issue",
    )
