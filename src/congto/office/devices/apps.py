"""Django's entry to the app."""

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "congto.office.devices"
    label = "devices"
    verbose_name = "Thiết bị đo xa"
