"""Django's entry to the app."""

from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "congto.office.settlement"
    label = "settlement"
    verbose_name = "Đối soát"
