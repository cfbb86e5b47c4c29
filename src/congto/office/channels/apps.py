"""Django's entry to the app."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "congto.office.channels"
    label = "channels"
    verbose_name = "Kênh thu"
