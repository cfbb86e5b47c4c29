"""How a command names one meter: its place, the profile of its model, its keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from congto.headend.dlms.security.control import KEY_BYTES
from congto.headend.profiles.loader import (
    ENVELOPES,
    MECHANISMS,
    certificates_for,
    load_profile,
    profile_names,
)
from congto.headend.profiles.model import Framing
from congto.headend.transports.outlook import outlook_of
from congto.headend.transports.visit import Place
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    import argparse

    from congto.headend.dlms.faults import DlmsError
    from congto.headend.profiles.model import Associating, Local, Profile

PORT_MAX = 65_535
VIET_NAM = timezone(timedelta(hours=7))
SUFFIX = ".yaml"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Let a parser take the place of a meter, and how to speak with it."""
    parser.add_argument("place", metavar="HOST:PORT")
    names = ", ".join(profile_names())
    parser.add_argument("--profile", default="generic", help=f"{names}, or a YAML file of yours")
    parser.add_argument("--client", type=int, help="client number (the profile's)")
    parser.add_argument("--meter", type=int, help="logical device (the profile's)")
    parser.add_argument("--address", help="of the meter on a line of mode C (the profile's)")
    parser.add_argument("--framing", choices=list(Framing), help="the profile's")
    parser.add_argument("--mechanism", choices=list(MECHANISMS), help="the profile's")
    parser.add_argument("--suite", type=int, choices=list(KEY_BYTES), help="the profile's")
    parser.add_argument("--envelope", choices=list(ENVELOPES), help="the profile's")
    parser.add_argument("--signed", action="store_true", help="sign messages (suites 1 and 2)")
    parser.add_argument("--keys", type=Path, help="JSON of one meter, or a shipment file (CSV)")
    parser.add_argument("--seconds", type=float, default=30.0, help="to wait for an answer (30)")


def profile_of(given: argparse.Namespace) -> Profile:
    """Return the profile that was named, changed as other options say.

    Raises:
        InvalidInputError: there is none of this name, or something in the file is wrong.
    """
    path = Path(given.profile)
    if path.suffix == SUFFIX:
        profile = load_profile(path.stem, path.parent)
    else:
        profile = load_profile(given.profile)
    how = profile.associating
    if given.client is not None:
        how = replace(how, reading_client=given.client)
    if given.mechanism is not None:
        how = replace(how, mechanism=MECHANISMS[given.mechanism])
        if given.mechanism in {"none", "lls"}:
            how = replace(how, security=None)
    how = _suited(how, given)
    framing = Framing(given.framing) if given.framing else profile.framing
    return replace(profile, associating=how, framing=framing, local=_local(profile, framing, given))


def _local(profile: Profile, framing: Framing, given: argparse.Namespace) -> Local | None:
    """Return how mode C is spoken, with the address asked for.

    Raises:
        InvalidInputError: the profile speaks mode C and the framing does not, or the other way.
    """
    local = profile.local
    if (framing is Framing.MODE_C) != (local is not None) or (given.address and local is None):
        raise InvalidInputError(
            f"profile {profile.name} over {framing}",
            expected="a profile with `local` for mode C and for --address, another without",
        )
    return replace(local, address=given.address) if local and given.address else local


def _suited(how: Associating, given: argparse.Namespace) -> Associating:
    """Return an association with the suite and envelope asked for.

    Raises:
        InvalidInputError: something that needs certificates, in suite 0.
    """
    if given.suite is not None:
        how = replace(how, suite=given.suite)
    if given.envelope is not None:
        form, scheme = ENVELOPES[given.envelope]
        how = replace(how, form=form, scheme=scheme)
    if given.signed:
        how = replace(how, signed=True)
    needs = certificates_for(how)
    if needs and not how.suite:
        raise InvalidInputError(f"{needs} in suite 0", expected="--suite 1 or 2")
    return how


def place_of(given: argparse.Namespace, profile: Profile) -> Place:
    """Return where the meter is; port and logical device are the profile's where not given.

    Raises:
        InvalidInputError: it is no address.
    """
    text, device = given.place, given.meter
    host, _, port = text.rpartition(":")
    if not host:
        host, port = text, str(profile.port)
    if not port.isdecimal() or not 0 < int(port) <= PORT_MAX:
        raise InvalidInputError(f"address {text!r}", expected="HOST:PORT, as 10.1.2.3:4059")
    return Place(host.strip("[]"), int(port), profile.device if device is None else device)


def failed(place: Place, error: DlmsError) -> CongtoError:
    """Return the error that tells what a session failed of, and what that means for the next."""
    notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
    return CongtoError(
        f"{place}, {outlook_of(error)}: {error.found}{notes}",
        expected=error.expected,
        action=error.action,
    )
