"""Django's entry to the app."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "congto.office.customers"
    label = "customers"
    verbose_name = "Khách hàng"
