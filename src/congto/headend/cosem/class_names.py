"""Names of interface classes, attributes and methods, as their declarations have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from congto.headend.cosem.classes.registry import CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from congto.headend.cosem.classes.shape import Attribute, Method
    from congto.headend.dlms.apdu.references import Reference

SECRET_ATTRIBUTES = frozenset(
    (known.number, one.number)
    for known in CLASSES.values()
    for one in known.attributes
    if one.secret
)
SECRET_METHODS = frozenset(
    (known.number, one.number) for known in CLASSES.values() for one in known.methods if one.secret
)
"""Class and number of what carries a password or key."""


def class_name(number: int) -> str:
    """Return a class's name, or its number."""
    return CLASSES[number].title if number in CLASSES else f"class {number}"


def attribute_text(reference: Reference) -> str:
    """Return class and attribute by name and number."""
    known = CLASSES.get(reference.class_id)
    name = _name(() if known is None else known.attributes, reference.number)
    return f"{class_name(reference.class_id)}, attribute {reference.number} {name}".rstrip()


def method_text(reference: Reference) -> str:
    """Return class and method by name and number."""
    known = CLASSES.get(reference.class_id)
    name = _name(() if known is None else known.methods, reference.number)
    return f"{class_name(reference.class_id)}, method {reference.number} {name}".rstrip()


def _name(declared: Iterable[Attribute[Any] | Method[Any, Any]], number: int) -> str:
    return next((one.name for one in declared if one.number == number), "")
