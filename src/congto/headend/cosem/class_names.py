"""Names of interface classes and their attributes (Blue Book, clauses 4.3 to 4.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from congto.headend.dlms.apdu.references import Reference

CLASSES: dict[int, tuple[str, ...]] = {
    # number: name, then its attributes from the second on (the first is the logical name)
    1: ("Data", "value"),
    3: ("Register", "value", "scaler_unit"),
    4: ("Extended register", "value", "scaler_unit", "status", "capture_time"),
    5: (
        "Demand register",
        "current_average_value",
        "last_average_value",
        "scaler_unit",
        "status",
        "capture_time",
        "start_time_current",
        "period",
        "number_of_periods",
    ),
    6: ("Register activation", "register_assignment", "mask_list", "active_mask"),
    7: (
        "Profile generic",
        "buffer",
        "capture_objects",
        "capture_period",
        "sort_method",
        "sort_object",
        "entries_in_use",
        "profile_entries",
    ),
    8: (
        "Clock",
        "time",
        "time_zone",
        "status",
        "daylight_savings_begin",
        "daylight_savings_end",
        "daylight_savings_deviation",
        "daylight_savings_enabled",
        "clock_base",
    ),
    9: ("Script table", "scripts"),
    10: ("Schedule", "entries"),
    11: ("Special days table", "entries"),
    15: (
        "Association LN",
        "object_list",
        "associated_partners_id",
        "application_context_name",
        "xDLMS_context_info",
        "authentication_mechanism_name",
        "secret",
        "association_status",
        "security_setup_reference",
    ),
    17: ("SAP assignment", "SAP_assignment_list"),
    18: (
        "Image transfer",
        "image_block_size",
        "image_transferred_blocks_status",
        "image_first_not_transferred_block_number",
        "image_transfer_enabled",
        "image_transfer_status",
        "image_to_activate_info",
    ),
    20: (
        "Activity calendar",
        "calendar_name_active",
        "season_profile_active",
        "week_profile_table_active",
        "day_profile_table_active",
        "calendar_name_passive",
        "season_profile_passive",
        "week_profile_table_passive",
        "day_profile_table_passive",
        "activate_passive_calendar_time",
    ),
    22: ("Single action schedule", "executed_script", "type", "execution_time"),
    40: ("Push setup", "push_object_list", "send_destination_and_method"),
    64: (
        "Security setup",
        "security_policy",
        "security_suite",
        "client_system_title",
        "server_system_title",
        "certificates",
    ),
    70: ("Disconnect control", "output_state", "control_state", "control_mode"),
    71: ("Limiter", "monitored_value", "threshold_active", "threshold_normal"),
}


def class_name(number: int) -> str:
    """Return a class's name, or its number."""
    return CLASSES[number][0] if number in CLASSES else f"class {number}"


def attribute_text(reference: Reference) -> str:
    """Return class and attribute by name and number."""
    names = CLASSES.get(reference.class_id, ("",))
    number = reference.number
    named = "logical_name" if number == 1 else ""
    if 2 <= number <= len(names):
        named = names[number - 1]
    return f"{class_name(reference.class_id)}, attribute {number} {named}".rstrip()
