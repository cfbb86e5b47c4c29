"""Addresses of reading by people and of meter data."""

from django.urls import URLPattern, path

from congto.interfaces.console.views import readings, readings_handheld, rereads

urlpatterns: list[URLPattern] = [
    path("readings", readings.progress, name="readings"),
    path("readings/books/<str:code>.<str:kind>", readings_handheld.export, name="handheld-out"),
    path("readings/books/<str:code>", readings.book, name="reading-book"),
    path("readings/books/<str:code>/enter", readings.enter_row, name="reading-enter"),
    path("readings/books/<str:code>/reader", readings.assign, name="reading-reader"),
    path("readings/books/<str:code>/photo", readings.add_photo, name="reading-photo-add"),
    path("readings/photos/<int:number>", readings.photo, name="reading-photo"),
    path("readings/handheld", readings_handheld.bring, name="handheld"),
    path("readings/handheld/load", readings_handheld.load, name="handheld-load"),
    path("readings/missed", rereads.missed, name="missed-reads"),
    path("readings/rereads", rereads.orders, name="rereads"),
    path("readings/rereads/order", rereads.order, name="reread-order"),
    path("readings/rereads/<int:number>/cancel", rereads.cancel, name="reread-cancel"),
]
