"""Django's entry to the app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ControlConfig(AppConfig):
    name = "congto.office.control"
    label = "control"
    verbose_name = "Kiểm soát"

    def ready(self) -> None:
        """Let every stage register the kinds of change that need a second person."""
        autodiscover_modules("proposals")
