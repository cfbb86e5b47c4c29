"""Writes of devices, gathered: each is one transaction."""

from congto.office.devices.authorities import trust_authority, withdraw_authority
from congto.office.devices.changes import (
    abandon_change,
    begin_change,
    forget_former,
    prove_change,
)
from congto.office.devices.concentrators import keep_concentrator
from congto.office.devices.counters import (
    keep_proved,
    raise_counter,
    reserve_counters,
    upcoming_of,
)
from congto.office.devices.onboarding import add_devices, import_shipment
from congto.office.devices.onboarding_rows import (
    Authority,
    Certified,
    DeviceRow,
    Model,
    Models,
    Onboarded,
    Outcome,
    Problem,
    RowResult,
)
from congto.office.devices.opening import (
    OpenCertificate,
    Opened,
    OpenSecret,
    device_of_title,
    open_access,
)
from congto.office.devices.purging import purge_uses
from congto.office.devices.rotation import reseal
from congto.office.devices.sealing import SecretBytes
from congto.office.devices.seen import Seen, seen
from congto.office.devices.states import (
    change_device,
    resume,
    retire,
    set_access_limit,
    suspend,
)

__all__ = [
    "Authority",
    "Certified",
    "DeviceRow",
    "Model",
    "Models",
    "Onboarded",
    "OpenCertificate",
    "OpenSecret",
    "Opened",
    "Outcome",
    "Problem",
    "RowResult",
    "SecretBytes",
    "Seen",
    "abandon_change",
    "add_devices",
    "begin_change",
    "change_device",
    "device_of_title",
    "forget_former",
    "import_shipment",
    "keep_concentrator",
    "keep_proved",
    "open_access",
    "prove_change",
    "purge_uses",
    "raise_counter",
    "reseal",
    "reserve_counters",
    "resume",
    "retire",
    "seen",
    "set_access_limit",
    "suspend",
    "trust_authority",
    "upcoming_of",
    "withdraw_authority",
]
