"""Our schemas of the tax authority's layout: every file is checked before it leaves."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from congto.vocabulary.errors import InvalidInputError

FOLDER = Path(__file__).parent / "schemas"


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(FOLDER / f"{name}.xsd")))


def refuse_unless_valid(root: etree._Element, name: str, what: str) -> None:
    """Refuse a document that breaks the schema `name` ("einvoice", "summary").

    The sentence names the element and what the schema expects there.
    """
    schema = _schema(name)
    if schema.validate(root):
        return
    first: Any = schema.error_log[0]  # type: ignore[index]  # the stubs do not know it is a list
    raise InvalidInputError(
        f"{what}: {first.message.rstrip('.')} (at {first.path})",
        expected=f"the layout of {name}.xsd",
        action="correct the data; the file was not written",
    )
