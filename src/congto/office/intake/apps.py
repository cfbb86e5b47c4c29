"""Django's entry to the app."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "congto.office.intake"
    label = "intake"
    verbose_name = "Tiếp nhận số liệu"
