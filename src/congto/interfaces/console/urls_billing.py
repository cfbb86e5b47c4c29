"""Addresses of the price book and of billing."""

from django.urls import URLPattern, path

from congto.interfaces.console.views import invoice, price_book

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
]
