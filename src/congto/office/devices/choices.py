"""Words of communicating devices."""

from django.db.models import TextChoices


class Path(TextChoices):
    """How the readings of a device come."""

    DIRECT = "direct", "trực tiếp"
    CONCENTRATOR = "concentrator", "qua bộ tập trung"


class DeviceState(TextChoices):
    """Whether a device is called."""

    ACTIVE = "active", "đang đọc"
    SUSPENDED = "suspended", "tạm dừng"
    RETIRED = "retired", "đã gỡ"


class LimitKind(TextChoices):
    """What an access limit guards."""

    ALL = "all", "toàn hệ thống"
    CELL = "cell", "trạm sóng"
    CONCENTRATOR = "concentrator", "bộ tập trung"


class SecretUse(TextChoices):
    """What a secret of a meter is for (DLMS key uses, and what proves a client)."""

    UNICAST = "unicast", "khóa mã hóa (GUEK)"
    BROADCAST = "broadcast", "khóa mã hóa chung (GBEK)"
    AUTHENTICATION = "authentication", "khóa xác thực (GAK)"
    MASTER = "master", "khóa chủ (KEK)"
    PASSWORD = "password", "mật khẩu (LLS)"
    HLS = "hls", "bí mật HLS"
    SIGNING = "signing", "khóa ký"
    AGREEMENT = "agreement", "khóa thỏa thuận"


class CertificateUse(TextChoices):
    """What the key of a meter's certificate is for (security suites 1 and 2)."""

    SIGNING = "signing", "chữ ký số"
    AGREEMENT = "agreement", "thỏa thuận khóa"


class SecretPhase(TextChoices):
    """Where a secret stands in its change: old and new are kept until the new one is proven."""

    CURRENT = "current", "đang dùng"
    PENDING = "pending", "mới, chưa chứng minh"
    FORMER = "former", "cũ"
