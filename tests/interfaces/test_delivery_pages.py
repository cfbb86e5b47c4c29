"""The console's page of reading files: preview, then load, then export of the same."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

import world_meters as world
from congto.interfaces.files.readings.formats import FORMATS
from congto.interfaces.jobs import readings_export
from congto.interfaces.jobs.exports import results_folder
from congto.interfaces.jobs.kinds import register
from congto.office.control.models import Grant, Job
from congto.office.intake.models import Delivery
from congto.office.meterdata.models import MeterEvent
from congto.office.organisation.models import Unit
from congto.office.storage.interval_tables import RAW
from world_deliveries import deliverer, file_of, run_jobs
from world_readings import flat, load

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.usefixtures("books")
ON = date(2026, 10, 5)
TEXT = file_of(("P1", "M1", "20261005", flat("0.250")), ("P9", "M9", "20261005", flat()))


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture
def clerk(books, settings, tmp_path, client) -> Client:
    settings.DATA = tmp_path
    client.force_login(deliverer())
    return client


def bring(client: Client, text: str = TEXT):
    upload = SimpleUploadedFile("day.csv", text.encode())
    return client.post("/deliveries/bring", {"file": upload, "format": "nem12"})


def test_a_file_is_previewed_and_nothing_is_written_until_it_is_loaded(clerk: Client) -> None:
    answer = bring(clerk)
    number = Delivery.objects.get().pk
    assert answer.url == f"/deliveries/{number}"
    assert "Tác vụ đang đọc tệp" in clerk.get(answer.url).content.decode()
    run_jobs()
    page = clerk.get(answer.url).content.decode()
    assert "không có điểm đo P9" in page
    assert "Nạp số liệu" in page
    assert (Delivery.objects.get().new_days, Delivery.objects.get().refused_rows) == (1, 1)
    assert RAW.snapshot(ON).rows().num_rows == 0
    clerk.post(f"/deliveries/{number}/load")
    run_jobs()
    assert Delivery.objects.get().state == "loaded"
    assert RAW.snapshot(ON).rows().num_rows == 1
    listed = clerk.get(f"/deliveries/{number}/errors.csv")
    assert b"P9" in b"".join(listed.streaming_content)
    assert "day.csv" in clerk.get("/deliveries").content.decode()


def test_the_same_file_twice_is_one_delivery(clerk: Client) -> None:
    assert bring(clerk).url == bring(clerk).url
    assert Delivery.objects.count() == 1


def test_what_is_wrong_with_a_form_is_said_on_the_page(clerk: Client) -> None:
    clerk.post("/deliveries/bring", {"format": "nem12"})
    assert "Chưa chọn tệp" in clerk.get("/deliveries").content.decode()
    clerk.post("/deliveries/export", {"from": "x", "to": "2026-10-05", "format": "nem12"})
    assert "Ngày “x”" in clerk.get("/deliveries").content.decode()
    assert Job.objects.count() == 0


@pytest.mark.parametrize("name", list(FORMATS))
def test_what_was_loaded_is_exported_in_every_format(clerk: Client, name: str) -> None:
    bring(clerk)
    run_jobs()
    clerk.post(f"/deliveries/{Delivery.objects.get().pk}/load")
    run_jobs()
    register(readings_export.KIND)
    form = {"from": "2026-10-05", "to": "2026-10-06", "format": name, "codes": "P1, P2"}
    clerk.post("/deliveries/export", form)
    run_jobs()
    job = Job.objects.get(kind="readings_export")
    frame, errors = load(FORMATS[name].read, results_folder() / job.result_file)
    assert errors.is_empty()
    assert frame["usage_point"].to_list() == ["P1"]
    assert frame["local_day"].to_list() == [ON]
    assert frame["values"][0].to_list() == [250] * 48


EVENTS = """event,usage_point,began_at,ended_at
power_down,P1,2026-10-05T01:00:00,2026-10-05T02:30:00
power_down,P1,2026-10-05T01:00:00,2026-10-05T02:30:00
3.21.38.223,P2,2026-10-05T23:59:59,
power_up,P2,2026-10-05T00:00:00,
tamper,P9,2026-10-05T00:00:00,
"""


def test_events_are_previewed_loaded_and_exported(clerk: Client) -> None:
    upload = SimpleUploadedFile("e.csv", EVENTS.encode())
    clerk.post("/deliveries/bring", {"file": upload, "format": "events"})
    number = Delivery.objects.get().pk
    run_jobs()
    page = clerk.get(f"/deliveries/{number}").content.decode()
    assert "Sự kiện đọc được</dt><dd>4</dd>" in page  # a begin, its end, and two more
    assert "không có điểm đo P9" in page
    assert MeterEvent.objects.count() == 0
    clerk.post(f"/deliveries/{number}/load")
    run_jobs()
    assert MeterEvent.objects.count() == 4
    register(readings_export.KIND)
    period = {"from": "2026-10-05", "to": "2026-10-05", "codes": "", "format": "events"}
    clerk.post("/deliveries/export", period)
    run_jobs()
    written = results_folder() / Job.objects.order_by("-id")[0].result_file
    assert written.read_text(encoding="utf-8") == (
        "usage_point,meter,event,began_at,ended_at,seconds,detail\n"
        "P1,M1,power_down,2026-10-05T01:00:00+07:00,2026-10-05T02:30:00+07:00,,\n"
        "P2,M2,power_up,2026-10-05T00:00:00+07:00,,,\n"
        "P2,M2,3.21.38.223,2026-10-05T23:59:59+07:00,,,\n"
    )


def test_people_of_one_unit_do_not_see_the_deliveries_of_all(clerk: Client) -> None:
    Grant.objects.update(unit=Unit.objects.get(code="D"))
    assert clerk.get("/deliveries").status_code == 404
    bring(clerk)
    assert Delivery.objects.count() == 0
