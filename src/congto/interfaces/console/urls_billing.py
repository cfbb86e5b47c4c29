"""Addresses of the price book and of billing."""

from django.urls import URLPattern, path

from congto.interfaces.console.views import price_book

urlpatterns: list[URLPattern] = [
    path("prices", price_book.timeline, name="price-book"),
    path("prices/calculate", price_book.calculate, name="price-calculate"),
    path("prices/compare", price_book.compare, name="price-compare"),
    path("prices/decisions/<int:number>", price_book.decision, name="price-decision"),
]
