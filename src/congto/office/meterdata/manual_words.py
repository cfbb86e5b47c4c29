"""Sentences of manual reading in the language of the screen: what was found, what is needed."""

from __future__ import annotations

from django.utils.translation import gettext as _


def found_and_needed(found: str, needed: str) -> str:
    """Return one clause: "HSN là “2”, cần 1"."""
    return _("%(found)s, cần %(needed)s") % {"found": found, "needed": needed}
