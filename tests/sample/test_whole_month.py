"""The whole sample, built and looked at; and another program's power flow as a witness."""

import json
import warnings
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from congto.sample import build
from congto.sample.folder import MANIFEST
from congto.sample.network import Network
from congto.sample.powerflow import PowerFlow
from congto.vocabulary.periods import Period

DAYS = 7
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 1 + DAYS))
"""The first days of a month: the sample is the same for a month, only longer."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("built") / "sample"
    stages: set[str] = set()
    report = build(path, month=OCTOBER, progress=lambda stage, _done, _total: stages.add(stage))
    assert stages == set(report.seconds)
    return path


@pytest.mark.slow
def test_files_hang_together(folder: Path) -> None:
    def table(name: str) -> pl.DataFrame:
        return pl.read_csv(folder / f"{name}.csv", infer_schema_length=None)

    points, meters = table("usage_points"), table("meters")
    assert table("customers").height == 32_511 + 214
    assert points.join(table("agreements"), left_on="agreement", right_on="code").height == 32_725
    assert points.join(table("network"), left_on="element", right_on="code").height == 35_808
    assert meters.join(points, left_on="usage_point", right_on="code").height == 35_808
    assert meters["serial"].is_unique().all()
    own = meters.filter(~pl.col("usage_point").str.ends_with("-DN"))
    assert own["remote"].mean() == pytest.approx(0.31, abs=0.001)
    sizes = points.filter(pl.col("reading_book").str.starts_with("A")).group_by("reading_book")
    assert sizes.len()["len"].is_between(300, 800).all()


@pytest.mark.slow
def test_intervals_add_up_to_the_registers(folder: Path) -> None:
    truth = pl.read_parquet(folder / "truth" / "energy.parquet")
    faults = pl.read_parquet(folder / "truth" / "faults.parquet")
    meters = pl.read_csv(folder / "meters.csv")
    gaps = faults.filter(pl.col("first").is_not_null())["usage_point"].to_list()
    assert len(gaps) == 15 + 10
    sums = (
        pl.scan_parquet(folder / "intervals.parquet")
        .group_by("usage_point")
        .agg(pl.col("values").list.sum().sum(), days=pl.col("local_day").n_unique())
        .collect()
    )
    assert sums["days"].unique().to_list() == [DAYS]
    whole = sums.filter(~pl.col("usage_point").is_in(gaps))
    metered = whole.join(truth, on="usage_point")
    assert (metered["values"] == metered["metered_wh"]).all()
    reads = pl.read_parquet(folder / "register_reads.parquet").filter(
        pl.col("register") == "total", pl.col("source") == "remote"
    )
    moved = reads.group_by("usage_point").agg(
        pl.col("index_wh").sort_by("read_on").last() - pl.col("index_wh").sort_by("read_on").first()
    )
    both = moved.join(whole, on="usage_point").join(meters, on="usage_point")
    last_figure = 10 ** (3 - both["decimals"].to_numpy()) * both["multiplier"].to_numpy()
    off = np.abs(both["index_wh"].to_numpy() * both["multiplier"].to_numpy() - both["values"])
    assert both.height == whole.height
    assert (off <= last_figure).all()


@pytest.mark.slow
def test_bands_add_up_and_energy_balances(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    energy = manifest["energy"]
    assert energy["worst_imbalance"] < 1e-9
    assert energy["fed_wh"] == pytest.approx(energy["load_wh"] + energy["loss_wh"], rel=1e-9)
    assert 0.01 < energy["loss_wh"] / energy["fed_wh"] < 0.03
    thefts = pl.read_parquet(folder / "truth" / "thefts.parquet")
    stolen = (thefts["true_wh"] - thefts["metered_wh"]).sum()
    assert energy["hidden_wh"] == pytest.approx(stolen, abs=2_000), "rounding of 32,725 meters"
    losses = pl.read_parquet(folder / "truth" / "technical_loss.parquet")
    assert losses["loss_wh"].sum() == pytest.approx(energy["loss_wh"], rel=1e-6)


@pytest.mark.slow
def test_the_same_wish_gives_the_same_files(tmp_path: Path) -> None:
    month = Period(date(2026, 10, 1), date(2026, 10, 2))
    first = build(tmp_path / "a", month=month)
    build(tmp_path / "b", month=month)
    assert not first.reused
    assert build(tmp_path / "a", month=month).reused
    manifests = [(tmp_path / name / MANIFEST).read_text(encoding="utf-8") for name in "ab"]
    assert manifests[0] == manifests[1]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # pandapower and its tables warn on import
def test_pandapower_finds_the_same_flow_in_one_grid(small_network: Network) -> None:
    """SimBench's own LV1.101 in pandapower (pi model), fed at 1.025 of nominal voltage."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        simbench = pytest.importorskip("simbench")
        pandapower = pytest.importorskip("pandapower")
        net = simbench.get_simbench_net("1-LV-rural1--0-sw")
        net.sgen["in_service"] = False
        pandapower.runpp(net, trafo_model="pi", numba=False)
    witness_in = float(net.res_ext_grid["p_mw"].sum()) * 1e6
    witness_lines = float(net.res_line["pl_mw"].sum()) * 1e6
    flow = only_grid(small_network)
    assert float(flow.sources.sum()) == pytest.approx(witness_in, rel=1.5e-5)
    ours = float((flow.line_from + flow.line_to).sum())
    assert ours == pytest.approx(witness_lines, rel=1.5e-4)


def only_grid(network: Network):
    """Solve LV1.101 alone, its loads at their rated power, fed at its transformer's high side."""
    small = pl.col("voltLvl").is_in([6, 7])
    loads = network.loads.filter("is_lv")
    alone = Network(
        bus_kv=network.bus_kv,
        lines=network.lines.filter(small),
        transformers=network.transformers.filter(small),
        loads=loads,
        elements=network.elements,
        sources=network.transformers.filter(small)["from_bus"].to_numpy(),
    )
    watts = loads["p_kw"].to_numpy()[None, :] * 1e3
    vars_ = loads["q_kvar"].to_numpy()[None, :] * 1e3
    return PowerFlow(alone, loads["bus"].to_numpy()).solve(watts, vars_)
