"""Names of interface classes, attributes and methods (Blue Book, clauses 4.3 to 4.6)."""

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


METHODS: dict[int, tuple[str, ...]] = {
    3: ("reset",),
    4: ("reset",),
    5: ("reset", "next_period"),
    7: ("reset", "capture"),
    8: (
        "adjust_to_quarter",
        "adjust_to_measuring_period",
        "adjust_to_minute",
        "adjust_to_preset_time",
        "preset_adjusting_time",
        "shift_time",
    ),
    9: ("execute",),
    11: ("insert", "delete"),
    15: ("reply_to_HLS_authentication", "change_HLS_secret", "add_object", "remove_object"),
    18: (
        "image_transfer_initiate",
        "image_block_transfer",
        "image_verify",
        "image_activate",
    ),
    20: ("activate_passive_calendar",),
    40: ("push",),
    64: ("security_activate", "key_transfer", "key_agreement", "generate_key_pair"),
    70: ("remote_disconnect", "remote_reconnect"),
}
"""Number of a class to its methods, from the first on."""

SECRET_ATTRIBUTES = frozenset({(15, 7)})
SECRET_METHODS = frozenset({(15, 2), (64, 2)})
"""Class and number of what carries a password or key."""


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


def method_text(reference: Reference) -> str:
    """Return class and method by name and number."""
    names, number = METHODS.get(reference.class_id, ()), reference.number
    named = names[number - 1] if 1 <= number <= len(names) else ""
    return f"{class_name(reference.class_id)}, method {number} {named}".rstrip()
