"""Django's entry to the app."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "congto.interfaces.console"
    label = "console"
    verbose_name = "Bàn làm việc"
