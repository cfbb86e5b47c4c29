"""Django's entry to the app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "congto.office.payments"
    label = "payments"
    verbose_name = "Thu tiền"
