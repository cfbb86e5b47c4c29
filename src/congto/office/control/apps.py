"""Django's entry to the app."""

from django.apps import AppConfig


class ControlConfig(AppConfig):
    name = "congto.office.control"
    label = "control"
    verbose_name = "Kiểm soát"
