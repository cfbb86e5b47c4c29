"""Secrets of a file held against those of the books, and kept."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from congto.office.devices.choices import SecretPhase, SecretUse
from congto.office.devices.models import DeviceSecret, SecretUseRecord
from congto.office.devices.onboarding_rows import Outcome, Problem
from congto.office.devices.sealing import BrokenSealError, SecretBytes, keyring, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.devices.onboarding_rows import DeviceRow, RowResult
    from congto.office.devices.sealing import Keyring

ROWS_AT_ONCE = 5_000
PURPOSE = "import"
KEPT = (Outcome.ADDED, Outcome.KEYS, Outcome.REPLACED)


@dataclass(slots=True)
class HeldSecrets:
    """What the books hold of one device.

    Attributes:
        current: secret by use; None where it does not open.
        pending: uses that are being changed.
        former: earlier secrets -> their rows.
    """

    current: dict[SecretUse, SecretBytes | None] = field(default_factory=dict)
    pending: set[SecretUse] = field(default_factory=set)
    former: dict[tuple[SecretUse, SecretBytes], int] = field(default_factory=dict)

    def lacking(self, row: DeviceRow) -> set[SecretUse]:
        """Return the uses that the row has and the books have not."""
        return set(row.secrets) - set(self.current)

    def differing(self, row: DeviceRow) -> set[SecretUse]:
        """Return the uses for which the books have another secret, or one that does not open."""
        return {use for use in set(row.secrets) & set(self.current) if not self._same(row, use)}

    def _same(self, row: DeviceRow, use: SecretUse) -> bool:
        return self.current[use] == row.secrets[use]


def held_secrets(
    devices: Sequence[int], *, user: User | None, at: datetime, file: str
) -> Mapping[int, HeldSecrets]:
    """Open the current secrets of devices, to compare; that is a use and is recorded.

    Raises:
        RefusedError: a master key is not here.
    """
    keys = keyring()
    found: dict[int, HeldSecrets] = {device: HeldSecrets() for device in devices}
    for row in DeviceSecret.objects.filter(device__in=devices):
        mine, use = found[row.device_id], SecretUse(row.use)
        if row.phase == SecretPhase.PENDING:
            mine.pending.add(use)
            continue
        secret = _opened(keys, row, use)
        if row.phase == SecretPhase.CURRENT:
            mine.current[use] = secret
        elif secret is not None:
            mine.former[use, secret] = row.pk
    opened = {device: set(one.current) for device, one in found.items()}
    _record(opened, user=user, at=at, file=file)
    return found


def keys_outcome(row: DeviceRow, mine: HeldSecrets) -> Outcome:
    """Return what a known device's row comes to where nothing speaks against it."""
    if mine.differing(row):
        return Outcome.REPLACED
    return Outcome.KEYS if mine.lacking(row) else Outcome.UNCHANGED


def key_problem(row: DeviceRow, mine: HeldSecrets, *, replace_keys: bool) -> Iterator[Problem]:
    """Yield why the secrets of a known device may not be taken."""
    differing = mine.differing(row)
    words = ", ".join(sorted(differing))
    if differing & mine.pending:
        yield Problem(
            words,
            f"a change of {words} of meter {row.serial} is under way",
            "a change that is proved or given up",
            "finish the change first",
        )
    elif differing and not replace_keys:
        yield Problem(
            words,
            f"the books have another {words} for meter {row.serial}",
            "the secrets of the books",
            "change keys by a command; where the file is right, replace them",
        )


def keep_keys(  # noqa: PLR0913  (who, what and when)
    rows: Sequence[DeviceRow],
    results: Sequence[RowResult],
    held: Mapping[int, HeldSecrets],
    *,
    user: User | None,
    at: datetime,
    file: str,
) -> None:
    """Seal and insert the secrets that the results say; replaced ones become former.

    A secret that the device had before is taken up again with its counters: under a key that
    begins anew at 1 numbers would be given a second time.
    """
    keys = keyring()
    fresh: list[DeviceSecret] = []
    revived: list[int] = []
    former: dict[int, set[SecretUse]] = {}
    kept: dict[int, set[SecretUse]] = {}
    for row, result in zip(rows, results, strict=True):
        device = result.device
        if device is None or result.outcome not in KEPT:
            continue
        mine = held.get(device, HeldSecrets())
        former[device] = mine.differing(row)
        kept[device] = mine.lacking(row) | former[device]
        for use in sorted(kept[device]):
            known = mine.former.get((use, row.secrets[use]))
            if known is None:
                fresh.append(_sealed(keys, device, use, row.secrets[use], at))
            else:
                revived.append(known)
    _make_former(former, at)
    DeviceSecret.objects.filter(pk__in=revived).update(phase=SecretPhase.CURRENT, changed_at=at)
    DeviceSecret.objects.bulk_create(fresh, batch_size=ROWS_AT_ONCE)
    _record(
        {one: uses for one, uses in kept.items() if one not in held}, user=user, at=at, file=file
    )


def _make_former(uses: Mapping[int, set[SecretUse]], at: datetime) -> None:
    of_use: dict[SecretUse, list[int]] = defaultdict(list)
    for device, some in uses.items():
        for use in some:
            of_use[use].append(device)
    for use, devices in of_use.items():
        DeviceSecret.objects.filter(device__in=devices, use=use, phase=SecretPhase.CURRENT).update(
            phase=SecretPhase.FORMER, changed_at=at
        )


def _sealed(
    keys: Keyring, device: int, use: SecretUse, secret: SecretBytes, at: datetime
) -> DeviceSecret:
    return DeviceSecret(
        device_id=device,
        use=use,
        sealed=seal(keys, device, use, secret),
        sealed_under=keys.current.name,
        made_at=at,
        changed_at=at,
    )


def _opened(keys: Keyring, row: DeviceSecret, use: SecretUse) -> SecretBytes | None:
    try:
        return unseal(keys, row.sealed_under, row.device_id, use, bytes(row.sealed))
    except BrokenSealError:  # the file may mend it: a secret that does not open differs from any
        return None


def _record(
    uses: Mapping[int, set[SecretUse]], *, user: User | None, at: datetime, file: str
) -> None:
    SecretUseRecord.objects.bulk_create(
        (
            SecretUseRecord(
                at=at,
                device_id=device,
                uses=sorted(some),
                purpose=PURPOSE,
                subject=file[:60],
                user=user,
            )
            for device, some in uses.items()
            if some
        ),
        batch_size=ROWS_AT_ONCE,
    )
