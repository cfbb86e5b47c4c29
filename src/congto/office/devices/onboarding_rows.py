"""A device as a file or a person names it, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from congto.office.devices.choices import CertificateUse, Path, SecretUse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from congto.office.devices.sealing import SecretBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """One device to add, or to give its secrets.

    Attributes:
        line: of the file; 1 where there is none.
        serial: of the meter, as the books have it.
        profile: of the model. host, port, logical_device: its address; port None: the profile's.
        system_title: 16 hexadecimal digits; empty: not known.
        path: how its readings come. concentrator: code. cell: of the mobile network.
        unit: code of the unit that looks after it; empty: that of the point where the meter hangs.
        secrets: keys and passwords by use.
        certificates: in DER, by use.
        claims: what the file says beside, held against the profile: framing, mechanism, client,
            suite.
    """

    line: int = 1
    serial: str
    profile: str = ""
    host: str = ""
    port: int | None = None
    logical_device: int = 1
    system_title: str = ""
    path: Path = Path.DIRECT
    concentrator: str = ""
    cell: str = ""
    unit: str = ""
    secrets: Mapping[SecretUse, SecretBytes] = field(default_factory=dict)
    certificates: Mapping[CertificateUse, bytes] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)


class Authority(NamedTuple):
    """Who vouches: its number in the books and its certificate in DER."""

    id: int
    der: bytes


class Certified(NamedTuple):
    """What a certificate says that was held against the authorities of the books.

    Attributes:
        serial: hexadecimal digits. issuer: by RFC 4514.
        valid_from, valid_to: as it says. authority: number of the one that vouches.
    """

    serial: str
    issuer: str
    valid_from: datetime
    valid_to: datetime
    authority: int


class Judge(Protocol):
    """Holds a certificate against authorities; the door hands it over, the office reads no X.509.

    Raises:
        CongtoError: the certificate is refused, and why.
    """

    def __call__(
        self,
        use: CertificateUse,
        der: bytes,
        title: bytes,
        authorities: Sequence[Authority],
        at: datetime,
    ) -> Certified: ...


@dataclass(frozen=True, slots=True)
class Model:
    """What the office has to know of a profile.

    Attributes:
        port: where meters of the model answer unless told otherwise.
        needs: secrets without which no session can be opened.
        certificates: of the meter, without which no session can be opened.
        judge: by which they are held against authorities; None: the model has none.
        facts: framing, mechanism, client, suite, as files call them.
    """

    port: int
    needs: frozenset[SecretUse] = frozenset()
    certificates: frozenset[CertificateUse] = frozenset()
    judge: Judge | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


Models = Mapping[str, Model | str]
"""Profile -> what it needs, or the sentence that says why it cannot be loaded."""


class Problem(NamedTuple):
    """One thing wrong with a row: column, what was found, what is expected, what to do."""

    column: str
    found: str
    expected: str
    action: str


class Outcome(StrEnum):
    """What became of a row, or would become of it."""

    ADDED = "added"
    KEYS = "keys added"
    REPLACED = "keys replaced"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row.

    Attributes:
        device: its number in the books; None where it did not enter.
        problems: why it was refused, all reasons at once.
    """

    line: int
    serial: str
    outcome: Outcome
    device: int | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Onboarded:
    """What became of the rows of a file, in their order."""

    rows: list[RowResult]
    dry_run: bool

    def count(self, outcome: Outcome) -> int:
        """Return how many rows came to this."""
        return sum(row.outcome is outcome for row in self.rows)
