"""Addresses of payment channels: measures, visits, counters, lists, agents, codes, bank lines."""

from django.urls import URLPattern, path

from congto.interfaces.console.views import (
    bank_lines,
    channel_lists,
    channel_measures,
    counters,
    partners,
    payment_codes,
)

urlpatterns: list[URLPattern] = [
    path("channels", channel_measures.measures, name="channels"),
    path("channels/measures.csv", channel_measures.export, name="channels-out"),
    path("channels/named-list", channel_measures.name_list, name="channels-list"),
    path("channels/home", channel_measures.home, name="channels-home"),
    path("channels/home.csv", channel_measures.export_home, name="channels-home-out"),
    path("channels/counters", counters.counters, name="counters"),
    path("channels/counters/drawers/<str:code>/open", counters.open_turn, name="drawer-open"),
    path("channels/counters/turns/<int:number>", counters.turn, name="drawer-turn"),
    path("channels/counters/turns/<int:number>/take", counters.take, name="drawer-take"),
    path("channels/counters/turns/<int:number>/close", counters.close, name="drawer-close"),
    path(
        "channels/counters/turns/<int:number>/difference",
        counters.difference,
        name="drawer-difference",
    ),
    path("channels/receipts/<int:number>", counters.receipt, name="receipt"),
    path("channels/receipts/<int:number>/back", counters.take_back, name="receipt-back"),
    path("channels/lists", channel_lists.lists, name="collection-lists"),
    path("channels/lists/make", channel_lists.make, name="collection-list-make"),
    path("channels/lists/<int:number>", channel_lists.one, name="collection-list"),
    path("channels/lists/<int:number>.csv", channel_lists.export, name="collection-list-out"),
    path("channels/lists/<int:number>/result", channel_lists.bring, name="collection-list-in"),
    path("channels/lists/<int:number>/post", channel_lists.post, name="collection-list-post"),
    path("channels/lists/<int:number>/recall", channel_lists.recall, name="collection-list-recall"),
    path(
        "channels/lists/<int:number>/give-back",
        channel_lists.give_back,
        name="collection-list-give-back",
    ),
    path("channels/mandates/<int:number>", channel_lists.mandate, name="mandate"),
    path("channels/agents", channel_lists.agents, name="agents"),
    path("bank-lines", bank_lines.bank_lines, name="bank-lines"),
    path("bank-lines/match", bank_lines.match, name="bank-lines-match"),
    path("bank-lines/<int:number>", bank_lines.bank_line, name="bank-line"),
    path(
        "bank-lines/<int:number>/proposals/<int:proposal>",
        bank_lines.decide,
        name="bank-line-decide",
    ),
    path("bank-lines/<int:number>/split", bank_lines.split, name="bank-line-split"),
    path("channels/partners", partners.partners, name="partners"),
    path("channels/partners/<str:code>", partners.one, name="partner"),
    path("channels/partners/<str:code>/terms", partners.terms, name="partner-terms"),
    path("channels/partners/<str:code>/suspension", partners.suspension, name="partner-suspension"),
    path("channels/partners/<str:code>/key", partners.key, name="partner-key"),
    path("bills/<int:number>/codes", payment_codes.codes, name="bill-codes"),
]
