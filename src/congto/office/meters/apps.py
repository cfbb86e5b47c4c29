"""Django's entry to the app."""

from django.apps import AppConfig


class MetersConfig(AppConfig):
    name = "congto.office.meters"
    label = "meters"
    verbose_name = "Công tơ"
