"""Django's entry to the app."""

from django.apps import AppConfig


class ScorecardConfig(AppConfig):
    name = "congto.office.scorecard"
    label = "scorecard"
    verbose_name = "Chỉ tiêu"
