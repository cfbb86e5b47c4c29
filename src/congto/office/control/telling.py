"""How a person is told what an error says: in the language of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from congto.vocabulary.errors import CongtoError


def sentence_of(error: CongtoError) -> str:
    """Return the whole message as one line: what was found, what is needed, what to do.

    The words that join the parts are those of the language in use; commands and the API, which
    speak English, take `CongtoError.sentence` as it is.
    """
    return error.sentence(needs=_("cần {}"))
