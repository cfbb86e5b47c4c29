"""Addresses of overdue debts."""

from django.urls import URLPattern, path

from congto.interfaces.console.views import arrears, arrears_case, arrears_orders, lists

urlpatterns: list[URLPattern] = [
    path("arrears", arrears.ages, name="arrears"),
    path("arrears/debts", arrears.debts, name="arrears-debts"),
    path("arrears/runs", arrears.runs, name="arrears-runs"),
    path("arrears/runs/start", arrears.start, name="arrears-start"),
    path("arrears/steps", lists.show, {"key": "arrears_steps"}, name="arrears-steps"),
    path("arrears/write-offs", arrears.write_offs, name="arrears-write-offs"),
    path("arrears/write-offs/propose", arrears.propose_write_off, name="arrears-write-off"),
    path("arrears/orders", arrears_orders.orders, name="arrears-orders"),
    path("arrears/orders/give", arrears_orders.give, name="arrears-order-give"),
    path("arrears/orders/<int:number>/end", arrears_orders.end, name="arrears-order-end"),
    path("arrears/cases/<str:code>", arrears_case.case, name="arrears-case"),
    path("arrears/cases/<str:code>/complain", arrears_case.complain, name="arrears-complain"),
    path("arrears/cases/<str:code>/answer", arrears_case.answer, name="arrears-answer"),
    path("arrears/cases/<str:code>/plan", arrears_case.plan, name="arrears-plan"),
    path("arrears/cases/<str:code>/money", arrears_case.money, name="arrears-money"),
]
