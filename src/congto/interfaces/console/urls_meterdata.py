"""Addresses of reading by people and of meter data."""

from django.urls import URLPattern, path

from congto.interfaces.console.views import (
    completeness,
    day_findings,
    deliveries,
    group_data,
    interval_rules,
    point_data,
    readings,
    readings_handheld,
    rereads,
)

urlpatterns: list[URLPattern] = [
    path("deliveries", deliveries.deliveries, name="deliveries"),
    path("deliveries/bring", deliveries.bring, name="delivery-bring"),
    path("deliveries/export", deliveries.export, name="delivery-export"),
    path("deliveries/<int:number>", deliveries.delivery, name="delivery"),
    path("deliveries/<int:number>/load", deliveries.load, name="delivery-load"),
    path("deliveries/<int:number>/errors.csv", deliveries.errors, name="delivery-errors"),
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
    path("meterdata", day_findings.queue, name="exceptions"),
    path("meterdata/exceptions/next", day_findings.next_finding, name="exception-next"),
    path("meterdata/exceptions/<int:number>", day_findings.finding, name="exception"),
    path("meterdata/exceptions/<int:number>/decide", day_findings.decide, name="exception-decide"),
    path("meterdata/completeness", completeness.calendar, name="completeness"),
    path("meterdata/completeness/count", completeness.count, name="completeness-count"),
    path("meterdata/rules", interval_rules.rules, name="interval-rules"),
    path("meterdata/rules/<str:code>", interval_rules.rule, name="interval-rule"),
    path("meterdata/rules/<str:code>/try", interval_rules.try_out, name="interval-rule-try"),
    path("meterdata/groups", group_data.groups, name="groups"),
    path("meterdata/groups/<str:level>/<str:key>", group_data.group, name="group-data"),
    path("meterdata/points/<str:code>", point_data.point, name="point-data"),
]
