"""Django's entry to the app."""

from django.apps import AppConfig


class ArrearsConfig(AppConfig):
    name = "congto.office.arrears"
    label = "arrears"
    verbose_name = "Nợ quá hạn"

    def ready(self) -> None:
        """Look at every cut for debt once more before it is sent."""
        from congto.office.arrears import lookout  # noqa: PLC0415  (it needs the models)

        lookout.stand()
