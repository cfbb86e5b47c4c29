"""Price groups as screens name them; the values are those of the price decisions."""

from django.db.models import TextChoices


class PriceGroup(TextChoices):
    """Purpose of use (vocabulary.groups.CustomerGroup)."""

    RESIDENTIAL = "residential", "Sinh hoạt"
    PRODUCTION = "production", "Sản xuất"
    BUSINESS = "business", "Kinh doanh, dịch vụ"
    ADMINISTRATIVE = "administrative", "Hành chính sự nghiệp"
    WHOLESALE = "wholesale", "Bán buôn"
