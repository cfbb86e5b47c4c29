"""One bill explained: every line down to its tier, price decision and readings."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from congto.engines.rating import scalar
from congto.engines.rating.rounding import TierRounding
from congto.office.arrears.queries import cleared_otherwise
from congto.office.billing.choices import Band
from congto.office.billing.models import Bill, BillLine
from congto.office.customers.models import PriceAssignment
from congto.office.meterdata.models import RegisterReading, Usage
from congto.office.meters.models import MeterInstallation, UsagePoint
from congto.office.overview.customer import DialStep, dial_step
from congto.office.payments.models import Payment
from congto.reference.vn import price_book
from congto.vocabulary.periods import days_in_month
from congto.vocabulary.prices import Confidence, TieredPrice

if TYPE_CHECKING:
    from congto.office.control.queries import Scope
    from congto.vocabulary.prices import PriceBook, PriceDecision, ReactiveRule, VatRate


@dataclass(frozen=True, slots=True)
class Quota:
    """Width of a tier: kWh of one household x days / days of the month x households."""

    one_household_kwh: int | None
    days: int
    month_days: int
    households: Decimal
    width_wh: int | None


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line as billed, with what its quantity and price rest on."""

    line: BillLine
    decision: PriceDecision
    days: int
    confidence: Confidence
    quota: Quota | None


@dataclass(frozen=True, slots=True)
class Reactive:
    """What the reactive charge rests on; cos phi and k in hundredths."""

    rule: ReactiveRule
    cos_phi: int
    k_bp: int


@dataclass(frozen=True, slots=True)
class BillView:
    """One bill with everything that made it."""

    bill: Bill
    price: PriceAssignment | None
    usage: Usage | None
    lines: list[ExplainedLine]
    readings: list[DialStep]
    payments: list[Payment]
    vat: VatRate | None
    reactive: Reactive | None
    cleared_vnd: int = 0
    """What a deposit paid of it, or what was given up."""

    @property
    def paid_vnd(self) -> int:
        """Return what was paid."""
        return sum(payment.amount_vnd for payment in self.payments)

    @property
    def owed_vnd(self) -> int:
        """Return what is still owed."""
        return self.bill.gross_vnd - self.paid_vnd - self.cleared_vnd

    @property
    def decisions(self) -> list[PriceDecision]:
        """Return the price decisions that the lines rest on, once each."""
        return list({id(line.decision): line.decision for line in self.lines}.values())

    @property
    def sure(self) -> bool:
        """Tell whether every price of the bill is a confirmed one."""
        return all(line.confidence is Confidence.CONFIRMED for line in self.lines)


def find_bill(number: int, scope: Scope) -> Bill | None:
    """Return the bill with this number if the scope has it."""
    bills = Bill.objects.filter(pk=number).select_related(
        "agreement__customer", "unit", "run", "series"
    )
    return scope.filter(bills).first()


def view_bill(bill: Bill) -> BillView:
    """Read and explain the bill; the caller has found it inside the scope."""
    price = (
        PriceAssignment.objects.filter(
            agreement=bill.agreement_id, valid_from__lte=bill.period_from
        )
        .order_by("-valid_from")
        .first()
    )
    usage = (
        Usage.objects.filter(agreement=bill.agreement_id, period_from=bill.period_from)
        .order_by("-version")
        .first()
    )
    book = price_book()
    determinants = determinants_of(bill, price, usage)
    lines = BillLine.objects.filter(bill=bill.pk).select_related("decision").order_by("line_no")
    payments = Payment.objects.filter(bill=bill.pk).select_related("partner").order_by("paid_at")
    return BillView(
        bill=bill,
        price=price,
        usage=usage,
        lines=[explain(line, determinants, book) for line in lines],
        readings=readings_between(bill),
        payments=list(payments),
        vat=book.vat_on(bill.reading_date),
        reactive=reactive_of(determinants, book),
        cleared_vnd=cleared_otherwise([bill.pk]).get(bill.pk, 0),
    )


def determinants_of(
    bill: Bill, price: PriceAssignment | None, usage: Usage | None
) -> scalar.Usage | None:
    """Return what the rating engine was asked, from the books; None where they lack a part."""
    if price is None or usage is None:
        return None
    bands = scalar.Bands(usage.normal_wh, usage.peak_wh, usage.off_peak_wh)
    return scalar.Usage(
        group=price.group,
        subgroup=price.subgroup,
        voltage=price.voltage,
        household_quarters=price.household_quarters,
        start=bill.period_from,
        end=bill.period_to,
        reading_date=bill.reading_date,
        energy_wh=bill.energy_wh,
        bands=bands if price.time_of_use else None,
        reactive_varh=usage.reactive_varh,
        registered_kw=price.registered_kw,
    )


def explain(line: BillLine, determinants: scalar.Usage | None, book: PriceBook) -> ExplainedLine:
    """Find the part of the period, the tier's width and the price's confidence of a line."""
    decision = book.decision(line.decision.code)
    parts = scalar.parts_of(determinants, book) if determinants else []
    part = next((one for one in parts if one.decision is decision), None)
    if determinants is None or part is None:
        return ExplainedLine(line, decision, 0, decision.confidence, None)
    return ExplainedLine(
        line=line,
        decision=decision,
        days=part.days,
        confidence=confidence_of(line, decision, determinants),
        quota=quota_of(line, determinants, part),
    )


def confidence_of(
    line: BillLine, decision: PriceDecision, determinants: scalar.Usage
) -> Confidence:
    """Return how well the price of the line is known; the decision's own where no cell has it."""
    found = (
        row.confidence
        for row in decision.rows
        if row.group == determinants.group and row.price_vnd == line.price_vnd
    )
    return next(found, decision.confidence)


def quota_of(line: BillLine, determinants: scalar.Usage, part: scalar.Part) -> Quota | None:
    """Return how wide the line's tier is for these households and days."""
    if line.tier is None or not isinstance(part.tariff, TieredPrice):
        return None
    tier = part.tariff.tiers[line.tier - 1]
    return Quota(
        one_household_kwh=tier.width_kwh,
        days=part.days,
        month_days=days_in_month(determinants.start),
        households=Decimal(determinants.household_quarters) / 4,
        width_wh=scalar.tier_width(determinants, part, tier, TierRounding.WHOLE_KWH),
    )


def reactive_of(determinants: scalar.Usage | None, book: PriceBook) -> Reactive | None:
    """Return cos phi and k where the customer's group and demand make them count."""
    rule = book.reactive
    if determinants is None or determinants.energy_wh == 0:
        return None
    if (
        determinants.group not in rule.groups
        or determinants.registered_kw < rule.registered_kw_from
    ):
        return None
    cos_phi = scalar.power_factor(determinants.energy_wh, determinants.reactive_varh)
    return Reactive(rule, cos_phi, rule.k_bp(cos_phi))


def readings_between(bill: Bill) -> list[DialStep]:
    """Return the readings that open and close the bill's period, by register, newest version."""
    points = list(
        UsagePoint.objects.filter(agreement=bill.agreement_id).values_list("pk", flat=True)
    )
    installations = MeterInstallation.objects.filter(usage_point__in=points).select_related("meter")
    hung = {installation.meter_id: installation for installation in installations}
    rows = RegisterReading.objects.filter(
        usage_point__in=points, read_on__in=(bill.period_from, bill.period_to)
    ).order_by("usage_point", "register", "read_on", "-version")
    current: dict[tuple[int, int, int, object], RegisterReading] = {}
    for row in rows:
        current.setdefault((row.usage_point_id, row.meter_id, row.register, row.read_on), row)
    steps = []
    for (point, meter, register, read_on), new in current.items():
        if read_on == bill.period_to:
            old = current.get((point, meter, register, bill.period_from))
            steps.append(dial_step(new, old, hung.get(meter)))
    return steps


def quote_request(view: BillView) -> dict[str, object] | None:
    """Return the request that makes `congto quote` compute this bill again."""
    price, usage, bill = view.price, view.usage, view.bill
    if price is None or usage is None:
        return None
    bands = {
        Band.NORMAL: usage.normal_wh,
        Band.PEAK: usage.peak_wh,
        Band.OFF_PEAK: usage.off_peak_wh,
    }
    kwh = (
        {band.name.lower(): _kwh(energy) for band, energy in bands.items()}
        if price.time_of_use
        else {"total": _kwh(bill.energy_wh)}
    )
    return {
        "group": price.group,
        "subgroup": price.subgroup,
        "voltage": price.voltage,
        "households": str(Decimal(price.household_quarters) / 4),
        "from": bill.period_from.isoformat(),
        "to": bill.period_to.isoformat(),
        "reading_date": bill.reading_date.isoformat(),
        "kwh": kwh,
        "kvarh": _kwh(usage.reactive_varh),
        "registered_kw": str(price.registered_kw),
    }


def _kwh(energy_wh: int) -> str:
    return f"{(Decimal(energy_wh) / 1000).normalize():f}"
