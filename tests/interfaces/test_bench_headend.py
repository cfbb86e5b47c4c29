"""The benchmark of the head end in small: all that exists is read, nothing is left open."""

from congto.headend.transports.session import Deadlines
from congto.headend.transports.visit import Habits
from congto.interfaces.bench import headend
from congto.interfaces.bench.headend import client
from congto.interfaces.bench.headend.expected import half_hours_of
from congto.interfaces.bench.headend.meters import FAULTS, fleet_of


def test_a_fleet_with_faults_is_read_to_the_last_half_hour(monkeypatch):
    monkeypatch.setattr(headend, "SESSIONS", 20)
    monkeypatch.setattr(headend, "SOUND_METERS", 20)
    monkeypatch.setattr(headend, "ROUNDS", 1)
    monkeypatch.setattr(client, "HABITS", Habits(Deadlines(20.0, 3.0, 3.0)))
    for variable in ("CONGTO_BENCH_GURUX", "CONGTO_BENCH_DLMS_COSEM"):
        monkeypatch.delenv(variable, raising=False)
    found = headend.run(customers=120, seed=5)
    assert found["complete_share"] == "1.000000"
    assert found["meters_complete"] == found["meters_readable"]
    assert found["meters_readable"] + found["meters_refused_by_key"] == 120
    assert (found["sessions_leaked"], found["files_leaked"]) == (0, 0)
    assert sum(found["faults_struck"].values()) > 0
    assert found["gurux_dlms_skipped"] == "CONGTO_BENCH_GURUX names no interpreter"
    assert found["sessions_per_second_per_core"] > 0


def test_what_exists_is_less_where_a_meter_lacks_rows():
    fleet = fleet_of(2000, 5, FAULTS)
    counts = {len(half_hours_of(fleet.meter(number))) for number in range(1, 2001)}
    assert max(counts) == 48
    assert min(counts) < 48
