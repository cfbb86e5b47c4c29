"""Access limits: how often meters may be called, of all and of each cell or concentrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from congto.interfaces.console.views.headend.plans import whole
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.devices.choices import LimitKind
from congto.office.devices.operations import set_access_limit
from congto.office.devices.queries import access_limits
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, QueryDict

    from congto.office.devices.models import AccessLimit


@require_http_methods(["GET", "HEAD", "POST"])
def limits(request: HttpRequest) -> HttpResponse:
    """Show the limits; a POST sets one."""
    scope_for(request)
    if request.method == "POST":
        try:
            made = put(request)
            messages.success(
                request, _("Đã đặt giới hạn %(limit)s.") % {"limit": f"{made.kind} {made.code}"}
            )
        except CongtoError as error:
            messages.error(request, sentence_of(error))
        return redirect("access-limits")
    context = {
        "limits": access_limits(),
        "kinds": LimitKind.choices,
        "may_change": may(person(request), Action.MANAGE_DEVICES, None),
    }
    return render(request, "console/headend/limits.html", context)


def put(request: HttpRequest) -> AccessLimit:
    """Set a limit as the form says it."""
    posted = request.POST
    kind, code = named(posted)
    if not posted.get("reason", "").strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    return set_access_limit(
        kind,
        code,
        sessions_max=whole(_("Phiên cùng lúc"), posted.get("sessions_max", "")),
        starts_per_minute=whole(_("Phiên mở mỗi phút"), posted.get("starts_per_minute", "")),
        burst=whole(_("Mở liền một lúc"), posted.get("burst", "")),
        user=person(request),
        at=now(),
        reason=posted["reason"],
    )


def named(posted: QueryDict) -> tuple[LimitKind, str]:
    """Return what the limit guards."""
    kind, code = posted.get("kind", ""), posted.get("code", "").strip()
    if kind not in LimitKind.values:
        raise InvalidInputError(
            _("Không có loại giới hạn %(kind)s") % {"kind": kind[:20]},
            expected=", ".join(LimitKind.values),
        )
    if (kind == LimitKind.ALL) == bool(code):
        raise InvalidInputError(
            _("Mã trạm hoặc bộ tập trung: nhận “%(found)s”") % {"found": code[:40]},
            expected=_("một mã; để trống cho toàn hệ thống"),
        )
    return LimitKind(kind), code
