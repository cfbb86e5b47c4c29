"""Django's entry to the app."""

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "congto.office.network"
    label = "network"
    verbose_name = "Lưới điện"
