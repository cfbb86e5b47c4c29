"""Django's entry to the app."""

from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    name = "congto.office.organisation"
    label = "organisation"
    verbose_name = "Tổ chức"
