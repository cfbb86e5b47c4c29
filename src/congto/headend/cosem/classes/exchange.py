"""Reading, writing and acting on objects with typed values, over the exchanges of a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from congto.headend.cosem.profile_rows import profile_rows
from congto.headend.dlms.client import AccessRefusedError
from congto.headend.dlms.data import NULL, Data
from congto.headend.dlms.decoding import decode
from congto.headend.dlms.faults import DlmsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from congto.headend.cosem.classes.profile_generic import ProfileGeneric
    from congto.headend.cosem.classes.shape import Attribute, CosemObject, Method
    from congto.headend.cosem.profile_rows import Row
    from congto.headend.dlms.apdu.references import Selection
    from congto.headend.dlms.client import Client, Exchange

Value = TypeVar("Value")
Given = TypeVar("Given")
Returned = TypeVar("Returned")


def read(client: Client, asked: CosemObject, attribute: Attribute[Value]) -> Exchange[Value]:
    """Read an attribute.

    Raises:
        AccessRefusedError: the meter gives a result in its place.
        DlmsError: BAD_VALUE where it is not what the class says; those of the client.
    """
    return attribute.value(decode((yield from client.get(asked.reference(attribute)))))


def read_some(
    client: Client, asked: Sequence[tuple[CosemObject, Attribute[Any]]]
) -> Exchange[list[Any]]:
    """Read attributes of objects, as many at once as the model takes.

    Of each the value; in place of one that is refused or does not fit, its DlmsError.
    """
    references = [one.reference(attribute) for one, attribute in asked]
    answers = yield from client.get_list(references)
    found: list[Any] = []
    for (_, attribute), reference, answer in zip(asked, references, answers, strict=True):
        if not isinstance(answer, Data):
            found.append(AccessRefusedError(reference, answer))
            continue
        try:
            found.append(attribute.value(answer))
        except DlmsError as error:
            found.append(error)
    return found


def read_rows(
    client: Client, profile: ProfileGeneric, selection: Selection | None = None
) -> Exchange[list[Row]]:
    """Read rows of a generic profile, each a tuple of plain values; None: all that it keeps.

    Raises:
        AccessRefusedError: the meter refuses; DlmsError: those of a malformed buffer.
    """
    return profile_rows((yield from client.get(profile.reference(profile.buffer, selection))))


def write(
    client: Client, changed: CosemObject, attribute: Attribute[Value], value: Value
) -> Exchange[None]:
    """Write an attribute.

    Raises:
        DlmsError: BAD_VALUE before anything is sent, where the value is none of the attribute.
        AccessRefusedError: the meter refuses it.
    """
    yield from client.set(changed.reference(attribute), attribute.data(value))


@overload
def act(client: Client, on: CosemObject, method: Method[None, Returned]) -> Exchange[Returned]: ...
@overload
def act(
    client: Client, on: CosemObject, method: Method[Given, Returned], value: Given
) -> Exchange[Returned]: ...
def act(
    client: Client, on: CosemObject, method: Method[Any, Returned], value: object = None
) -> Exchange[Returned]:
    """Invoke a method, with a parameter where it needs one; return what it gives back.

    Raises:
        DlmsError: BAD_VALUE before anything is sent, where the parameter is none of the method.
        AccessRefusedError: the meter refuses or the method fails.
    """
    returned = yield from client.act(on.reference(method), method.parameter(value))
    return method.returned(NULL if returned is None else returned)
