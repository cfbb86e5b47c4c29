"""The formats of events by name, each with its reader and its writer."""

from __future__ import annotations

from congto.interfaces.files.events import iec61968, json_lines, table
from congto.interfaces.files.readings.formats import Format

EVENT_FORMATS: dict[str, Format] = {
    "events": Format("meter events, table", (".csv", ".parquet", ".xlsx"), table.read, table.write),
    "events-xml": Format(
        "meter events, IEC 61968-9 EndDeviceEvents (XML)",
        (".xml",),
        iec61968.read,
        iec61968.write,
    ),
    "events-json": Format(
        "meter events, a JSON object a line, as REST takes",
        (".jsonl",),
        json_lines.read,
        json_lines.write,
    ),
}
"""As FORMATS; frames are DELIVERED_EVENTS."""
