"""The files a utility hands over: names, columns and the order in which they are loaded."""

from __future__ import annotations

from congto.interfaces.files.layout import Column, Kind, Layout

CODE = Column("code", longest=16)

UNITS = Layout(
    columns=(
        CODE,
        Column("name", longest=120),
        Column("kind", Kind.CHOICE, choices=("corporation", "company", "district")),
        Column("parent", required=False),
        Column("valid_from", Kind.DATE),
    ),
    key=("code",),
)

NETWORK = Layout(
    columns=(
        Column("code", longest=40),
        Column("name", longest=120),
        Column(
            "kind", Kind.CHOICE, choices=("substation", "feeder", "transformer", "bulk_station")
        ),
        Column("parent", required=False),
        Column("unit"),
        Column("nominal_kv", Kind.NUMBER, least=0, most=1000),
        Column("rated_kva", Kind.INTEGER, required=False, least=1, most=2_000_000_000),
        Column("longitude", Kind.NUMBER, required=False, least=-180, most=180),
        Column("latitude", Kind.NUMBER, required=False, least=-90, most=90),
    ),
    key=("code",),
)

CUSTOMERS = Layout(
    columns=(
        Column("code", longest=13),
        Column("name", longest=200),
        Column("address", longest=240),
        Column("commune", required=False, longest=120),
        Column("phone", required=False, longest=20),
        Column("unit"),
    ),
    key=("code",),
)

AGREEMENTS = Layout(
    columns=(
        Column("code", longest=20),
        Column("customer"),
        Column("valid_from", Kind.DATE),
        Column(
            "group",
            Kind.CHOICE,
            choices=("residential", "production", "business", "administrative", "wholesale"),
        ),
        Column("subgroup", required=False, longest=60),
        Column("voltage", required=False, longest=12),
        Column("time_of_use", Kind.BOOLEAN),
        Column("household_quarters", Kind.INTEGER, least=1, most=1_000_000),
        Column("registered_kw", Kind.INTEGER, least=0, most=2_000_000_000),
    ),
    key=("code",),
)

READING_BOOKS = Layout(
    columns=(
        CODE,
        Column("name", longest=120),
        Column("unit"),
        Column("reading_day", Kind.INTEGER, least=1, most=31),
    ),
    key=("code",),
)

USAGE_POINTS = Layout(
    columns=(
        Column("code", longest=48),
        Column("kind", Kind.CHOICE, choices=("customer", "network", "check")),
        Column("agreement", required=False),
        Column("element"),
        Column("unit"),
        Column("reading_book", required=False),
        Column("check_of", required=False, absent=True),
    ),
    key=("code",),
)

METERS = Layout(
    columns=(
        Column("serial", longest=32),
        Column("usage_point"),
        Column("valid_from", Kind.DATE),
        Column("dial_digits", Kind.INTEGER, least=1, most=12),
        Column("decimals", Kind.INTEGER, least=0, most=3),
        Column("multiplier", Kind.INTEGER, least=1, most=10_000_000),
        Column("remote", Kind.BOOLEAN),
        Column("three_rate", Kind.BOOLEAN),
        Column("phases", Kind.INTEGER, required=False, absent=True, least=1, most=3),
        Column("current_a_max", Kind.INTEGER, required=False, absent=True, least=1, most=20_000),
        Column("voltage_v", Kind.INTEGER, required=False, absent=True, least=1, most=500_000),
    ),
    key=("serial",),
)

REGISTER_READS = Layout(
    columns=(
        Column("usage_point"),
        Column("meter"),
        Column(
            "register",
            Kind.CHOICE,
            choices=("total", "normal", "peak", "off_peak", "reactive"),
        ),
        Column("read_on", Kind.DATE),
        Column("index_wh", Kind.INTEGER),
        Column("source", Kind.CHOICE, choices=("manual", "remote", "estimate", "customer")),
    ),
    key=("usage_point", "meter", "register", "read_on"),
)

INTERVALS = Layout(
    columns=(
        Column("usage_point"),
        Column("channel", Kind.CHOICE, choices=("A+",)),
        Column("local_day", Kind.DATE),
        Column("values", Kind.HALF_HOURS),
    ),
    key=("usage_point", "channel", "local_day"),
)
