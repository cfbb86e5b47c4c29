"""Django's entry to the app."""

from django.apps import AppConfig


class MeterDataConfig(AppConfig):
    name = "congto.office.meterdata"
    label = "meterdata"
    verbose_name = "Số liệu đo đếm"
