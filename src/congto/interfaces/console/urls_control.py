"""Addresses of lists, proposals, jobs, findings and audit."""

from django.urls import URLPattern, path

from congto.interfaces.console.grid.books import GRIDS
from congto.interfaces.console.views import control, lists

urlpatterns: list[URLPattern] = [
    *(
        path(grid.address or grid.page, lists.show, {"key": key}, name=grid.page)
        for key, grid in GRIDS.items()
    ),
    path("lists/<str:key>/export", lists.export, name="list-export"),
    path("lists/<str:key>/views", lists.save_view, name="view-save"),
    path("lists/<str:key>/views/<int:number>/delete", lists.delete_view, name="view-delete"),
    path("findings/<int:number>", control.finding, name="finding"),
    path("findings/<int:number>/close", control.close_finding, name="finding-close"),
    path("audit/<int:number>", control.audit_entry, name="audit-entry"),
    path("proposals", control.inbox, name="proposals"),
    path("proposals/<int:number>", control.proposal, name="proposal"),
    path("proposals/<int:number>/decide", control.decide, name="proposal-decide"),
    path("customers/<str:code>/price/propose", control.propose_price, name="price-propose"),
    path("jobs/<int:number>", control.job, name="job"),
    path("jobs/<int:number>/progress", control.job_progress, name="job-progress"),
    path("jobs/<int:number>/ask", control.job_ask, name="job-ask"),
    path("jobs/<int:number>/result", control.job_result, name="job-result"),
]
