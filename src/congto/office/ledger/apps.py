"""Django's entry to the app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "congto.office.ledger"
    label = "ledger"
    verbose_name = "Sổ cái"
