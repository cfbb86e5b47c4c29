"""Error reports without secrets: nothing that stood in a function that handles them is shown.

Django's error page (CONGTO_DEBUG=1) and its reports show the variables of every function on the
way. Those of the modules below may be keys, cells of shipment files, or what a meter is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.views.debug import SafeExceptionReporterFilter

if TYPE_CHECKING:
    from collections.abc import ItemsView
    from types import FrameType

    from django.http import HttpRequest

SECRET = (
    "congto.office.devices",
    "congto.interfaces.files.devices",
    "congto.interfaces.meters",
    "congto.interfaces.project",
    "congto.interfaces.console.views.headend",
    "congto.headend.dlms",
    "congto.headend.transports",
    "cryptography",
    "csv",
)


class ReportFilter(SafeExceptionReporterFilter):
    """Hides the variables of functions of these modules, whatever DEBUG says."""

    def get_traceback_frame_variables(
        self, request: HttpRequest, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        """Return the variables of a function as a report shows them."""
        module = str(tb_frame.f_globals.get("__name__", ""))
        if any(module == one or module.startswith(f"{one}.") for one in SECRET):
            return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()
        return super().get_traceback_frame_variables(request, tb_frame)
