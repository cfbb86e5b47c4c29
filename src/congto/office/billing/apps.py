"""Django's entry to the app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "congto.office.billing"
    label = "billing"
    verbose_name = "Hóa đơn"
