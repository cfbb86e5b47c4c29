"""Addresses of the head end; its lists are in grid.head_end."""

from django.urls import URLPattern, path

from congto.interfaces.console.views.headend import (
    campaigns,
    devices,
    orders,
    overview,
    plans,
    sessions,
)

urlpatterns: list[URLPattern] = [
    path("headend", overview.overview, name="headend"),
    path("headend/devices/<str:serial>", devices.device, name="device"),
    path("headend/sessions/<int:number>", sessions.session, name="session"),
    path("headend/orders/<int:number>", orders.order, name="command-order"),
    path("headend/plans", plans.plans, name="plans"),
    path("headend/plans/<str:code>", plans.plan, name="plan"),
    path("headend/campaigns/<int:number>", campaigns.campaign, name="campaign"),
    path(
        "headend/campaigns/<int:number>/progress",
        campaigns.campaign_progress,
        name="campaign-progress",
    ),
]
