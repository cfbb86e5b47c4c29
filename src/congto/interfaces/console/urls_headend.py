"""Addresses of the head end; its lists are in grid.head_end."""

from django.urls import URLPattern, path

from congto.interfaces.console.views.headend import (
    campaigns,
    devices,
    limits,
    on_demand,
    onboarding,
    order_form,
    orders,
    overview,
    plans,
    protection,
    sessions,
)

urlpatterns: list[URLPattern] = [
    path("headend", overview.overview, name="headend"),
    path("headend/add", onboarding.onboarding, name="onboarding"),
    path("headend/points/<str:code>", on_demand.at_point, name="devices-at-point"),
    path("headend/devices/<str:serial>", devices.device, name="device"),
    path("headend/devices/<str:serial>/state", devices.move, name="device-state"),
    path("headend/devices/<str:serial>/read", on_demand.ask, name="device-read"),
    path("headend/readings/<int:number>", on_demand.reading, name="on-demand"),
    path(
        "headend/readings/<int:number>/progress",
        on_demand.reading_progress,
        name="on-demand-progress",
    ),
    path("headend/sessions/<int:number>", sessions.session, name="session"),
    path("headend/sessions/<int:number>/opened", sessions.opened, name="session-opened"),
    path("headend/orders/new", order_form.new, name="command-order-new"),
    path("headend/orders/<int:number>", orders.order, name="command-order"),
    path("headend/orders/<int:number>/withdraw", orders.take_back, name="command-order-withdraw"),
    path("headend/protected", protection.protected, name="protected-points"),
    path("headend/protected.csv", protection.protected_out, name="protected-points-out"),
    path("headend/caps", protection.caps, name="command-caps"),
    path("headend/caps/propose", protection.cap, name="command-cap"),
    path("headend/plans", plans.plans, name="plans"),
    path("headend/new-plan", plans.new, name="plan-new"),
    path("headend/plans/<str:code>", plans.plan, name="plan"),
    path("headend/plans/<str:code>/remove", plans.remove, name="plan-remove"),
    path("headend/limits", limits.limits, name="access-limits"),
    path("headend/campaigns/<int:number>", campaigns.campaign, name="campaign"),
    path(
        "headend/campaigns/<int:number>/progress",
        campaigns.campaign_progress,
        name="campaign-progress",
    ),
]
