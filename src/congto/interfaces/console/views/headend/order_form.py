"""The form of an order: a command for one meter or a list, seen before it is given."""

from __future__ import annotations

import csv
import io
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from congto.interfaces.console.views.control import iso_day
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.meters.abilities import able
from congto.office.commands import operations
from congto.office.commands.arguments import KEY_USES
from congto.office.commands.choices import CommandKind
from congto.office.commands.operations import RefusedMetersError, Wanted
from congto.office.commands.queries import default_cap
from congto.office.commands.rules import METERS_MAX
from congto.office.control.permissions import Action
from congto.office.control.telling import sentence_of
from congto.office.overview.devices import hanging_points
from congto.vocabulary.errors import CongtoError, InvalidInputError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse, QueryDict

    from congto.office.commands.targets import Named

LIST_BYTES_MAX = 2**20
HEADINGS = frozenset({"serial", "usage_point", "số công tơ", "công tơ", "điểm đo", "mã điểm đo"})
"""First cells of a list that name its column and no meter."""
TYPED = ("meters", "reason", "not_before", "not_after", "watts", "over_seconds", "under_seconds",
         "day", "image", "version")  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Show the form; a POST shows what would come of it, and with "give" gives the order."""
    scope_for(request, Action.COMMAND)
    error, shown = "", None
    if request.method == "POST":
        try:
            names = names_of(request)
            if "give" in request.POST:
                return redirect("command-order", give(request, names))
            shown = seen_before(request, names)
        except CongtoError as refused:
            error = sentence_of(refused)
    context = form_of(request, shown) | {"error": error, "shown": shown}
    return render(request, "console/headend/order_form.html", context, status=400 if error else 200)


def form_of(request: HttpRequest, shown: dict[str, Any] | None) -> dict[str, Any]:
    """Return what the fields hold: what was typed, else one meter's form."""
    given = request.POST or request.GET
    kind = kind_of(given)
    values: dict[str, Any] = {name: given.get(name, "") for name in TYPED}
    if shown:
        values["meters"] = "\n".join(shown["names"])
    elif "serial" in request.GET:
        values["meters"] = request.GET["serial"]
    if not request.POST:
        values |= {"over_seconds": "60", "under_seconds": "60"}
    return {
        "kind": kind.value,
        "kind_word": str(kind.label),
        "kinds": CommandKind.choices,
        "cap": default_cap(kind),
        "form": values,
        "uses": [(use, use in (given.getlist("uses") or KEY_USES[:2])) for use in KEY_USES],
        "across": "across" in given,
        "no_limit": "no_limit" in given,
        "key": given.get("key") or secrets.token_hex(16),
        "most": METERS_MAX,
    }


def kind_of(given: QueryDict) -> CommandKind:
    """Return the kind asked for; disconnection where none is."""
    word = given.get("kind", "")
    return CommandKind(word) if word in CommandKind.values else CommandKind.DISCONNECT


def names_of(request: HttpRequest) -> list[str]:
    """Return the meters of the form: typed one a line, and the first column of a CSV file."""
    lines = request.POST.get("meters", "").splitlines()
    file = request.FILES.get("file")
    if file is not None:
        if (file.size or 0) > LIST_BYTES_MAX:
            raise InvalidInputError(
                _("Tệp danh sách lớn hơn %(most)d KB") % {"most": LIST_BYTES_MAX // 1024}
            )
        try:
            text = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InvalidInputError(
                _("Tệp danh sách không phải văn bản UTF-8"), expected=_("tệp CSV UTF-8")
            ) from error
        lines += first_cells(text)
    names = list(dict.fromkeys(name for line in lines if (name := line.strip())))
    if not names:
        raise InvalidInputError(
            _("Chưa có công tơ nào"), action=_("ghi số công tơ hoặc mã điểm đo, mỗi dòng một mã")
        )
    return names


def first_cells(text: str) -> list[str]:
    """Return the first cell of each line of a CSV file, without its heading."""
    delimiter = ";" if text.partition("\n")[0].count(";") else ","
    cells = [row[0] for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    return cells[1:] if cells and cells[0].strip().casefold() in HEADINGS else cells


def wanted_of(posted: QueryDict, devices: tuple[int, ...]) -> Wanted:
    """Read the form into an order."""
    kind = kind_of(posted)
    return Wanted(
        kind,
        devices,
        posted.get("reason", ""),
        args_of(kind, posted),
        instant(_("Gửi từ"), posted.get("not_before", "")),
        instant(_("Gửi đến"), posted.get("not_after", "")),
    )


def args_of(kind: CommandKind, posted: QueryDict) -> dict[str, Any]:
    """Return the arguments of a kind as they were typed; the books say what is wrong with them."""
    if kind == CommandKind.LOAD_LIMIT:
        watts = None if "no_limit" in posted else number(posted.get("watts", ""))
        seconds = {name: number(posted.get(name, "")) for name in ("over_seconds", "under_seconds")}
        return {"watts": watts, **seconds}
    if kind == CommandKind.CALENDAR:
        return {"day": iso_day(posted.get("day", ""))}
    if kind == CommandKind.CLOCK:
        return {"across": "across" in posted}
    if kind == CommandKind.KEYS:
        return {"uses": posted.getlist("uses")}
    if kind == CommandKind.FIRMWARE:
        return {name: posted.get(name, "").strip() for name in ("image", "version")}
    return {}


def number(text: str) -> int | str:
    """Return a whole number written with or without dots; anything else for the books to refuse."""
    bare = text.strip().replace(".", "")
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= 12 else text.strip()


def instant(label: str, text: str) -> datetime | None:
    """Read the local time of a form's field; None where it is empty."""
    if not text.strip():
        return None
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInputError(
            _("%(label)s: nhận “%(found)s”, cần %(expected)s")
            % {"label": label, "found": text[:20], "expected": _("ngày và giờ")}
        ) from error
    return local.replace(tzinfo=LOCAL_ZONE).astimezone(UTC)


def named(request: HttpRequest, names: list[str]) -> Named:
    """Return the devices that the names mean, inside what the person may command."""
    scope = scope_for(request, Action.COMMAND)
    return operations.find(names, scope, timezone.localdate(now()))


def seen_before(request: HttpRequest, names: list[str]) -> dict[str, Any]:
    """Return which meters would take the order and which not, with whom they supply."""
    found = named(request, names)
    devices = tuple(dict.fromkeys(device.pk for device in found.devices.values()))
    taken: tuple[Any, ...] = ()
    refused = list(found.unknown)
    if devices:
        wanted = wanted_of(request.POST, devices)
        judged = operations.preview(wanted, user=person(request), at=now(), able=able)
        taken, refused = judged.taken, [*refused, *judged.refused]
    points = hanging_points(device.meter_id for device in taken)
    return {
        "names": names,
        "taken": [(device, points.get(device.meter_id)) for device in taken],
        "refused": refused,
    }


def give(request: HttpRequest, names: list[str]) -> int:
    """Give the order; the key of the form lets a second press give the same one."""
    found = named(request, names)
    skip = "skip_refused" in request.POST
    if found.unknown and not skip:
        raise RefusedMetersError(found.unknown, _("bỏ các công tơ đó ra, hoặc chọn bỏ qua chúng"))
    devices = tuple(dict.fromkeys(device.pk for device in found.devices.values()))
    ordered = operations.order(
        wanted_of(request.POST, devices),
        user=person(request),
        at=now(),
        able=able,
        key=key_of(request.POST, person(request).pk),
        skip_refused=skip,
    )
    return int(ordered.order.pk)


def key_of(posted: Mapping[str, str], user: int) -> str:
    """Return the key of one filled form of one person."""
    return f"console:{user}:{posted.get('key', '')[:40]}"
