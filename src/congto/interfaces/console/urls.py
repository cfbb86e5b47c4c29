"""Addresses of the console."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from congto.interfaces.console.assets import vega_bundle
from congto.interfaces.console.views import bill, customer, health, home, search
from congto.interfaces.console.views.sign_in import SignIn

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("months/<str:month>/breakdowns", home.breakdowns, name="home-breakdowns"),
    path("search", search.results, name="search"),
    path("search/suggest", search.suggest, name="search-suggest"),
    path("customers/<str:code>", customer.customer, name="customer"),
    path("customers/<str:code>/curve", customer.curve, name="customer-curve"),
    path("bills/<int:number>", bill.bill, name="bill"),
    path("bills/<int:number>/quote.json", bill.quote, name="bill-quote"),
    path("sign-in", login_not_required(SignIn.as_view()), name="sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("language", login_not_required(set_language), name="set_language"),
    path("assets/vega-<str:version>.js", vega_bundle, name="vega-bundle"),
    path("healthz", health.healthz, name="healthz"),
    path("", include("congto.interfaces.console.urls_control")),
    path("", include("congto.interfaces.console.urls_meterdata")),
    path("", include("congto.interfaces.console.urls_headend")),
    path("", include("congto.interfaces.console.urls_billing")),
    path("", include("congto.interfaces.console.urls_arrears")),
    path("", include("congto.interfaces.console.urls_channels")),
]
