"""Register activation (class 6): which registers count under which mask."""

from __future__ import annotations

from typing import NamedTuple

from congto.headend.cosem.classes.kinds import OCTETS, U8, array_of, record
from congto.headend.cosem.classes.parts import OBJECT_NAME
from congto.headend.cosem.classes.shape import CosemObject, attribute, method


class Mask(NamedTuple):
    """The registers that count, by their place in the assignment, from 1."""

    mask_name: bytes
    index_list: tuple[int, ...]


MASK = record(Mask, OCTETS, array_of(U8))


class RegisterActivation(
    CosemObject, number=6, version=0, title="Register activation", clause="4.3.5"
):
    """Registers, masks over them, and the mask in force."""

    register_assignment = attribute(2, array_of(OBJECT_NAME))
    mask_list = attribute(3, array_of(MASK))
    active_mask = attribute(4, OCTETS)

    add_register = method(1, OBJECT_NAME)
    add_mask = method(2, MASK)
    delete_mask = method(3, OCTETS)
