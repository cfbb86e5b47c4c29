"""A simulated meter and our client beside it, without sockets, for tests of the simulator."""

from datetime import UTC, datetime

from congto.headend.dlms.apdu.references import Reference, Selection
from congto.headend.dlms.client import Client, Settings
from congto.headend.dlms.data import array, i8, octets, structure, u16, u32
from congto.headend.dlms.datetimes import clock_of
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis
from congto.headend.dlms.security.agreement import NO_CURVE_KEYS
from congto.headend.dlms.security.control import BOTH, control_of
from congto.headend.dlms.security.counters import PeerState, counter_from
from congto.headend.dlms.security.protection import Policy, Protection
from congto.headend.simulator.calendars import age_of, instant_of
from congto.headend.simulator.certificates import client_keys
from congto.headend.simulator.fleet import MECHANISMS, Fleet, Plan, Secured
from congto.headend.simulator.secrets import secrets_of
from congto.headend.simulator.station import Station

NOW = datetime(2026, 11, 25, 3, 10, 17, tzinfo=UTC)  # a Wednesday, 10:10:17 in Viet Nam
DAY, HALF_HOUR = 86_400, 1_800
SEED = 7
CLIENT_TITLE = b"CTO00001"
CLOCK = obis("0.0.1.0.0.255")
LOAD_PROFILE = obis("1.0.99.1.0.255")


class World:
    """A fleet whose clock tests move."""

    def __init__(
        self,
        *,
        count=20,
        faults=None,
        secured=Secured.GMAC,
        pdu_max=1024,
        suite=None,
        quirks=frozenset(),
    ):
        self.age = age_of(NOW)
        self.plan = Plan(count, SEED, secured, pdu_max, faults or {}, suite, quirks)
        self.fleet = Fleet(self.plan, lambda: self.age)
        self.counters = {}
        self.stations = {}

    def meter(self, number=1):
        return self.fleet.meter(number)

    def visit(self, number=1, *, public=False, keys=None, counter=None):
        """Return a session with a meter, associated; the one before has been hung up."""
        if number in self.stations:
            self.stations[number].forget()
        session = Session(self, number, public=public, keys=keys, counter=counter)
        self.stations[number] = session.station
        session.do(session.client.associate())
        return session


class Session:
    """One connection: `do` runs an exchange of the client against the meter."""

    def __init__(self, world, number, *, public=False, keys=None, counter=None):
        self.world, self.number = world, number
        self.station = Station(world.fleet, world.meter(number))
        self.number_of_client = 16 if public else 1
        self.client = self._client(public, keys, counter)

    def _client(self, public, keys, counter):
        plan = self.world.plan
        if public or plan.secured is Secured.NONE:
            return Client(Settings())
        suite = plan.security_suite
        made = secrets_of(SEED, self.number, suite)
        curve_keys = client_keys(SEED, self.number, suite) if suite else NO_CURVE_KEYS
        settings = Settings(
            MECHANISMS[plan.secured], made.password, CLIENT_TITLE, curve_keys=curve_keys
        )
        if not plan.ciphered:
            return Client(settings)
        counters = self.world.counters
        used = counters.setdefault(self.number, counter_from(1)) if counter is None else counter
        policy = Policy(control_of(BOTH.byte | suite))
        protection = Protection(
            CLIENT_TITLE, keys or made.keys(), used, policy=policy, curve_keys=curve_keys
        )
        return Client(settings, protection, PeerState())

    def do(self, exchange):
        try:
            out = next(exchange)
            while True:
                answer = self.station.answer(self.number_of_client, out)
                if not answer.apdu:
                    exchange.throw(DlmsError(Fault.SILENT, "no answer"))
                out = exchange.send(answer.apdu)
        except StopIteration as done:
            return done.value

    def get(self, class_id, name, number=2, selection=None):
        reference = Reference(class_id, _code(name), number, selection)
        return self.do(self.client.get_data(reference)).plain()

    def set(self, class_id, name, number, value):
        self.do(self.client.set(Reference(class_id, _code(name), number), value))

    def act(self, class_id, name, number, parameter=None):
        return self.do(self.client.act(Reference(class_id, _code(name), number), parameter))

    def rows(self, selection=None, name=LOAD_PROFILE):
        return self.get(7, name, 2, selection)

    def registers(self):
        return [self.get(3, f"1.0.1.8.{rate}.255") for rate in range(4)]

    def release(self):
        self.do(self.client.release())


def _code(name):
    return name if isinstance(name, bytes) else obis(name)


def by_range(begin, end, *, deviation=True, columns=()):
    """Select rows stamped from one age to another, both included."""
    sorting = structure(u16(8), octets(CLOCK), i8(2), u16(0))
    ends = (clock_of(instant_of(age), 420, deviation=deviation).octets() for age in (begin, end))
    return Selection(1, structure(sorting, *map(octets, ends), array(columns)))


def by_entry(first, last, first_column=1, last_column=0):
    """Select rows and columns by their places, from 1."""
    return Selection(2, structure(u32(first), u32(last), u16(first_column), u16(last_column)))


def stamp(age):
    return clock_of(instant_of(age), 420).octets()
