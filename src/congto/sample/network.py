"""The network as the power flow and the meters need it: buses, branches, elements, loads.

SimBench puts an auxiliary node and a switch at every end of a line or transformer. Joining nodes
over closed switches turns about 105,000 nodes into a third as many buses; a line whose switch is
open ends at an auxiliary bus of its own and so stays connected at one end, as it is in the field,
where it still draws its charging power.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix  # type: ignore[import-untyped]  # ships no types
from scipy.sparse.csgraph import (  # type: ignore[import-untyped]  # ships no types
    connected_components,
)

from congto.sample.source import HV_MV, LV, MV, MV_LV

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.sample.source import Tables

HERTZ = 50


@dataclass(frozen=True, slots=True)
class Network:
    """All grids of the utility in one numbering of buses.

    Attributes:
        bus_kv: rated voltage per bus in kV.
        lines: one row per line: from_bus, to_bus, r_ohm, x_ohm, c_farad, i_n_ampere, voltLvl,
            element (code of the element whose loss it is), head_of (feeder code or null; the line
            then leaves the substation's busbar), head_is_from (True: the busbar is at from_bus).
        transformers: one row per transformer: from_bus (high side), to_bus, plate values, voltLvl,
            element (substation or transformer code).
        loads: one row per load of the power flow: grid, station, profile, p_kw, q_kvar, bus,
            district, element (what feeds it), is_lv, is_bulk.
        elements: one row per metered element: code, name, kind, parent, grid, district,
            nominal_kv (where its meter is), rated_kva, x, y (SimBench's coordinates).
        sources: bus of each substation's 110 kV busbar.
    """

    bus_kv: NDArray[np.float64]
    lines: pl.DataFrame
    transformers: pl.DataFrame
    loads: pl.DataFrame
    elements: pl.DataFrame
    sources: NDArray[np.int64]


def join_over_switches(nodes: pl.Series, node_a: pl.Series, node_b: pl.Series) -> NDArray[np.int64]:
    """Return the bus number of every node: nodes joined by closed switches share a bus.

    `node_a` and `node_b` are the two ends of the closed switches, by node id.
    """
    place = pl.DataFrame({"id": nodes}).with_row_index("place")
    ends = (
        pl.DataFrame({"a": node_a, "b": node_b})
        .join(place, left_on="a", right_on="id")
        .join(place, left_on="b", right_on="id", suffix="_b")
    )
    return _components(len(nodes), ends["place"].to_numpy(), ends["place_b"].to_numpy())


def _components(count: int, a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.int64]:
    graph = coo_matrix((np.ones(len(a), dtype=np.int8), (a, b)), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    numbers: NDArray[np.int64] = labels.astype(np.int64)
    return numbers


def build_network(tables: Tables, districts: dict[str, str]) -> Network:
    """Join nodes to buses, find who feeds whom and number the metered elements.

    Args:
        tables: SimBench's tables.
        districts: district code by medium-voltage grid.
    """
    bus = tables.nodes.select(
        "id",
        "vmR",
        bus=join_over_switches(
            tables.nodes["id"], tables.switches["nodeA"], tables.switches["nodeB"]
        ),
    )
    lines = _with_buses(tables.lines, bus, "nodeA", "nodeB")
    transformers = _with_buses(tables.transformers, bus, "nodeHV", "nodeLV")
    loads = tables.loads.join(
        bus.select("id", "bus"), left_on="node", right_on="id", how="left", maintain_order="left"
    )
    used, kv = _used_buses(bus, lines, transformers, loads)
    lines, transformers, loads = (
        _renumbered(frame, used, names)
        for frame, names in (
            (lines, ["from_bus", "to_bus"]),
            (transformers, ["from_bus", "to_bus"]),
            (loads, ["bus"]),
        )
    )
    district = pl.DataFrame({"grid": list(districts), "district": list(districts.values())})
    return _with_elements(_Wired(kv, lines, transformers, loads), tables, district)


class _Wired(NamedTuple):
    """SimBench's rows with bus numbers."""

    kv: NDArray[np.float64]
    lines: pl.DataFrame
    transformers: pl.DataFrame
    loads: pl.DataFrame


def _with_buses(frame: pl.DataFrame, bus: pl.DataFrame, a: str, b: str) -> pl.DataFrame:
    number = bus.select("id", "bus")
    return frame.join(
        number.rename({"bus": "from_bus"}),
        left_on=a,
        right_on="id",
        how="left",
        maintain_order="left",
    ).join(
        number.rename({"bus": "to_bus"}),
        left_on=b,
        right_on="id",
        how="left",
        maintain_order="left",
    )


def _used_buses(
    bus: pl.DataFrame, lines: pl.DataFrame, transformers: pl.DataFrame, loads: pl.DataFrame
) -> tuple[pl.DataFrame, NDArray[np.float64]]:
    used = (
        pl.concat(
            [frame[name] for frame in (lines, transformers) for name in ("from_bus", "to_bus")]
            + [loads["bus"]]
        )
        .unique()
        .sort()
        .to_frame("bus")
        .with_row_index("number")
    )
    volts = bus.group_by("bus").agg(pl.col("vmR").first())
    kv = used.join(volts, on="bus", how="left", maintain_order="left")["vmR"].to_numpy()
    return used.with_columns(pl.col("number").cast(pl.Int64)), kv.astype(np.float64)


def _renumbered(frame: pl.DataFrame, used: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    for name in names:
        number = used.select(pl.col("bus").alias(name), pl.col("number").alias("new"))
        frame = frame.join(number, on=name, how="left", maintain_order="left")
        frame = frame.drop(name).rename({"new": name})
    return frame


def _with_elements(wired: _Wired, tables: Tables, district: pl.DataFrame) -> Network:
    kv, lines, transformers, loads = wired
    substations = _substations(transformers, tables, district)
    feeder_of_bus, feeders, heads = _feeders(lines, transformers, district, len(kv))
    stations = _stations(transformers, tables, feeder_of_bus)
    bulk = _bulk_stations(loads, tables, feeder_of_bus)
    plates = _transformer_plates(transformers, tables, substations, stations)
    return Network(
        bus_kv=kv,
        lines=_line_constants(lines, tables, feeder_of_bus, stations, heads),
        transformers=plates,
        loads=_fed_loads(loads, feeder_of_bus, stations, bulk),
        elements=pl.concat(
            [
                frame.select(_ELEMENT_COLUMNS)
                for frame in (substations, _placed_feeders(feeders, substations), stations, bulk)
            ]
        ),
        sources=plates.filter(pl.col("voltLvl") == HV_MV)["from_bus"].unique().sort().to_numpy(),
    )


_ELEMENT_COLUMNS = (
    "code", "kind", "parent", "grid", "district", "nominal_kv", "rated_kva", "x", "y",
)  # fmt: skip


def _place(frame: pl.DataFrame, node: str, tables: Tables) -> pl.DataFrame:
    """Add x and y of the node in column `node`."""
    where = tables.nodes.select("id", "coordID").join(
        tables.coordinates, left_on="coordID", right_on="id", how="left"
    )
    return frame.join(
        where.select("id", "x", "y"), left_on=node, right_on="id", how="left", maintain_order="left"
    )


def _substations(
    transformers: pl.DataFrame, tables: Tables, district: pl.DataFrame
) -> pl.DataFrame:
    """One row per 110 kV substation: the one of its district, with its two transformers."""
    plates = tables.transformer_types.select("id", "sR", "vmLV")
    main = _place(transformers.filter(pl.col("voltLvl") == HV_MV), "nodeLV", tables)
    return (
        main.join(plates, left_on="type", right_on="id", maintain_order="left")
        .group_by("grid", maintain_order=True)
        .agg(
            rated_kva=(pl.col("sR").sum() * 1000).round().cast(pl.Int64),
            nominal_kv=pl.lit(110.0),
            x=pl.col("x").mean(),
            y=pl.col("y").mean(),
        )
        .join(district, on="grid")
        .sort("district")
        .with_columns(
            code=pl.col("district") + "-T",
            kind=pl.lit("substation"),
            parent=pl.lit(None, pl.String),
        )
    )


def _feeders(
    lines: pl.DataFrame, transformers: pl.DataFrame, district: pl.DataFrame, buses: int
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Find the feeders: what hangs together once the substations' busbars are taken away.

    Returns three frames: bus -> feeding element (feeder, or the substation for its busbar and for
    reserve lines that carry nothing); the feeders; head lines (line id, feeder, head_is_from).
    Urban sub-feeders behind a switching station belong to the outgoing feeder that feeds them,
    because a feeder's balance is taken where it leaves the substation.
    """
    medium = lines.filter(pl.col("voltLvl") == MV)
    busbars = transformers.filter(pl.col("voltLvl") == HV_MV).select(bus="to_bus", grid="grid")
    at_busbar = np.zeros(buses, dtype=bool)
    at_busbar[busbars["bus"].to_numpy()] = True
    a, b = medium["from_bus"].to_numpy(), medium["to_bus"].to_numpy()
    inner = ~(at_busbar[a] | at_busbar[b])
    part = _components(buses, a[inner], b[inner])
    heads = (
        medium.with_columns(
            head_is_from=pl.Series(at_busbar[a]),
            is_head=pl.Series(at_busbar[a] != at_busbar[b]),
            part=pl.Series(np.where(at_busbar[a], part[b], part[a])),
        )
        .filter("is_head")
        .with_columns(label=pl.col("subnet").str.extract(r"_Feeder(\d+)$").cast(pl.Int64))
        .join(district, on="grid")
        .with_columns(
            feeder=pl.when(pl.col("label").is_not_null())
            .then(pl.col("district") + "-L" + pl.col("label").cast(pl.String).str.zfill(2))
            .otherwise(pl.col("district") + "-T")
        )
    )
    feeders = heads.filter(pl.col("label").is_not_null()).sort("feeder")
    of_bus = pl.DataFrame({"bus": np.arange(buses), "part": part})
    fed = of_bus.join(heads.select("part", "feeder"), on="part").select("bus", "feeder")
    own = busbars.unique("bus").join(district, on="grid")
    own = own.select("bus", feeder=pl.col("district") + "-T")
    return pl.concat([fed, own]), feeders, heads.select("id", "feeder", "head_is_from", "label")


def _placed_feeders(feeders: pl.DataFrame, substations: pl.DataFrame) -> pl.DataFrame:
    """Feeders as elements: at the substation they leave, at its medium voltage."""
    where = substations.select("district", "x", "y", parent="code")
    return feeders.join(where, on="district", how="left", maintain_order="left").with_columns(
        code=pl.col("feeder"),
        kind=pl.lit("feeder"),
        nominal_kv=pl.when(pl.col("grid").str.starts_with("MV3")).then(10.0).otherwise(20.0),
        rated_kva=pl.lit(None, pl.Int64),
    )


def _numbered(frame: pl.DataFrame, letters: str) -> pl.DataFrame:
    """Give each station of a district its running number: PB0001-TBA001."""
    number = pl.int_range(1, pl.len() + 1).over("district").cast(pl.String).str.zfill(3)
    return frame.with_columns(code=pl.col("district") + f"-{letters}" + number)


def _stations(
    transformers: pl.DataFrame, tables: Tables, feeder_of_bus: pl.DataFrame
) -> pl.DataFrame:
    """One row per MV/LV transformer, fed by the feeder its high side hangs on."""
    small = _place(transformers.filter(pl.col("voltLvl") == MV_LV), "nodeHV", tables)
    return _numbered(
        small.join(
            tables.transformer_types.select("id", "sR", "vmLV"),
            left_on="type",
            right_on="id",
            maintain_order="left",
        )
        .join(feeder_of_bus, left_on="from_bus", right_on="bus", maintain_order="left")
        .with_columns(
            district=pl.col("feeder").str.slice(0, 6),
            kind=pl.lit("transformer"),
            parent=pl.col("feeder"),
            nominal_kv=pl.col("vmLV").cast(pl.Float64),
            rated_kva=(pl.col("sR") * 1000).round().cast(pl.Int64),
        ),
        "TBA",
    )


def _bulk_stations(
    loads: pl.DataFrame, tables: Tables, feeder_of_bus: pl.DataFrame
) -> pl.DataFrame:
    """One row per lumped station: a meter on the medium-voltage side, nothing known behind it."""
    lumped = _place(loads.filter(pl.col("station").is_not_null()), "node", tables)
    return _numbered(
        lumped.join(feeder_of_bus, on="bus", maintain_order="left").with_columns(
            district=pl.col("feeder").str.slice(0, 6),
            kind=pl.lit("bulk_station"),
            parent=pl.col("feeder"),
            nominal_kv=pl.when(pl.col("grid").str.starts_with("MV3")).then(10.0).otherwise(20.0),
            rated_kva=pl.lit(None, pl.Int64),
        ),
        "TBN",
    )


def _line_constants(
    lines: pl.DataFrame,
    tables: Tables,
    feeder_of_bus: pl.DataFrame,
    stations: pl.DataFrame,
    heads: pl.DataFrame,
) -> pl.DataFrame:
    """Lines with ohms and farads, the element whose loss they are, and which are feeder heads."""
    feeder = feeder_of_bus.rename({"feeder": "at_from"})
    far = feeder_of_bus.rename({"feeder": "at_to"})
    head = heads.filter(pl.col("label").is_not_null()).select(
        "id", "head_is_from", head_of="feeder"
    )
    mine = heads.select("id", own="feeder")
    station = stations.select("grid", of_station="code")
    return (
        lines.join(tables.line_types, left_on="type", right_on="id", maintain_order="left")
        .join(feeder, left_on="from_bus", right_on="bus", how="left", maintain_order="left")
        .join(far, left_on="to_bus", right_on="bus", how="left", maintain_order="left")
        .join(head, on="id", how="left", maintain_order="left")
        .join(mine, on="id", how="left", maintain_order="left")
        .join(station, on="grid", how="left", maintain_order="left")
        .select(
            "id", "from_bus", "to_bus", "voltLvl", "head_of", "head_is_from",
            r_ohm=pl.col("r") * pl.col("length"),
            x_ohm=pl.col("x") * pl.col("length"),
            c_farad=pl.col("b") * 1e-6 / (2 * np.pi * HERTZ) * pl.col("length"),
            i_n_ampere=pl.col("iMax").cast(pl.Float64),
            element=pl.when(pl.col("voltLvl") == LV)
            .then("of_station")
            .otherwise(pl.coalesce("own", "at_from", "at_to")),
        )
    )  # fmt: skip


def _transformer_plates(
    transformers: pl.DataFrame, tables: Tables, substations: pl.DataFrame, stations: pl.DataFrame
) -> pl.DataFrame:
    """Transformers with the values of their plates and the code of the element they are part of."""
    owner = pl.concat([substations.select("grid", "code"), stations.select("grid", "code")])
    return (
        transformers.join(
            tables.transformer_types, left_on="type", right_on="id", maintain_order="left"
        )
        .join(owner, on="grid", how="left", maintain_order="left")
        .rename({"code": "element"})
    )


def _fed_loads(
    loads: pl.DataFrame,
    feeder_of_bus: pl.DataFrame,
    stations: pl.DataFrame,
    bulk: pl.DataFrame,
) -> pl.DataFrame:
    """Loads with the element that feeds them: a transformer at low voltage, else feeder or busbar.

    A lumped station is its own element (the bulk station that meters it).
    """
    station = stations.select("grid", of_station="code")
    return (
        loads.join(feeder_of_bus, on="bus", how="left", maintain_order="left")
        .join(station, on="grid", how="left", maintain_order="left")
        .join(bulk.select("id", of_bulk="code"), on="id", how="left", maintain_order="left")
        .with_columns(element=pl.coalesce("of_station", "of_bulk", "feeder"))
        .select(
            "id", "grid", "station", "profile", "bus", "element",
            p_kw=pl.col("pLoad") * 1000,
            q_kvar=pl.col("qLoad") * 1000,
            district=pl.col("element").str.slice(0, 6),
            is_lv=pl.col("voltLvl") == LV,
            is_bulk=pl.col("station").is_not_null(),
        )
    )  # fmt: skip
