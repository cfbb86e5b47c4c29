"""Writing the tax authority's elements: a text is left out where there is none to say."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from congto.vocabulary.invoices import InvoiceDocument

DS = "http://www.w3.org/2000/09/xmldsig#"


def texts(parent: etree._Element, **values: str | int | None) -> None:
    """Append one element per value, in order; none for None or an empty text."""
    for name, value in values.items():
        if value is not None and value != "":
            etree.SubElement(parent, name).text = str(value)


def extras(parent: etree._Element, found: Iterable[tuple[str, str, str | int | None]]) -> None:
    """Append TTKhac with (name, kind, value): the place for what the layout has no element for."""
    said = [row for row in found if row[2] not in {None, ""}]
    if not said:
        return
    other = etree.SubElement(parent, "TTKhac")
    for name, kind, value in said:
        texts(etree.SubElement(other, "TTin"), TTruong=name, KDLieu=kind, DLieu=value)


def place_for_signature(root: etree._Element, signer: str) -> None:
    """Append DSCKS with the element of the signer, where the signature goes."""
    etree.SubElement(etree.SubElement(root, "DSCKS"), signer)


def kwh_text(energy_wh: int) -> str:
    """Return exact kWh with a decimal point: 62500 -> "62.5", -50000 -> "-50"."""
    return f"{(Decimal(energy_wh) / 1000).normalize():f}"


def rate_text(rate_bp: int) -> str:
    """Return a VAT rate as the layout writes it: 800 -> "8%", 750 -> "KHAC:07.50%"."""
    whole, rest = divmod(rate_bp, 100)
    return f"KHAC:{whole:02d}.{rest:02d}%" if rest else f"{whole}%"


def file_id(document: InvoiceDocument) -> str:
    """Return the Id of a document's data, which begins with a letter: "HD-1K26TAA-123"."""
    return f"HD-{document.symbol}-{document.number}"
