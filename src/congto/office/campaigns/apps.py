"""Django's entry to the app."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "congto.office.campaigns"
    label = "campaigns"
    verbose_name = "Đợt đọc"
