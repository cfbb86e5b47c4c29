"""Words of deliveries."""

from django.db.models import TextChoices


class DeliveryState(TextChoices):
    """How far a delivery is; it goes down this list and never up."""

    RECEIVED = "received", "đã nhận"
    PREVIEWED = "previewed", "đã xem trước"
    LOADED = "loaded", "đã nạp"
    REFUSED = "refused", "bị từ chối"


class Way(TextChoices):
    """By which door a delivery came."""

    PAGE = "page", "trang nhập"
    REST = "rest", "REST"
    FOLDER = "folder", "thư mục"
    METER = "meter", "công tơ"
