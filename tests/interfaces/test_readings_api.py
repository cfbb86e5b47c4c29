"""The REST door of half-hours: received once, loaded by a job, told what became of it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

import world_meters as world
from congto.interfaces.api import readings as door
from congto.interfaces.files.readings.nem12 import reader
from congto.interfaces.intake import running
from congto.office.control.choices import JobState
from congto.office.control.models import Job
from congto.office.intake.choices import DeliveryState, Way
from congto.office.intake.models import Delivery, SourcePoint
from congto.office.intake.operations import measure_day
from congto.office.meterdata.models import DayFinding, MeterEvent
from congto.office.meterdata.vee_findings import keep_day_findings
from congto.office.meters.models import Meter, MeterInstallation, UsagePoint
from congto.office.storage import intervals
from congto.office.storage.bulk import bulk
from congto.office.storage.interval_tables import RAW
from congto.vocabulary.frames.intervals import DAY_FINDINGS
from world_deliveries import PLAIN, deliverer, file_of, post, run_jobs, signed
from world_readings import day, flat, head, nem12

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

pytestmark = pytest.mark.usefixtures("books")
ON = date(2026, 10, 5)


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture(autouse=True)
def utility(books, settings, tmp_path) -> User:
    settings.DATA = tmp_path
    return deliverer()


def values_of(code: str, on: date = ON) -> list[int | None]:
    rows = intervals.read_day(on)
    point = UsagePoint.objects.get(code=code).pk
    found = [row["values"] for row in rows.iter_rows(named=True) if row["usage_point"] == point]
    return found[0] if found else []


def test_a_file_is_received_loaded_and_told(client: Client) -> None:
    answer = post(client, PLAIN)
    assert answer.status_code == 202
    assert answer.json()["state"] == "received"
    run_jobs()
    told = client.get("/api/readings/v1/deliveries/hes-1/1", **signed()).json()
    assert (told["state"], told["days"], told["new_days"]) == ("loaded", 2, 2)
    assert (told["changed_days"], told["refused_rows"], told["errors"]) == (0, 0, [])
    assert values_of("P1") == [250] * 48
    assert values_of("P2") == [100] * 48
    assert SourcePoint.objects.filter(source="hes-1", channel=1).count() == 2
    assert Delivery.objects.get().way == Way.REST


def test_the_same_id_again_is_the_same_delivery(client: Client) -> None:
    assert post(client, PLAIN).status_code == 202
    again = post(client, PLAIN)
    assert (again.status_code, Delivery.objects.count(), Job.objects.count()) == (200, 1, 1)
    run_jobs()
    assert post(client, PLAIN).json()["state"] == "loaded"
    other = post(client, PLAIN.replace("0.250", "0.300"))
    assert other.status_code == 409
    assert "was received with another content" in other.json()["error"]


def test_equal_days_under_another_id_change_nothing(client: Client) -> None:
    post(client, PLAIN)
    run_jobs()
    rows = RAW.snapshot(ON).rows().num_rows
    post(client, PLAIN, number="2")
    run_jobs()
    told = client.get("/api/readings/v1/deliveries/hes-1/2", **signed()).json()
    assert (told["days"], told["new_days"], told["changed_days"]) == (2, 0, 0)
    assert RAW.snapshot(ON).rows().num_rows == rows == 2


def test_what_cannot_be_taken_is_told_row_by_row_and_the_rest_is_loaded(client: Client) -> None:
    text = file_of(
        ("P1", "M1", "20261005", flat("0.250")),
        ("P9", "M9", "20261005", flat()),
        ("P2", "M1", "20261005", flat()),
        ("P3", "M3", "20261005", flat(count=49)),
    )
    post(client, text)
    run_jobs()
    told = client.get("/api/readings/v1/deliveries/hes-1/1", **signed()).json()
    assert (told["state"], told["days"], told["refused_rows"]) == ("loaded", 1, 3)
    assert told["errors"] == [
        (
            "day.csv line 5: usage point P9 is not known; expected the code of a usage point, or"
            " the number of a meter that hangs at one; load the usage point first or correct the"
            " code."
        ),
        (
            "day.csv line 7: meter M1 does not hang at P2 on 2026-10-05; expected the meter that"
            " the books put there; correct the serial number or load the installation first."
        ),
        (
            "day.csv line 9: the day has 49 values; expected 48 values and 55 fields; deliver the"
            " whole day again."
        ),
    ]
    assert values_of("P1") == [250] * 48


def test_a_day_whose_identity_is_refused_is_a_finding_until_a_good_one_comes(
    client: Client,
) -> None:
    def found() -> list[tuple[str, str, int, int, str]]:
        rows = DayFinding.objects.order_by("rule").select_related("usage_point")
        return [(o.rule, o.usage_point.code, o.observed, o.expected, o.state) for o in rows]

    starts = ",".join(f"{k // 2:02}:{k % 2 * 30:02}" for k in range(48))
    header = f"usage_point,meter,channel,local_day,multiplier,{starts}\n"
    numbers = ",".join(["250"] * 48)
    text = header + f"P1,M1,A+,2026-10-05,40,{numbers}\nP2,M3,A+,2026-10-05,1,{numbers}\n"
    post(client, text, form="wide")
    run_jobs()
    ids = dict(Meter.objects.values_list("serial", "id"))
    expected = [
        ("V-01", "P2", ids["M3"], ids["M2"], "open"),
        ("V-20", "P1", 40, 1, "open"),
    ]
    assert found() == expected
    # A run of the day leaves them: it cannot see what never reached the store.
    with bulk() as books:
        keep_day_findings(
            books, DAY_FINDINGS.empty(), ON, 0, 2**40, at=datetime(2026, 10, 6, tzinfo=UTC)
        )
    assert found() == expected
    DayFinding.objects.filter(rule="V-20").update(state="closed")
    post(client, text, number="2", form="wide")
    run_jobs()
    assert [one[4] for one in found()] == ["open", "closed"]
    post(client, file_of(("P2", "M2", "20261005", flat("0.250"))), number="3")
    run_jobs()
    assert [one[4] for one in found()] == ["gone", "closed"]


def test_a_useless_file_is_refused_with_a_sentence(client: Client) -> None:
    post(client, "hello\n")
    run_jobs()
    told = client.get("/api/readings/v1/deliveries/hes-1/1", **signed()).json()
    assert told["state"] == "refused"
    assert told["message"].startswith("day.csv line 1 begins with 'hello'")
    assert Job.objects.get().state == JobState.DONE


@pytest.mark.parametrize(
    ("change", "words"),
    [({"form": "nem13"}, "format 'nem13'; expected one of nem12"), ({"text": ""}, "is empty")],
)
def test_what_cannot_be_received_is_one_sentence(client: Client, change, words) -> None:
    answer = post(client, **({"text": PLAIN} | change))
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert Delivery.objects.count() == 0


def test_days_come_as_json_too(client: Client) -> None:
    one = {"usage_point": "P1", "channel": "A+", "local_day": "2026-10-05", "values": [7] * 48}
    body = {"source": "hes-1", "delivery_id": "j1", "days": [one, one | {"usage_point": "P9"}]}
    answer = client.post(
        "/api/readings/v1/days", data=json.dumps(body), content_type="application/json", **signed()
    )
    assert answer.status_code == 202
    run_jobs()
    told = client.get("/api/readings/v1/deliveries/hes-1/j1", **signed()).json()
    assert (told["days"], told["refused_rows"]) == (1, 1)
    assert values_of("P1") == [7] * 48


def test_events_come_as_json_and_as_files_and_each_is_kept_once(client: Client) -> None:
    power = {"meter": "M1", "event": "3.26.0.47", "began_at": "2026-10-05T01:00:00+07:00"}
    body = {"source": "hes-1", "delivery_id": "e1", "events": [power, power | {"meter": "M9"}]}
    assert send_events(client, body).status_code == 202
    assert send_events(client, body).status_code == 200
    run_jobs()
    told = client.get("/api/readings/v1/deliveries/hes-1/e1", **signed()).json()
    assert (told["state"], told["days"], told["new_days"]) == ("loaded", 1, 1)
    assert told["errors"] == [
        (
            "events.jsonl line 2: meter M9 hangs nowhere on 2026-10-05; expected a meter that the"
            " books put at a usage point on that day; correct the serial number or load the"
            " installation first."
        )
    ]
    text = (
        "event,usage_point,began_at,ended_at\n"
        "power_down,P1,2026-10-05T01:00:00,2026-10-05T02:30:00\n"
    )
    post(client, text, number="e2", form="events")
    run_jobs()
    told = client.get("/api/readings/v1/deliveries/hes-1/e2", **signed()).json()
    # Two reports, the first of them known; it has an end now.
    assert (told["days"], told["new_days"], told["changed_days"]) == (2, 1, 1)
    down = MeterEvent.objects.get(kind="power_down")
    assert (down.usage_point.code, down.source) == ("P1", "hes-1")
    assert down.ended_at == datetime(2026, 10, 4, 19, 30, tzinfo=UTC)


def send_events(client: Client, body: dict[str, object]):
    url = "/api/readings/v1/events"
    return client.post(url, data=json.dumps(body), content_type="application/json", **signed())


def test_a_source_that_sends_too_fast_is_told_to_wait(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(door, "WAITING_OF_SOURCE", 2)
    monkeypatch.setattr(door, "WAITING_OF_ALL", 3)
    assert [post(client, PLAIN, number=n).status_code for n in ("1", "2", "3")] == [202, 202, 429]
    slow = post(client, PLAIN, number="3")
    assert int(slow["Retry-After"]) == door.RETRY_SOURCE_S
    assert post(client, PLAIN, number="2").status_code == 200  # known already: never told to wait
    assert post(client, PLAIN, number="1", source="hes-2").status_code == 202
    full = post(client, PLAIN, number="1", source="hes-3")
    assert (full.status_code, int(full["Retry-After"])) == (503, door.RETRY_ALL_S)
    run_jobs()
    assert post(client, PLAIN, number="3").status_code == 202


def test_who_may_not_enter_readings_is_not_let_in(client: Client) -> None:
    deliverer("reader", role="analyst")
    url = "/api/readings/v1/deliveries/hes-1/1"
    assert client.get(url).status_code == 401
    assert client.get(url, **signed("reader")).status_code == 401
    assert client.get(url, **signed("hes", "wrong")).status_code == 401
    assert client.get(url, **signed()).status_code == 404


def test_the_interface_is_described(client: Client) -> None:
    described = client.get("/api/readings/v1/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/readings/v1/files",
        "/api/readings/v1/days",
        "/api/readings/v1/events",
        "/api/readings/v1/deliveries/{source}/{delivery_id}",
    }
    assert {"200", "202", "409", "429", "503"} <= set(
        described["paths"]["/api/readings/v1/files"]["post"]["responses"]
    )


def test_what_the_sender_substituted_gives_way_to_what_was_measured(client: Client) -> None:
    guessed = nem12(head("P1", meter="M1"), day("20261005", flat("0.500"), "S14,,"))
    measured = file_of(("P1", "M1", "20261005", ["0.250"] * 24 + [""] * 24))
    for number, text in enumerate((measured, guessed)):
        post(client, text, number=str(number))
        run_jobs()
    assert values_of("P1") == [250] * 24 + [500] * 24


def test_a_meter_exchanged_inside_the_day_makes_one_day(client: Client) -> None:
    held = MeterInstallation.objects.get(meter__serial="M1")
    held.valid_to = ON
    held.save()
    world.hang(world.Point("P1", "M77", None, valid_from=ON))
    text = file_of(
        ("P1", "M1", "20261005", ["0.250"] * 21 + [""] * 27),
        ("P1", "M77", "20261005", [""] * 20 + ["0.100"] * 28),
    )
    post(client, text)
    run_jobs()
    # In half-hour 21 both measured a part.
    assert values_of("P1") == [250] * 20 + [350] + [100] * 27


def test_a_file_that_names_meters_only_finds_their_points(client: Client) -> None:
    post(client, file_of(("M2", "", "20261005", flat("0.100"))))
    run_jobs()
    assert values_of("P2") == [100] * 48


def test_a_load_that_was_killed_is_run_again_and_nothing_is_doubled(
    client: Client, monkeypatch
) -> None:
    monkeypatch.setattr(reader, "AT_ONCE", 300)  # a piece a day
    post(client, PLAIN)
    delivery = Delivery.objects.get()
    at = datetime(2026, 10, 6, 1, 0, tzinfo=UTC)
    steps = running.load(delivery, at=at)
    next(steps)
    steps.close()  # killed after the first piece
    assert Delivery.objects.get().state == DeliveryState.RECEIVED
    run_jobs()
    assert Delivery.objects.get().state == DeliveryState.LOADED
    assert values_of("P1") == [250] * 48
    assert values_of("P2") == [100] * 48
    assert RAW.snapshot(ON).rows().num_rows == 2


def test_a_source_is_measured_at_seven_and_after_five_days(client: Client) -> None:
    def load(text: str, number: str, at: datetime) -> None:
        post(client, text, number=number)
        for _ in running.load(Delivery.objects.get(delivery_id=number), at=at):
            pass

    # 07:00 of 6 October in Viet Nam is 00:00 UTC. P1 is there in time, P2 an hour later.
    load(
        file_of(("P1", "M1", "20261005", flat("0.250"))), "1", datetime(2026, 10, 5, 23, tzinfo=UTC)
    )
    load(
        file_of(("P2", "M2", "20261005", flat("0.100"))), "2", datetime(2026, 10, 6, 1, tzinfo=UTC)
    )
    early = measure_day("hes-1", ON, at=datetime(2026, 10, 6, 2, tzinfo=UTC))
    assert (early.points, early.expected, early.at_seven) == (2, 96, 48)
    assert (early.after_five_days, early.changed_since) == (None, None)
    # After the end of 10 October (17:00 UTC) twelve values of P1 become others.
    late = ["0.999"] * 12 + ["0.250"] * 36
    load(file_of(("P1", "M1", "20261005", late)), "3", datetime(2026, 10, 12, 1, tzinfo=UTC))
    done = measure_day("hes-1", ON, at=datetime(2026, 10, 13, tzinfo=UTC))
    assert (done.at_seven, done.after_five_days, done.changed_since) == (48, 96, 12)
