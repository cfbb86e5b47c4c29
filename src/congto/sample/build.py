"""Build the sample utility: a folder of files as a real utility would hand them over."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from congto.sample import source, units
from congto.sample.consumption import Consumption, Loads, draw_loads
from congto.sample.customers import agreement_rows, book_rows, build_customers
from congto.sample.expansion import with_cloned_grids
from congto.sample.folder import Staging, finished, identity
from congto.sample.metering import Metering, RemoteReading, run_month
from congto.sample.meters import customer_meters, network_meters, with_serials
from congto.sample.network import Network, build_network
from congto.sample.planted import (
    plan_false_values,
    plan_gaps,
    plan_rollovers,
    plan_thefts,
    unregistered_tap,
    with_faulty_reads,
)
from congto.sample.registers import Counted, register_reads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from congto.vocabulary.periods import Period

    Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was built.

    Attributes:
        reused: True when the folder was there already.
        counts: rows by file and kind.
        energy: fed_wh at the 110 kV busbars, load_wh, loss_wh, sold_wh (seen by customers'
            meters), bulk_wh, hidden_wh (stolen), and worst_imbalance: fed - load - loss of the
            worst half-hour as a share of fed.
        seconds: measured by stage; empty when reused.
    """

    folder: Path
    reused: bool
    counts: dict[str, int]
    energy: dict[str, float]
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Utility:
    """Everything known before the month runs."""

    month: Period
    seed: int
    districts: pl.DataFrame
    network: Network
    loads: pl.DataFrame
    consumption: Consumption
    customers: pl.DataFrame
    meters: pl.DataFrame
    thefts: pl.DataFrame


class _Stopwatch:
    """Seconds by stage, and the progress call at its start and end."""

    def __init__(self, progress: Progress | None) -> None:
        self.report: Progress = progress or (lambda _stage, _done, _total: None)
        self.seconds: dict[str, float] = {}
        self._stage, self._since = "", time.perf_counter()

    def start(self, stage: str) -> None:
        self.stop()
        self._stage, self._since = stage, time.perf_counter()
        self.report(stage, 0, 1)

    def stop(self) -> None:
        if self._stage:
            self.seconds[self._stage] = round(time.perf_counter() - self._since, 2)
            self.report(self._stage, 1, 1)
            self._stage = ""


def build(
    folder: Path,
    *,
    month: Period,
    seed: int = 7,
    expand: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> BuildReport:
    """Write the sample utility into `folder`, or return at once if it is there already.

    The folder appears whole or not at all: files are written beside it and moved at the end, with
    manifest.json last. The same month, seed and versions give the same files.

    Args:
        folder: where to write; an older sample in it is replaced, anything else refused.
        month: whole days to simulate, usually a calendar month.
        seed: of everything that is drawn.
        expand: clone the low-voltage grids behind the lumped stations (207,631 loads in all).
        progress: called with stage, done and total.

    Raises CongtoError without the extra `demo`, RefusedError when the folder holds something else.
    """
    data = source.data_folder()
    wanted = identity(f"{month.start:%Y-%m-%d}/{month.end:%Y-%m-%d}", seed, expand=expand)
    manifest = finished(folder, wanted)
    if manifest is not None:
        return BuildReport(folder, True, manifest["counts"], manifest["energy"])
    staging = Staging(folder)
    watch = _Stopwatch(progress)
    utility = _prepare(data, month, seed, watch, expand=expand)
    results = _run(utility, staging.path, watch)
    watch.start("files")
    manifest = staging.finish(wanted | results)
    watch.stop()
    return BuildReport(folder, False, manifest["counts"], manifest["energy"], watch.seconds)


def _prepare(data: Path, month: Period, seed: int, watch: _Stopwatch, *, expand: bool) -> _Utility:
    """Read the network and draw who the customers are."""
    watch.start("network")
    tables = source.read_tables(data)
    districts = units.district_of_grid(tables)
    if expand:
        tables = with_cloned_grids(tables)
    network = build_network(tables, dict(districts.select("grid", "district").iter_rows()))
    watch.start("load profiles")
    drawn = draw_loads(network.loads, seed)
    loads = pl.concat([network.loads, unregistered_tap(network, seed)])
    consumption = Consumption(data, loads, _with_tap(drawn), month)
    watch.start("customers")
    month_wh = pl.Series(consumption.month_wh()[: network.loads.height])
    communes = units.commune_of(network.elements)
    described = network.loads.with_columns(
        month_wh=month_wh,
        households=pl.Series(drawn.households),
        peak_kw=pl.col("p_kw") * pl.Series(drawn.scale),
    )
    customers = build_customers(described, communes, districts, month, seed)
    thefts = plan_thefts(customers, seed)
    customers = customers.join(
        thefts.select("usage_point", "hidden_share"),
        on="usage_point",
        how="left",
        maintain_order="left",
    ).with_columns(metered_share=1 - pl.col("hidden_share").fill_null(0.0))
    meters = customer_meters(customers, seed)
    return _Utility(month, seed, districts, network, loads, consumption, customers, meters, thefts)


def _with_tap(drawn: Loads) -> Loads:
    """Add the unregistered tap's own draws: as measured, not shifted."""
    return Loads(
        scale=np.append(drawn.scale, 1.0),
        shift=np.append(drawn.shift, 0),
        households=np.append(drawn.households, 1),
    )


def _run(utility: _Utility, path: Path, watch: _Stopwatch) -> dict[str, Any]:
    """Run the month and write all files; return counts and energy for the manifest."""
    watch.start("power flow of the month")
    network, customers = utility.network, utility.customers
    metering = Metering(network, customers, utility.loads["bus"].to_numpy(), utility.consumption)
    remote = _remote_reading(utility)
    rows = run_month(metering, utility.month, remote, path / "intervals.parquet", watch.report)
    watch.start("registers and master data")
    counts = _write_master_data(utility, path)
    meters, rolls = _meters(utility, metering)
    faults = _write_meters_and_reads(utility, meters, _counted(utility, metering, rolls), path)
    rolling = meters.filter(pl.Series(rolls))["usage_point"].to_list()
    listed = _fault_rows(faults, rolling, remote, utility.month)
    _write_truth(utility, metering, listed, path)
    counts |= {"meters": meters.height, "remote meters": int(meters["remote"].sum())}
    counts |= {"intervals": rows, "thefts": utility.thefts.height + 1, "faults": listed.height}
    return {"counts": counts, "energy": _energy(utility, metering)}


def _remote_reading(utility: _Utility) -> RemoteReading:
    """All network meters and the customers' meters that are read from afar."""
    own, elements = utility.meters, utility.network.elements
    columns = np.append(own["remote"].to_numpy(), np.ones(elements.height, dtype=bool))
    points = [*own.filter("remote")["usage_point"], *(elements["code"] + "-DN")]
    gaps = plan_gaps(points, utility.month, utility.seed)
    false = plan_false_values(points, gaps["usage_point"].to_list(), utility.month, utility.seed)
    return RemoteReading(points, columns, gaps, false)


def _energy(utility: _Utility, metering: Metering) -> dict[str, float]:
    bulk = utility.network.elements["kind"].to_numpy() == "bulk_station"
    loss = metering.line_loss_wh.sum() + metering.transformer_loss_wh.sum()
    sold, passed = metering.customers.counted.sum(), metering.elements.counted[bulk].sum()
    return {
        "fed_wh": round(metering.fed_wh),
        "load_wh": round(metering.load_wh),
        "loss_wh": round(float(loss)),
        "sold_wh": int(sold),
        "bulk_wh": int(passed),
        "hidden_wh": round(metering.load_wh - float(sold) - float(passed)),
        "worst_imbalance": metering.worst_imbalance,
    }


def _write_master_data(utility: _Utility, path: Path) -> dict[str, int]:
    """Write units, network, customers, agreements, usage points and reading books."""
    customers, elements = utility.customers, utility.network.elements
    points = pl.concat(
        [
            customers.select(
                "usage_point", "agreement", "element", "unit", "book", kind=pl.lit("customer")
            ),
            elements.select(
                usage_point=pl.col("code") + "-DN",
                agreement=pl.lit(None, pl.String),
                element="code",
                unit="district",
                book=pl.lit(None, pl.String),
                kind=pl.lit("network"),
            ),
        ]
    )
    files = {
        "units": units.unit_rows(utility.districts, utility.month.start),
        "network": units.network_rows(elements, utility.districts),
        "customers": customers.select("code", "name", "address", "commune", "phone", "unit"),
        "agreements": agreement_rows(customers),
        "usage_points": points.select(
            "kind", "agreement", "element", "unit", code="usage_point", reading_book="book"
        ).select("code", "kind", "agreement", "element", "unit", "reading_book"),
        "reading_books": book_rows(customers, utility.districts),
    }
    for name, frame in files.items():
        frame.write_csv(path / f"{name}.csv")
    return {name: frame.height for name, frame in files.items()}


def _meters(utility: _Utility, metering: Metering) -> tuple[pl.DataFrame, NDArray[np.bool_]]:
    """Return all meters, customers' first, and which of them are to roll over."""
    elements, own = utility.network.elements, utility.meters
    peak_kw = elements.select(
        pl.coalesce(pl.col("rated_kva") * 0.9, pl.Series(metering.peak_watts / 1000))
    ).to_series()
    since = units.in_place_since(utility.month.start)
    meters = with_serials(pl.concat([own, network_meters(elements, peak_kw, since)]), utility.seed)
    rolls = plan_rollovers(own, pl.Series(metering.customers.counted), utility.seed).to_numpy()
    return meters, np.append(rolls, np.zeros(elements.height, dtype=bool))


def _counted(utility: _Utility, metering: Metering, rolls: NDArray[np.bool_]) -> Counted:
    """What all meters counted; those of the network have neither bands nor reactive registers."""
    none = np.zeros(utility.network.elements.height, dtype=np.int64)
    return Counted(
        total_wh=np.append(metering.customers.counted, metering.elements.counted),
        bands_wh=np.hstack([metering.bands, np.tile(none, (3, 1))]),
        varh=np.append(np.rint(metering.varh).astype(np.int64), none),
        rolls_over=rolls,
    )


def _write_meters_and_reads(
    utility: _Utility, meters: pl.DataFrame, counted: Counted, path: Path
) -> pl.DataFrame:
    """Write meters and register reads; return the list of spoilt reads."""
    reads = register_reads(meters, counted, utility.month, utility.seed)
    rolling = meters.filter(pl.Series(counted.rolls_over))["usage_point"].to_list()
    spared = [*rolling, *utility.thefts["usage_point"]]
    reads, spoilt = with_faulty_reads(reads, spared, utility.month, utility.seed)
    reads.write_parquet(path / "register_reads.parquet")
    meters.select(
        "serial", "usage_point", "valid_from", "dial_digits", "decimals", "multiplier", "remote",
        "three_rate", "phases", "current_a_max", "voltage_v",
    ).write_csv(path / "meters.csv")  # fmt: skip
    return spoilt


def _fault_rows(
    spoilt: pl.DataFrame, rolling: list[str], remote: RemoteReading, month: Period
) -> pl.DataFrame:
    """One list of all that was planted in the readings; rollovers are listed but are no fault."""
    rolled = pl.DataFrame({"usage_point": rolling}, schema={"usage_point": pl.String})
    gaps = remote.gaps.with_columns(kind=pl.lit("missing_half_hours"))
    return pl.concat(
        [
            spoilt,
            rolled.with_columns(
                kind=pl.lit("rollover"), register=pl.lit("total"), day=pl.lit(month.end)
            ),
            pl.concat([gaps, remote.false.select(gaps.columns)]).select(
                "usage_point",
                "first",
                "until",
                "kind",
                day=pl.lit(month.start) + pl.duration(days=pl.col("day_number")),
            ),
        ],
        how="diagonal",
    )


def _write_truth(utility: _Utility, metering: Metering, faults: pl.DataFrame, path: Path) -> None:
    """Write what only the sample knows; the program never reads this folder."""
    truth, network = path / "truth", utility.network
    faults.write_parquet(truth / "faults.parquet")
    energy = utility.customers.select(
        "usage_point",
        true_wh=pl.Series(np.rint(metering.true_wh).astype(np.int64)),
        metered_wh=pl.Series(metering.customers.counted),
    )
    energy.write_parquet(truth / "energy.parquet")
    tap = utility.loads[-1].select(
        "element",
        usage_point=pl.lit(None, pl.String),
        kind=pl.lit("unregistered_tap"),
        hidden_share=pl.lit(1.0),
        true_wh=pl.lit(round(float(utility.consumption.month_wh()[-1]))),
        metered_wh=pl.lit(0),
    )
    thefts = utility.thefts.join(energy, on="usage_point", maintain_order="left")
    pl.concat([thefts, tap], how="diagonal_relaxed").select(
        "kind", "usage_point", "element", "hidden_share", "true_wh", "metered_wh"
    ).write_parquet(truth / "thefts.parquet")
    technical_loss(network, metering).write_parquet(truth / "technical_loss.parquet")


def technical_loss(network: Network, metering: Metering) -> pl.DataFrame:
    """Return one row per element and kind of branch: loss_wh of the month from the power flow.

    A MV/LV transformer's own loss is listed under its feeder, because the feeder's balance ends at
    the low-voltage meters.
    """
    parent = network.elements.select("code", "parent")
    lines = network.lines.select(
        "element",
        part=pl.when(pl.col("voltLvl") == source.LV)
        .then(pl.lit("low_voltage_line"))
        .otherwise(pl.lit("medium_voltage_line")),
        loss_wh=pl.Series(metering.line_loss_wh),
    )
    small = pl.col("voltLvl") == source.MV_LV
    transformers = (
        network.transformers.with_columns(loss_wh=pl.Series(metering.transformer_loss_wh))
        .join(parent, left_on="element", right_on="code", how="left", maintain_order="left")
        .select(
            element=pl.when(small).then("parent").otherwise("element"),
            part=pl.when(small).then(pl.lit("transformer")).otherwise(pl.lit("110_kv_transformer")),
            loss_wh="loss_wh",
        )
    )
    return (
        pl.concat([lines, transformers])
        .group_by("element", "part")
        .agg(pl.col("loss_wh").sum().round().cast(pl.Int64))
        .sort("element", "part")
    )
