"""What the office has to know of profiles: which secrets a session needs, what files claim."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from congto.headend.dlms.security.hls import Mechanism
from congto.headend.profiles.loader import MECHANISMS
from congto.interfaces.meters.certificates import judged, uses_needed
from congto.interfaces.meters.profiles import profile_named
from congto.office.devices.choices import SecretUse
from congto.office.devices.operations import Model
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from congto.headend.profiles.model import Profile
    from congto.office.devices.operations import Models

WORDS = {mechanism: word for word, mechanism in MECHANISMS.items()}
SHARED = {Mechanism.MD5, Mechanism.SHA1, Mechanism.SHA256}
"""Mechanisms that prove a secret which both sides know."""


def models_for(names: Iterable[str]) -> Models:
    """Return what is needed of profiles; for one that cannot be loaded, the sentence why."""
    found: dict[str, Model | str] = {}
    for name in set(names):
        try:
            found[name] = model_of(profile_named(name))
        except CongtoError as error:
            found[name] = error.sentence()
    return found


def model_of(profile: Profile) -> Model:
    """Return what the office has to know of a profile; mode C needs no secret, a few a password."""
    how = profile.associating
    needs = set()
    if how.mechanism is Mechanism.LOW:
        needs.add(SecretUse.PASSWORD)
    if how.mechanism in SHARED:
        needs.add(SecretUse.HLS)
    if how.security is not None or how.mechanism is Mechanism.GMAC:
        needs |= {SecretUse.UNICAST, SecretUse.AUTHENTICATION}
    uses = uses_needed(profile)
    needs |= {SecretUse(use.value) for use in uses}
    judge = partial(judged, suite=how.suite) if uses else None
    facts = {"framing": str(profile.framing)}
    if profile.local is not None:  # nobody associates
        return Model(profile.port, facts=facts)
    facts |= {
        "mechanism": WORDS.get(how.mechanism, ""),
        "client": str(how.reading_client),
        "suite": str(how.suite),
    }
    return Model(profile.port, frozenset(needs), uses, judge, facts)
