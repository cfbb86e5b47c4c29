"""Addresses of the price book and of billing."""

from django.urls import URLPattern, path

from congto.interfaces.console.views import (
    bill_compare,
    billing_runs,
    corrections,
    held,
    hold_rules,
    invoice,
    price_book,
    trial,
)

urlpatterns: list[URLPattern] = [
    path("bills/<int:number>.pdf", invoice.pdf, name="bill-pdf"),
    path("bills/<int:number>.xml", invoice.xml, name="bill-xml"),
    path("bills/files", invoice.files, name="bill-files"),
    path("bills/files/print", invoice.start_printing, name="bill-files-print"),
    path("bills/files/sign", invoice.start_signing, name="bill-files-sign"),
    path("prices", price_book.timeline, name="price-book"),
    path("prices/calculate", price_book.calculate, name="price-calculate"),
    path("prices/compare", price_book.compare, name="price-compare"),
    path("prices/decisions/<int:number>", price_book.decision, name="price-decision"),
    path("billing-runs", billing_runs.runs, name="billing-runs"),
    path("billing-runs/<int:number>", billing_runs.run, name="billing-run"),
    path("billing-runs/<int:number>/progress", billing_runs.progress, name="billing-run-progress"),
    path("billing-runs/<int:number>/start", billing_runs.start, name="billing-run-start"),
    path("held", held.queue, name="held"),
    path("held/next", held.next_held, name="held-next"),
    path("held/<int:number>", held.held_bill, name="held-bill"),
    path("held/<int:number>/decide", held.decide, name="held-decide"),
    path("bills/<int:number>/correct", corrections.correct, name="bill-correct"),
    path(
        "bills/<int:number>/correct/propose",
        corrections.propose_correction,
        name="bill-correct-propose",
    ),
    path("bills/<int:number>/compare", bill_compare.compare, name="bill-compare"),
    path("trials", trial.trials, name="trials"),
    path("trials/start", trial.start, name="trial-start"),
    path("trials/<int:number>", trial.trial, name="trial"),
    path("hold-rules", hold_rules.rules, name="hold-rules"),
    path("hold-rules/<str:code>", hold_rules.rule, name="hold-rule"),
    path("hold-rules/<str:code>/try", hold_rules.try_out, name="hold-rule-try"),
]
