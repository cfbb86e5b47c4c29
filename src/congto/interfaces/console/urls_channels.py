"""Addresses of channels of payment: measures, home visits, counters, lists, agents, codes."""

from django.urls import URLPattern, path

from congto.interfaces.console.views import (
    channel_lists,
    channel_measures,
    counters,
    partners,
    payment_codes,
)

urlpatterns: list[URLPattern] = [
    path("channels", channel_measures.measures, name="channels"),
    path("channels/measures.csv", channel_measures.export, name="channels-out"),
    path("channels/list", channel_measures.name_list, name="channels-list"),
    path("channels/home", channel_measures.home, name="channels-home"),
    path("channels/home.csv", channel_measures.export_home, name="channels-home-out"),
    path("counters", counters.counters, name="counters"),
    path("counters/drawers/<str:code>/open", counters.open_turn, name="drawer-open"),
    path("counters/turns/<int:number>", counters.turn, name="drawer-turn"),
    path("counters/turns/<int:number>/take", counters.take, name="drawer-take"),
    path("counters/turns/<int:number>/close", counters.close, name="drawer-close"),
    path("counters/turns/<int:number>/difference", counters.difference, name="drawer-difference"),
    path("counters/receipts/<int:number>", counters.receipt, name="receipt"),
    path("counters/receipts/<int:number>/back", counters.take_back, name="receipt-back"),
    path("collection-lists", channel_lists.lists, name="collection-lists"),
    path("collection-lists/make", channel_lists.make, name="collection-list-make"),
    path("collection-lists/<int:number>", channel_lists.one, name="collection-list"),
    path("collection-lists/<int:number>.csv", channel_lists.export, name="collection-list-out"),
    path("collection-lists/<int:number>/result", channel_lists.bring, name="collection-list-in"),
    path("collection-lists/<int:number>/post", channel_lists.post, name="collection-list-post"),
    path(
        "collection-lists/<int:number>/recall", channel_lists.recall, name="collection-list-recall"
    ),
    path("agents", channel_lists.agents, name="agents"),
    path("partners", partners.partners, name="partners"),
    path("partners/<str:code>", partners.one, name="partner"),
    path("partners/<str:code>/terms", partners.terms, name="partner-terms"),
    path("partners/<str:code>/suspension", partners.suspension, name="partner-suspension"),
    path("partners/<str:code>/key", partners.key, name="partner-key"),
    path("bills/<int:number>/codes", payment_codes.codes, name="bill-codes"),
]
