"""Devices taken into the books with their secrets: good rows enter, bad ones say why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from congto.office.control.audit import record
from congto.office.control.permissions import Action, require
from congto.office.devices.choices import DeviceState
from congto.office.devices.models import Device
from congto.office.devices.onboarding_books import held_for
from congto.office.devices.onboarding_certificates import (
    certificate_problems,
    certificates_outcome,
    keep_certificates,
    papers_of,
)
from congto.office.devices.onboarding_keys import held_secrets, keep_keys, key_problem, keys_outcome
from congto.office.devices.onboarding_rows import Onboarded, Outcome, Problem, RowResult
from congto.office.devices.onboarding_rules import place_of, problems_of, repeated, unit_of
from congto.office.meters.remote import read_remotely
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from django.contrib.auth.models import User

    from congto.office.devices.onboarding_books import Held
    from congto.office.devices.onboarding_certificates import Papers
    from congto.office.devices.onboarding_keys import HeldSecrets
    from congto.office.devices.onboarding_rows import DeviceRow, Models

ROWS_AT_ONCE = 5_000
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('devices.add', 0))"
WRITTEN = (Outcome.ADDED, Outcome.KEYS, Outcome.REPLACED)


def add_devices(  # noqa: PLR0913  (who, what and when)
    rows: Sequence[DeviceRow],
    *,
    models: Models,
    user: User | None,
    at: datetime,
    file: str = "",
    dry_run: bool = False,
    replace_keys: bool = False,
    state: DeviceState = DeviceState.ACTIVE,
) -> Onboarded:
    """Add devices with their secrets; give known devices the secrets that they lack.

    A row enters whole, with all its secrets, or not at all; refused rows do not keep the others
    out. The same file again changes nothing. One transaction and one audit row for the file, and
    one for each meter that is read from afar from then on.

    Args:
        rows: of the file.
        models: what is needed of the profiles that the rows name.
        user: who does it; None: the command line.
        at: now.
        file: its name, for the audit.
        dry_run: judge only; nothing enters.
        replace_keys: a person vouches that the file's keys are right where the books have others:
            those of the books are kept as former ones.
        state: of devices that are new: suspended until they have answered, where they are tried.

    Raises:
        RefusedError: the person may not add devices in a unit of a row, or a master key is lacking.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK)  # of two imports at once the second sees what the first added
        on = at.astimezone(LOCAL_ZONE).date()
        held = held_for(rows, on)
        known = [held.devices[row.serial].pk for row in rows if row.serial in held.devices]
        secrets = held_secrets(known, user=user, at=at, file=file)
        papers = papers_of(known, at)
        results = _results(rows, models, held, secrets, papers, on, replace_keys=replace_keys)
        _require(user, rows, held, results)
        if not dry_run:
            results = _added(rows, results, models, held, at=at, state=state)
            _read_remotely(results, user=user, at=at)
            keep_keys(rows, results, secrets, user=user, at=at, file=file)
            keep_certificates(rows, results, held.devices, models, papers)
        done = Onboarded(results, dry_run)
        counts = {str(one): done.count(one) for one in Outcome if done.count(one)}
        if not dry_run and any(map(done.count, WRITTEN)):
            record(user, "devices.add", "device", file, unit=None, after=counts, at=at)
    return done


def import_shipment(  # noqa: PLR0913  (who, what and when)
    rows: Sequence[DeviceRow],
    *,
    models: Models,
    user: User | None,
    at: datetime,
    file: str,
    dry_run: bool = False,
    replace_keys: bool = False,
) -> Onboarded:
    """Take keys and passwords of devices that are in the books; rows of others are refused.

    As `add_devices`, for the file that a maker sends before it is known where meters will hang.
    """
    serials = {row.serial for row in rows}
    known = Device.objects.filter(meter__serial__in=serials)
    added = set(known.values_list("meter__serial", flat=True))
    done = add_devices(
        [row for row in rows if row.serial in added],
        models=models,
        user=user,
        at=at,
        file=file,
        dry_run=dry_run,
        replace_keys=replace_keys,
    )
    absent = Problem(
        "serial", "no device of this meter is in the books", "a device", "add the device first"
    )
    others = [
        RowResult(row.line, row.serial, Outcome.REFUSED, None, (absent,))
        for row in rows
        if row.serial not in added
    ]
    return Onboarded(sorted((*done.rows, *others), key=lambda one: one.line), dry_run)


def _results(  # noqa: PLR0913, PLR0917  (what a row is held against)
    rows: Sequence[DeviceRow],
    models: Models,
    held: Held,
    secrets: Mapping[int, HeldSecrets],
    papers: Papers,
    on: date,
    *,
    replace_keys: bool,
) -> list[RowResult]:
    """Judge every row."""
    doubles = repeated(rows, models)
    results = []
    for place, row in enumerate(rows):
        device = held.devices.get(row.serial)
        found = list(problems_of(row, held, models, on))
        if place in doubles:
            found.append(doubles[place])
        outcome = Outcome.ADDED
        if device is not None:
            mine = secrets[device.pk]
            outcome = keys_outcome(row, mine)
            found += key_problem(row, mine, replace_keys=replace_keys)
            outcome = certificates_outcome(row, device, papers, outcome)
        found += certificate_problems(row, device, models, papers, replace_keys=replace_keys)
        number = None if device is None else device.pk
        if found:
            outcome, number = Outcome.REFUSED, None
        results.append(RowResult(row.line, row.serial, outcome, number, tuple(found)))
    return results


def _require(
    user: User | None, rows: Sequence[DeviceRow], held: Held, results: list[RowResult]
) -> None:
    """Refuse the whole file where the person may not look after a device of it."""
    if user is None:
        return
    units = {}
    for row, result in zip(rows, results, strict=True):
        known = held.devices.get(row.serial)
        unit = known.unit if known is not None else unit_of(row, held)
        if unit is not None and result.outcome is not Outcome.REFUSED:
            units[unit.pk] = unit
    for unit in units.values():
        require(user, Action.MANAGE_DEVICES, unit)


def _added(  # noqa: PLR0913  (what a device is made of)
    rows: Sequence[DeviceRow],
    results: list[RowResult],
    models: Models,
    held: Held,
    *,
    at: datetime,
    state: DeviceState,
) -> list[RowResult]:
    """Insert the new devices; return the results with their numbers."""
    new = [
        _device(row, models, held, at=at, state=state)
        for row, result in zip(rows, results, strict=True)
        if result.outcome is Outcome.ADDED
    ]
    made = iter(Device.objects.bulk_create(new, batch_size=ROWS_AT_ONCE))
    return [
        RowResult(one.line, one.serial, one.outcome, next(made).pk)
        if one.outcome is Outcome.ADDED
        else one
        for one in results
    ]


def _read_remotely(results: list[RowResult], *, user: User | None, at: datetime) -> None:
    """Let the meters of new devices count as read from afar; those still to be tried not yet."""
    made = [one.device for one in results if one.outcome is Outcome.ADDED and one.device]
    active = Device.objects.filter(pk__in=made, state=DeviceState.ACTIVE).select_related("unit")
    read_remotely({one.meter_id: one.unit for one in active}, user=user, at=at)


def _device(
    row: DeviceRow, models: Models, held: Held, *, at: datetime, state: DeviceState
) -> Device:
    place, unit = place_of(row, models), unit_of(row, held)
    assert unit is not None  # a row without one was refused
    return Device(
        meter_id=held.meters[row.serial],
        unit=unit,
        profile=row.profile,
        path=row.path,
        concentrator=held.concentrators.get(row.concentrator),
        cell=row.cell,
        host=row.host,
        port=None if place is None else place.port,
        logical_device=row.logical_device,
        system_title=row.system_title.lower() or None,
        state=state,
        added_at=at,
    )
