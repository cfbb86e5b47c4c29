"""The JSON schema (2020-12) of requests and answers, its words taken from the published data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from congto.interfaces.cli.quote.energy import BANDS, BY_DAYS, MEASURED
from congto.interfaces.cli.quote.request import OFF, REFERENCE, REQUIRED
from congto.vocabulary.groups import CustomerGroup, Register
from congto.vocabulary.prices import Confidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from congto.vocabulary.prices import PriceBook
    from congto.vocabulary.side_rules import SideRules

Schema = dict[str, Any]

NUMBER: Schema = {
    "anyOf": [
        {"type": "string", "pattern": r"^(0|[1-9][0-9]*)(\.[0-9]{1,3})?$"},
        {"type": "integer", "minimum": 0},
    ]
}
INDEX: Schema = {
    "anyOf": [{"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}, {"type": "integer"}]
}
RATIO: Schema = {
    "anyOf": [
        {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(/[0-9]+(\.[0-9]+)?)?$"},
        {"type": "integer", "minimum": 1},
    ]
}
DAY: Schema = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
TEXT: Schema = {"type": "string"}
MONEY: Schema = {"type": "integer"}
KWH: Schema = {"type": "string", "pattern": r"^(0|[1-9][0-9]*)(\.[0-9]+)?$"}
CERTAINTY: Schema = {
    "enum": [one.value for one in Confidence],
    "description": "how well the rule is known",
}
BASIS: Schema = {**TEXT, "description": "source of the rule"}


def schema(book: PriceBook, rules: SideRules) -> Schema:
    """Return the schema of a request or a list of them; `$defs/answer` is that of an answer."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "congto quote request",
        "oneOf": [{"$ref": "#/$defs/request"}, {"type": "array", "items": {}}],
        "$defs": {
            "request": request_schema(book, rules),
            "segment": _segment(book),
            "household_change": _object(
                {
                    "from": _told(DAY, "first day of the new number"),
                    **_households(),
                },
                ("from",),
            ),
            "read": _read(),
            "bands": _object(
                {name: _told(NUMBER, f"kWh in {name} hours") for name in BANDS}, BANDS
            ),
            "answer": answer_schema(),
            "error": _object({"error": _told(TEXT, "one sentence")}, ("error",)),
        },
    }


def request_schema(book: PriceBook, rules: SideRules) -> Schema:
    """Describe a request."""
    return {
        **_object(
            {**_who(book), **_when(), **_energy_fields(), **_reactive(), **_beside(rules)},
            REQUIRED,
        ),
        "allOf": [
            {"oneOf": [{"required": ["group"]}, {"required": ["segments"]}]},
            {"oneOf": [{"required": ["kwh"]}, {"required": ["reads"]}]},
        ],
    }


def _told(kind: Schema, description: str, **more: object) -> Schema:
    return {**kind, "description": description, **more}


def _object(properties: Mapping[str, Schema], required: tuple[str, ...] | None = None) -> Schema:
    """Describe an object; all properties are required unless told."""
    names = list(properties) if required is None else list(required)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": names,
        "properties": dict(properties),
    }


def _list(name: str, description: str) -> Schema:
    return {
        "type": "array",
        "minItems": 1,
        "items": {"$ref": f"#/$defs/{name}"},
        "description": description,
    }


def _price_key(book: PriceBook) -> dict[str, Schema]:
    subgroups = {str(word) for words in book.subgroups.values() for word in words if word}
    return {
        "group": {
            "enum": [one.value for one in CustomerGroup],
            "description": "price group (purpose of use)",
        },
        "subgroup": {
            "enum": [None, *sorted(subgroups)],
            "default": None,
            "description": "subgroup where the price table has them",
        },
        "voltage": {
            "enum": [None, *book.voltages],
            "default": None,
            "description": "voltage class where the meter is",
        },
    }


def _households() -> dict[str, Schema]:
    return {
        "households": _told(NUMBER, "household quotas, a multiple of 0.25", default="1"),
        "people": _told(
            NUMBER, "declared people instead of households: four count as one household"
        ),
    }


def _who(book: PriceBook) -> dict[str, Schema]:
    return {
        **_price_key(book),
        **_households(),
        "household_changes": _list("household_change", "changes of the number inside the period"),
        "segments": _list("segment", "purposes of mixed use; the last takes the remainder"),
        "average_3_months_kwh": _told(
            NUMBER,
            "kWh a month on average of three consecutive months: below the limit a residential "
            "contract (the first segment) is residential as a whole",
        ),
    }


def _segment(book: PriceBook) -> Schema:
    properties = {
        **_price_key(book),
        **_households(),
        "household_changes": _list("household_change", "changes of the number inside the period"),
        "share": _told(KWH, "share of the whole, from 0 to 1, at most four decimals"),
        "kwh": _told(NUMBER, "fixed kWh instead of a share"),
    }
    properties["share"] = {
        "anyOf": [
            {"type": "string", "pattern": r"^(0(\.[0-9]{1,4})?|1(\.0{1,4})?)$"},
            {"type": "integer", "minimum": 0, "maximum": 1},
        ],
        "description": "share of the whole, from 0 to 1",
    }
    return _object(properties, ("group",))


def _when() -> dict[str, Schema]:
    return {
        "from": _told(DAY, "first day of the period"),
        "to": _told(DAY, "day after the last day of the period"),
        "reading_date": _told(DAY, "decides the VAT rate; default: to"),
    }


def _energy_fields() -> dict[str, Schema]:
    total = _object({"total": _told(NUMBER, "kWh of a meter with one register")})
    energy: Schema = {"oneOf": [total, {"$ref": "#/$defs/bands"}]}
    change: Schema = {"anyOf": [NUMBER, total, {"$ref": "#/$defs/bands"}]}
    named = _object(
        {
            "name": _told(TEXT, "what it is"),
            "kwh": _told(change, "kWh; on a three-rate meter by band"),
        },
        ("kwh",),
    )
    listed: Schema = {"type": "array", "minItems": 1, "items": named}
    return {
        "kwh": _told(energy, "kWh used; instead of reads"),
        "reads": _list("read", "meter reads; all meters add up"),
        "additions": _told(listed, "direct additions in kWh (trực tiếp)"),
        "deductions": _told(listed, "energy of sub-meters taken off, in kWh (trừ phụ)"),
        "estimated_before": _told(
            _object({"kwh": _told(change, "kWh")}),
            "kWh that were billed on an estimate before this reading and are taken off it",
        ),
    }


def _read() -> Schema:
    registers = [one.name.lower() for one in Register]
    return _object(
        {
            "meter": _told({"type": "string", "minLength": 1}, "meter number", default="1"),
            "register": {"enum": registers, "default": "total", "description": "register"},
            "from": _told(DAY, "day of the old index; default: from of the request"),
            "to": _told(DAY, "day of the new index; default: to of the request"),
            "old": _told(INDEX, "old index in kWh (kvarh)"),
            "new": _told(INDEX, "new index in kWh (kvarh)"),
            "digits": _told(NUMBER, "whole digits of the dial; needed when it rolled over"),
            "decimals": _told(NUMBER, "digits behind the point; default: as written"),
            "multiplier": _told(RATIO, "CT ratio x VT ratio", default="1"),
            "ct": _told(RATIO, 'current transformer ratio such as "200/5"; no multiplier then'),
            "vt": _told(RATIO, "voltage transformer ratio; no multiplier then"),
            "estimated": _told({"type": "boolean"}, "the index is estimated", default=False),
        },
        ("old", "new"),
    )


def _reactive() -> dict[str, Schema]:
    peaks: Schema = {"type": "array", "items": NUMBER}
    fields = {
        "kvarh": _told(NUMBER, "reactive energy in kvarh", default="0"),
        "registered_kw": _told(NUMBER, "registered maximum demand in kW", default="0"),
    }
    return {
        **fields,
        "reactive": _told(
            _object(
                {
                    **fields,
                    "peak_kw_last_3": _told(
                        peaks, "actual maximum demand in kW of the last three cycles"
                    ),
                },
                (),
            ),
            "reactive power; instead of kvarh and registered_kw",
        ),
    }


def _beside(rules: SideRules) -> dict[str, Schema]:
    notices: Schema = {"type": "array", "minItems": 1, "items": DAY}
    choices: dict[str, Schema] = {
        name: {"enum": list(words), "default": words[0], "description": f"rounding of {name}"}
        for name, words in rules.settings.items()
    }
    choices["price_change"] = {
        "enum": [MEASURED, BY_DAYS],
        "description": "energy before a new price; default: measured where read that day",
    }
    choices["two_component"] = {
        "enum": [OFF, REFERENCE],
        "description": "show the two-component price beside the bill; default: off",
    }
    households = list(dict.fromkeys(one.household for one in rules.support))
    return {
        "three_rate_refused": _told(
            _object({"notices": _told(notices, "days of the notices")}),
            "the buyer refused the three-rate meter: all at the peak price from some day on",
        ),
        "support": {"enum": households, "description": "kind of supported household"},
        "capacity": _told(
            _object({"peak_kw": _told(NUMBER, "highest half-hour demand of the month in kW")}),
            "for the two-component price, which is not in force",
        ),
        "settings": _told(_object(choices, ()), "named roundings and ways of computing"),
    }


def answer_schema() -> Schema:
    """Describe an answer."""
    line: Schema = {"type": "array", "items": _line()}
    always = {
        "lines": _told(line, "lines in order"),
        "net": _told(MONEY, "đồng before VAT"),
        "vat_rate": _told(TEXT, 'such as "0.08"'),
        "vat": _told(MONEY, "đồng"),
        "gross": _told(MONEY, "đồng to pay"),
    }
    return _object({**always, **_answer_energy(), **_answer_beside()}, tuple(always))


def _line() -> Schema:
    always: dict[str, Schema] = {
        "charge": {"enum": ["energy", "reactive"], "description": "kind of line"},
        "tier": _told({"type": ["integer", "null"]}, "tier number"),
        "band": {"enum": [None, *BANDS], "description": "time band"},
        "kwh": {"anyOf": [KWH, {"type": "null"}], "description": "kWh"},
        "price": _told({"type": ["string", "null"]}, "đồng per kWh"),
        "amount": _told(MONEY, "đồng"),
        "decision": _told(TEXT, "price decision"),
    }
    sometimes = {
        "cos_phi": _told(TEXT, "of the period"),
        "k_percent": _told(TEXT, "surcharge in percent of the energy money"),
        "segment": _told({"type": "integer"}, "number of the segment, from 1"),
        "from": _told(DAY, "first day of the part that the line prices"),
        "to": _told(DAY, "day after its last day"),
        "tier_width": {
            "anyOf": [KWH, {"type": "null"}],
            "description": "kWh that fit into the tier; null: open",
        },
    }
    return _object({**always, **sometimes}, tuple(always))


def _answer_energy() -> dict[str, Schema]:
    read = _object(
        {
            "meter": _told(TEXT, "meter number"),
            "register": _told(TEXT, "register"),
            "from": _told(DAY, "day of the old index"),
            "to": _told(DAY, "day of the new index"),
            "multiplier": _told(TEXT, "CT ratio x VT ratio"),
            "advance": _told(KWH, "(new - old) x multiplier in kWh (kvarh)"),
            "rolled_over": _told({"type": "boolean"}, "the dial passed zero"),
            "estimated": _told({"type": "boolean"}, "the index is estimated"),
        }
    )
    changes = ("additions", "deductions", "estimated_before")
    energy = {"metered": _told(KWH, "kWh"), "billed": _told(KWH, "kWh")}
    part = _object(
        {
            "segment": _told({"type": "integer"}, "number from 1"),
            "group": _told(TEXT, "price group"),
            "kwh": _told(KWH, "kWh of this purpose"),
        }
    )
    return {
        "reads": _told({"type": "array", "items": read}, "reads with their advance"),
        "quality": {"enum": ["actual", "estimated"], "description": "of the reads"},
        "energy": _told(
            _object(
                {**energy, **{name: _told(KWH, "kWh") for name in changes}},
                ("metered", "billed"),
            ),
            "billed = metered + additions - deductions - estimated_before",
        ),
        "segments": _told({"type": "array", "items": part}, "kWh of each purpose"),
    }


def _answer_beside() -> dict[str, Schema]:
    known = {"basis": BASIS, "confidence": CERTAINTY}
    component = {
        "code": _told(TEXT, "document of the table"),
        "in_force": _told({"type": "boolean"}, "whether it prices this period"),
        "peak_kw": _told(KWH, "highest demand in kW"),
        "capacity_price": _told(TEXT, "đồng per kW and month"),
        **{name: _told(MONEY, "đồng") for name in ("capacity", *BANDS, "net")},
        **known,
    }
    return {
        "mixed_use": _told(
            _object(
                {
                    "rule": _told(TEXT, "all_residential"),
                    "kwh_below": _told(KWH, "kWh a month"),
                    **known,
                }
            ),
            "the whole meter is residential",
        ),
        "three_rate_refused": _told(
            _object(
                {
                    "peak_price_from": _told(
                        {"type": ["string", "null"], "format": "date"},
                        "first day; null: too few notices yet",
                    ),
                    **known,
                }
            ),
            "peak price for all energy",
        ),
        "support": _told(
            _object(
                {
                    "kwh": _told(KWH, "supported kWh of the month"),
                    "price": _told(TEXT, "tier-1 price in đồng per kWh"),
                    "amount": _told(MONEY, "đồng before VAT, not taken off the bill"),
                    "decision": _told(TEXT, "price decision"),
                    "paid_by": _told(TEXT, "who pays"),
                    **known,
                }
            ),
            "budget support beside the bill",
        ),
        "reference": _told(
            _object({"two_component": _told(_object(component), "TC = Cp x Pmax + Ca x kWh")}),
            "never part of the bill",
        ),
    }
