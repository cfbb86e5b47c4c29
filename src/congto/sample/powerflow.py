"""The power flow of the whole utility: what every line and transformer carries, and loses.

One voltage source per substation at its 110 kV busbar, taps as they stand, no local generation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from power_grid_model import (
    ComponentType,
    DatasetType,
    LoadGenType,
    PowerGridModel,
    WindingType,
    initialize_array,
)

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from congto.sample.network import Network

SOURCE_VOLTS_PU = 1.025
SOURCE_SHORT_CIRCUIT_VA = 1e15
"""So stiff that the source adds no loss of its own."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Watts at every end, one row per half-hour: what enters a branch counts as positive."""

    sources: NDArray[np.float64]
    line_from: NDArray[np.float64]
    line_to: NDArray[np.float64]
    transformer_from: NDArray[np.float64]
    transformer_to: NDArray[np.float64]


class PowerFlow:
    """The network as a model that is built once and solved for one day of half-hours at a time.

    Args:
        network: buses, lines, transformers and sources.
        load_bus: bus of every load, in the order in which `solve` is given their power.
    """

    def __init__(self, network: Network, load_bus: NDArray[np.int64]) -> None:
        counts = (
            len(network.bus_kv),
            network.lines.height,
            network.transformers.height,
            len(network.sources),
        )
        first = np.concatenate([[0], np.cumsum(counts)])
        self._load_ids = np.arange(len(load_bus)) + int(first[-1])
        self._model = PowerGridModel(
            {
                ComponentType.node: _nodes(network.bus_kv),
                ComponentType.line: _lines(network.lines, int(first[1])),
                ComponentType.transformer: _transformers(network.transformers, int(first[2])),
                ComponentType.source: _sources(network.sources, int(first[3])),
                ComponentType.sym_load: _loads(self._load_ids, load_bus),
            },
            system_frequency=50.0,
        )

    def solve(self, watts: NDArray[np.float64], vars_: NDArray[np.float64]) -> Flow:
        """Solve all half-hours given; both arrays have one row per half-hour, a column per load."""
        loads = initialize_array(DatasetType.update, ComponentType.sym_load, watts.shape)
        loads["id"] = self._load_ids
        loads["p_specified"], loads["q_specified"] = watts, vars_
        ends = {"p_from", "p_to"}
        result = self._model.calculate_power_flow(
            update_data={ComponentType.sym_load: loads},
            threading=0,
            output_component_types={
                ComponentType.source: {"p"},
                ComponentType.line: ends,
                ComponentType.transformer: ends,
            },
        )
        line, transformer = result[ComponentType.line], result[ComponentType.transformer]
        return Flow(
            sources=result[ComponentType.source]["p"],
            line_from=line["p_from"],
            line_to=line["p_to"],
            transformer_from=transformer["p_from"],
            transformer_to=transformer["p_to"],
        )


def _nodes(kv: NDArray[np.float64]) -> NDArray[np.void]:
    nodes = initialize_array(DatasetType.input, ComponentType.node, len(kv))
    nodes["id"] = np.arange(len(kv))
    nodes["u_rated"] = kv * 1e3
    return nodes


def _lines(frame: pl.DataFrame, first: int) -> NDArray[np.void]:
    lines = initialize_array(DatasetType.input, ComponentType.line, frame.height)
    lines["id"] = np.arange(frame.height) + first
    lines["from_node"], lines["to_node"] = frame["from_bus"], frame["to_bus"]
    lines["from_status"] = lines["to_status"] = 1
    lines["r1"], lines["x1"], lines["c1"] = frame["r_ohm"], frame["x_ohm"], frame["c_farad"]
    lines["tan1"] = 0.0
    lines["i_n"] = frame["i_n_ampere"]
    return lines


def _transformers(frame: pl.DataFrame, first: int) -> NDArray[np.void]:
    """Plates in power-grid-model's units: volts, volt-amperes, watts and shares of one."""
    plates = initialize_array(DatasetType.input, ComponentType.transformer, frame.height)
    plates["id"] = np.arange(frame.height) + first
    plates["from_node"], plates["to_node"] = frame["from_bus"], frame["to_bus"]
    plates["from_status"] = plates["to_status"] = 1
    plates["u1"], plates["u2"] = frame["vmHV"] * 1e3, frame["vmLV"] * 1e3
    plates["sn"] = frame["sR"] * 1e6
    plates["uk"], plates["i0"] = frame["vmImp"] / 100, frame["iNoLoad"] / 100
    plates["pk"], plates["p0"] = frame["pCu"] * 1e3, frame["pFe"] * 1e3
    star_delta = frame["vmHV"].to_numpy() > 100  # YNd5 at 110 kV, Dyn5 below
    plates["winding_from"] = np.where(star_delta, WindingType.wye_n, WindingType.delta)
    plates["winding_to"] = np.where(star_delta, WindingType.delta, WindingType.wye_n)
    plates["clock"] = frame["va0"] // 30
    plates["tap_side"] = 0
    plates["tap_pos"], plates["tap_nom"] = frame["tappos"], frame["tapNeutr"]
    plates["tap_min"], plates["tap_max"] = frame["tapMin"], frame["tapMax"]
    plates["tap_size"] = frame["dVm"] / 100 * frame["vmHV"] * 1e3
    return plates


def _sources(buses: NDArray[np.int64], first: int) -> NDArray[np.void]:
    sources = initialize_array(DatasetType.input, ComponentType.source, len(buses))
    sources["id"] = np.arange(len(buses)) + first
    sources["node"] = buses
    sources["status"] = 1
    sources["u_ref"], sources["sk"] = SOURCE_VOLTS_PU, SOURCE_SHORT_CIRCUIT_VA
    return sources


def _loads(ids: NDArray[np.int64], buses: NDArray[np.int64]) -> NDArray[np.void]:
    loads = initialize_array(DatasetType.input, ComponentType.sym_load, len(ids))
    loads["id"], loads["node"], loads["status"] = ids, buses, 1
    loads["type"] = LoadGenType.const_power
    loads["p_specified"] = loads["q_specified"] = 0.0
    return loads
