"""Who sells: what invoices say of a unit that issues them, from one file in the data folder.

`sellers.yaml`, one entry per issuing unit (a company), keyed by its code:

    PC01:
      name: "Công ty Điện lực ..."
      tax_code: "0300000000"
      address: "..."
      phone: "..."
      bank_name: "..."
      bank_bin: "970415"
      bank_account: "..."

Units of the sample utility (codes that begin with PB00, which no real unit bears) need no entry:
their documents are marked as samples, and no bank has their account.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import yaml

from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.invoices import Seller

if TYPE_CHECKING:
    from pathlib import Path

FILE = "sellers.yaml"
SAMPLE_CODES = "PB00"
KEYS = frozenset(one.name for one in fields(Seller)) - {"sample"}
NEEDED = frozenset({"name", "tax_code", "address"})


class Sellers:
    """Answers code and name of an issuing unit with the seller that invoices name."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._found = _read(self._file)

    def __call__(self, code: str, name: str) -> Seller:
        """Return the seller; raises InvalidInputError if a real unit has no entry."""
        if code in self._found:
            return self._found[code]
        if code.startswith(SAMPLE_CODES):
            return sample_seller(name)
        raise InvalidInputError(
            f"unit {code} ({name}) issues invoices and {self._file} says nothing of it",
            expected="name, tax_code and address of the seller",
            action=f"add an entry {code} to the file",
        )


def sample_seller(name: str) -> Seller:
    """Return a seller whose tax code, bank and account exist nowhere."""
    return Seller(
        name=name,
        tax_code="0000000000",
        address="Địa chỉ minh họa",
        bank_name="Ngân hàng Minh Họa",
        bank_bin="999999",
        bank_account="TEST000001",
        sample=True,
    )


def _read(file: Path) -> dict[str, Seller]:
    if not file.exists():
        return {}
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise _refusal(f"{file}: {error}", "valid YAML") from error
    if not isinstance(content, dict):
        raise _refusal(f"{file}: {content!r}", "an entry per unit")
    return {str(code): _seller(f"{file}, {code}", entry) for code, entry in content.items()}


def _seller(place: str, entry: object) -> Seller:
    if not isinstance(entry, dict) or not entry.keys() >= NEEDED or not entry.keys() <= KEYS:
        raise _refusal(
            f"{place}: {entry!r}",
            f"{', '.join(sorted(NEEDED))} and, if known, {', '.join(sorted(KEYS - NEEDED))}",
        )
    if not all(isinstance(value, str) for value in entry.values()):
        raise _refusal(f"{place}: {entry!r}", "texts in quotes")
    return Seller(**entry)


def _refusal(found: str, expected: str) -> InvalidInputError:
    return InvalidInputError(found, expected=expected, action="mend the file")
