"""The page of a dated rule, the same for every family: the form of a change and its sending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from congto.interfaces.console.typed import typed_number
from congto.interfaces.console.views.control import first_of_next_month, iso_day
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.console.views.readings import today
from congto.office.control import operations
from congto.office.control.permissions import Action, may
from congto.office.control.proposals import kind_of
from congto.office.control.telling import sentence_of
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from django.http import HttpRequest, HttpResponse, QueryDict

    from congto.office.control.rule_changes import LimitWords


class Row(Protocol):
    """The row of the books behind a state."""

    @property
    def enabled(self) -> bool:
        """Whether the rule looks at anything."""


class State(Protocol):
    """One state of a rule as a page shows it."""

    @property
    def row(self) -> Row:
        """The row of the books."""

    @property
    def limits(self) -> list[tuple[str, str, str]]:
        """(name, label, value as a screen writes it)."""


class View(Protocol):
    """A rule with its history."""

    @property
    def latest(self) -> State:
        """The newest state, which a change would follow."""

    def in_force(self, day: date) -> State | None:
        """Return the state that judges on a day."""


def listing(request: HttpRequest, template: str, views: Sequence[View]) -> HttpResponse:
    """Show every rule of a family with its limits in force and what comes next."""
    scope_for(request)
    day = today()
    rules = [(view, view.in_force(day), view.latest) for view in views]
    return render(request, template, {"rules": rules})


def shown(request: HttpRequest, view: View) -> dict[str, Any]:
    """Return what the page of one rule shows: the rule, its state in force, the form."""
    form = form_of(request.POST, view.latest, today())
    return {"view": view, "in_force": view.in_force(today()), "form": form}


def answer(  # noqa: PLR0913  (the page, what it changes and how it is read)
    request: HttpRequest,
    template: str,
    *,
    kind: str,
    subject: str,
    read: Callable[[QueryDict], dict[str, Any]],
    context: dict[str, Any],
) -> HttpResponse:
    """Show the page of a rule; a POST proposes what the form holds and leads to the proposal."""
    error = ""
    if request.method == "POST":
        try:
            made = operations.propose(
                kind,
                subject,
                read(request.POST),
                reason=request.POST.get("reason", ""),
                user=person(request),
                at=now(),
            )
            return redirect("proposal", made.pk)
        except CongtoError as refused:
            error = sentence_of(refused)
    unit = kind_of(kind).unit(subject)
    context |= {"error": error, "may_propose": may(person(request), Action.PROPOSE, unit)}
    return render(request, template, context, status=400 if error else 200)


def form_of(posted: Mapping[str, str], latest: State, day: date) -> dict[str, Any]:
    """Return what the form's fields hold: what was typed, else the latest state."""
    return {
        "valid_from": posted.get("valid_from", f"{first_of_next_month(day):%d/%m/%Y}"),
        "enabled": "enabled" in posted if posted else latest.row.enabled,
        "limits": [
            (name, label, posted.get(f"limit_{name}", value))
            for name, label, value in latest.limits
        ],
        "reason": posted.get("reason", ""),
    }


def read_form(posted: Mapping[str, str], latest: State, words: LimitWords) -> dict[str, Any]:
    """Read the form into the state that the kind of proposal validates."""
    return {
        "valid_from": iso_day(posted.get("valid_from", "")),
        "enabled": "enabled" in posted,
        "limits": {
            name: in_books(words, name, label, posted.get(f"limit_{name}", ""))
            for name, label, _value in latest.limits
        },
    }


def in_books(words: LimitWords, name: str, label: str, text: str) -> int:
    """Read a typed limit in the unit of the books: kWh become Wh, households quarters."""
    value = typed_number(_(label), text) * words.scales.get(name, 1)
    if value != int(value):
        raise InvalidInputError(
            _("%(label)s: nhận “%(found)s”, cần số nguyên không âm")
            % {"label": _(label), "found": text}
        )
    return int(value)
