"""Django's entry to the app."""

from django.apps import AppConfig


class LossesConfig(AppConfig):
    name = "congto.office.losses"
    label = "losses"
    verbose_name = "Tổn thất"
