"""The shape of an interface class: attributes and methods declared by number and kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from congto.headend.cosem.classes.kinds import LOGICAL_NAME, NOTHING, UnfitError
from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from congto.headend.cosem.classes.kinds import Kind
    from congto.headend.dlms.apdu.references import Selection
    from congto.headend.dlms.data import Data

Value = TypeVar("Value")
Given = TypeVar("Given")
Returned = TypeVar("Returned")
Turned = TypeVar("Turned")
NEWEST = 255


class _Numbered:
    """What attributes and methods share: a number, a name, and the class that declares them."""

    word: ClassVar[str]

    def __init__(self, number: int, since: int, until: int, *, secret: bool) -> None:
        self.number = number
        self.since, self.until = since, until
        self.secret = secret
        self.name = self.title = ""
        self.class_id = 0

    def __set_name__(self, owner: type[CosemObject], name: str) -> None:
        """Take the name that the class gives."""
        self.name = name

    def __str__(self) -> str:
        """Return class and number by name, as messages say it."""
        return f"class {self.class_id} {self.title}, {self.word} {self.number} {self.name}"

    def _told(self, turn: Callable[[Given], Turned], value: Given) -> Turned:
        """Turn a value; what does not fit becomes an error that names the place."""
        try:
            return turn(value)
        except UnfitError as error:
            place = ".".join((str(self), *error.path)).replace(".[", "[")
            found = "a value" if self.secret else error.found
            raise DlmsError(  # not from the error: it may show a secret
                Fault.BAD_VALUE, f"{place}: {found}", expected=error.expected
            ) from None


class Attribute(_Numbered, Generic[Value]):
    """An attribute.

    Attributes:
        number, name: of the attribute. kind: what it holds.
        since, until: versions of the class that have it.
        secret: it carries a password or key, never to be shown.
    """

    word = "attribute"

    def __init__(
        self, number: int, kind: Kind[Value], since: int, until: int, *, secret: bool
    ) -> None:
        super().__init__(number, since, until, secret=secret)
        self.kind = kind

    def value(self, data: Data) -> Value:
        """Return what data of this attribute say.

        Raises:
            DlmsError: BAD_VALUE with class, attribute, what was found and what is expected.
        """
        return self._told(self.kind.read, data)

    def data(self, value: Value) -> Data:
        """Return a value as data; errors as of `value`."""
        return self._told(self.kind.write, value)


class Method(_Numbered, Generic[Given, Returned]):
    """A method.

    Attributes:
        number, name: of the method.
        takes, gives: its parameter and what it returns.
        since, until, secret: as of Attribute.
    """

    word = "method"

    def __init__(
        self,
        number: int,
        kinds: tuple[Kind[Given], Kind[Returned]],
        since: int,
        until: int,
        *,
        secret: bool,
    ) -> None:
        super().__init__(number, since, until, secret=secret)
        self.takes, self.gives = kinds

    def parameter(self, value: Given) -> Data:
        """Return a parameter as data.

        Raises:
            DlmsError: BAD_VALUE with class, method, what was found and what is expected.
        """
        return self._told(self.takes.write, value)

    def returned(self, data: Data) -> Returned:
        """Return what data given back say; errors as of `parameter`."""
        return self._told(self.gives.read, data)


class CosemObject:
    """An object of a meter: its class and logical name. Subclasses are the interface classes.

    class Data(CosemObject, number=1, version=0, title="Data", clause="4.3.1"):
        value = attribute(2, ANY)

    Attributes:
        number, title: of the class. newest: its newest version that is declared here.
        clause: where the Blue Book (Ed. 12) specifies it.
        attributes, methods: declared, by number.
        name, version: of this object; a version that is not known is taken for the newest.
    """

    number: ClassVar[int]
    title: ClassVar[str]
    newest: ClassVar[int]
    clause: ClassVar[str]
    attributes: ClassVar[tuple[Attribute[Any], ...]]
    methods: ClassVar[tuple[Method[Any, Any], ...]]
    logical_name: ClassVar[Attribute[bytes]]

    def __init_subclass__(cls, *, number: int, version: int, title: str, clause: str) -> None:
        """Take what the class says of itself and tell it to what it declares."""
        cls.number, cls.newest, cls.title, cls.clause = number, version, title, clause
        cls.logical_name = attribute(1, LOGICAL_NAME)
        cls.logical_name.name = "logical_name"
        declared = list(vars(cls).values())
        cls.attributes = _in_order(one for one in declared if isinstance(one, Attribute))
        cls.methods = _in_order(one for one in declared if isinstance(one, Method))
        for one in (*cls.attributes, *cls.methods):
            one.class_id, one.title = number, title

    def __init__(self, name: bytes, version: int | None = None) -> None:
        self.name = name
        self.version = self.newest if version is None else version

    def __repr__(self) -> str:
        """Return class and OBIS code."""
        return f"{self.title} {obis_text(self.name)}"

    def reference(
        self, of: Attribute[Any] | Method[Any, Any], selection: Selection | None = None
    ) -> Reference:
        """Return the reference to an attribute or method of this object.

        Raises:
            TypeError: it belongs to another class.
        """
        if of.class_id != self.number:
            message = f"{of} is asked of {self!r}"
            raise TypeError(message)
        return Reference(self.number, self.name, of.number, selection)

    def has(self, of: Attribute[Any] | Method[Any, Any]) -> bool:
        """Say whether objects of this version have an attribute or method."""
        return of.since <= self.version <= of.until


def attribute(
    number: int, kind: Kind[Value], *, since: int = 0, until: int = NEWEST, secret: bool = False
) -> Attribute[Value]:
    """Declare an attribute; see Attribute."""
    return Attribute(number, kind, since, until, secret=secret)


def method(
    number: int, takes: Kind[Given], *, since: int = 0, until: int = NEWEST, secret: bool = False
) -> Method[Given, None]:
    """Declare a method that gives nothing back; see Method."""
    return Method(number, (takes, NOTHING), since, until, secret=secret)


def answering(
    number: int,
    takes: Kind[Given],
    gives: Kind[Returned],
    *,
    since: int = 0,
    secret: bool = False,
) -> Method[Given, Returned]:
    """Declare a method that gives something back; see Method."""
    return Method(number, (takes, gives), since, NEWEST, secret=secret)


Declared = TypeVar("Declared", bound=_Numbered)


def _in_order(declared: Iterable[Declared]) -> tuple[Declared, ...]:
    return tuple(sorted(declared, key=lambda one: one.number))
