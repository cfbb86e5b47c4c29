"""The association by logical names (class 15): which objects there are, and what one may do.

Versions 0 to 2 number the modes of access; version 3 makes them bits (recalled).
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.classes.kinds import (
    ANY,
    BOOLEAN,
    ENUM,
    I8,
    LOGICAL_NAME,
    OCTETS,
    U8,
    U16,
    Kind,
    array_of,
    bits_of,
    either,
    enumerated,
    optional,
    record,
)
from congto.headend.cosem.classes.shape import CosemObject, answering, attribute, method

if TYPE_CHECKING:
    from congto.headend.dlms.data import Data

MODES_ARE_BITS = 3
"""From this version of the class on."""
READ_BIT, WRITE_BIT = 1, 2
READING_MODES, WRITING_MODES = frozenset({1, 3, 4, 6}), frozenset({2, 3, 5, 6})


class AttributeAccess(NamedTuple):
    """The right to an attribute; selectors that it takes, None where it takes none."""

    attribute_id: int
    access_mode: int
    access_selectors: tuple[int, ...] | None

    def readable(self, version: int) -> bool:
        """Say whether the attribute may be read, in an association of this version."""
        if version >= MODES_ARE_BITS:
            return bool(self.access_mode & READ_BIT)
        return self.access_mode in READING_MODES

    def writable(self, version: int) -> bool:
        """Say whether the attribute may be written, in an association of this version."""
        if version >= MODES_ARE_BITS:
            return bool(self.access_mode & WRITE_BIT)
        return self.access_mode in WRITING_MODES


class MethodAccess(NamedTuple):
    """The right to a method: False or 0 where there is none (Booleans in version 0)."""

    method_id: int
    access_mode: int | bool


class AccessRights(NamedTuple):
    """Rights to an object's attributes and methods."""

    attribute_access: tuple[AttributeAccess, ...]
    method_access: tuple[MethodAccess, ...]


class ListedObject(NamedTuple):
    """An object that the association shows."""

    class_id: int
    version: int
    logical_name: bytes
    access_rights: AccessRights


class Partners(NamedTuple):
    """The client and the logical device that speak."""

    client_sap: int
    server_sap: int


class NameParts(NamedTuple):
    """An object identifier by its numbers, as some meters give it in place of its octets."""

    joint_iso_ctt_element: int
    country_element: int
    country_name_element: int
    identified_organization_element: int
    dlms_ua_element: int
    kind_element: int
    id_element: int


class Services(NamedTuple):
    """What the association can do: conformance, sizes of messages, version of DLMS."""

    conformance: int
    max_receive_pdu_size: int
    max_send_pdu_size: int
    dlms_version_number: int
    quality_of_service: int
    cyphering_info: bytes


class AssociationStatus(IntEnum):
    """Whether a client is there."""

    NON_ASSOCIATED = 0
    ASSOCIATION_PENDING = 1
    ASSOCIATED = 2


class User(NamedTuple):
    """A user of a client."""

    user_id: int
    user_name: Data


METHOD_MODE: Kind[int | bool] = either(ENUM, BOOLEAN, bool)
RIGHTS = record(
    AccessRights,
    array_of(record(AttributeAccess, I8, ENUM, optional(array_of(I8)))),
    array_of(record(MethodAccess, I8, METHOD_MODE)),
)
LISTED_OBJECT = record(ListedObject, U16, U8, LOGICAL_NAME, RIGHTS)
NAME: Kind[bytes | NameParts] = either(
    OCTETS, record(NameParts, U8, U8, U16, U8, U8, U8, U8), NameParts
)
USER = record(User, U8, ANY)


class Association(CosemObject, number=15, version=3, title="Association LN", clause="4.4.4"):
    """The list of objects with rights, and how client and meter speak."""

    object_list = attribute(2, array_of(LISTED_OBJECT))
    associated_partners_id = attribute(3, record(Partners, I8, U16))
    application_context_name = attribute(4, NAME)
    xdlms_context_info = attribute(5, record(Services, bits_of(24), U16, U16, U8, I8, OCTETS))
    authentication_mechanism_name = attribute(6, NAME)
    secret = attribute(7, OCTETS, secret=True)
    association_status = attribute(8, enumerated(AssociationStatus))
    security_setup_reference = attribute(9, LOGICAL_NAME, since=1)
    user_list = attribute(10, array_of(USER), since=2)
    current_user = attribute(11, USER, since=2)

    reply_to_hls_authentication = answering(1, OCTETS, OCTETS)
    change_hls_secret = method(2, OCTETS, secret=True)
    add_object = method(3, LISTED_OBJECT)
    remove_object = method(4, LISTED_OBJECT)
    add_user = method(5, USER, since=2)
    remove_user = method(6, USER, since=2)
