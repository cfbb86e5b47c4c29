"""Django's entry to the app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "congto.interfaces.jobs"
    label = "jobs"
    verbose_name = "Tác vụ nền"
