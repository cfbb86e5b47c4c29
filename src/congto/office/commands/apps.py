"""Django's entry to the app."""

from django.apps import AppConfig


class CommandsConfig(AppConfig):
    name = "congto.office.commands"
    label = "commands"
    verbose_name = "Lệnh điều khiển"
