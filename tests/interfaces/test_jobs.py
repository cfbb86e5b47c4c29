"""Background jobs: pause, resume, cancel, kill -9; exports that equal their filter."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from datetime import date

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from congto.interfaces.console.grid import files
from congto.interfaces.console.grid.books import GRIDS
from congto.interfaces.console.grid.lists import Question
from congto.interfaces.jobs import exports, kinds, locks, runner, worker
from congto.interfaces.jobs.kinds import JobKind, Progress
from congto.office.control import operations
from congto.office.control.choices import JobState, Role
from congto.office.control.models import AuditEntry, Grant, Job
from congto.office.control.queries import Scope
from congto.office.customers.models import Customer
from congto.vocabulary.errors import RefusedError
from world_control import AT, make_world

STEPS = 5


@pytest.fixture
def world(books, settings, tmp_path, monkeypatch):
    settings.DATA = tmp_path
    monkeypatch.setattr(runner, "REPORT_EVERY_S", 0)
    world = make_world()
    world.clerk = world.person("clerk", Role.CLERK, world.north)
    world.manager = world.person("manager", Role.MANAGER, world.root)
    return world


@pytest.fixture
def counting(monkeypatch):
    """A kind that counts to five, does what `at_step` says, and keeps which steps it did."""

    class Counting:
        def __init__(self):
            self.steps = []
            self.at_step = lambda _job, _step: None

        def run(self, job):
            for step in range((job.checkpoint or {"step": 0})["step"] + 1, STEPS + 1):
                self.steps.append(step)
                self.at_step(job, step)
                yield Progress(step, STEPS, f"bước {step}", {"step": step})

    kind = Counting()
    monkeypatch.setitem(
        kinds._KINDS,
        "counting",
        JobKind("counting", kind.run, resumable=True, discard=kinds.nothing_to_discard),
    )
    monkeypatch.setitem(
        kinds._KINDS,
        "fragile",
        JobKind("fragile", kind.run, resumable=False, discard=kinds.nothing_to_discard),
    )
    return kind


def start(world, kind="counting", **more):
    given = {"title": kind, "user": world.clerk, "unit": world.north, "at": AT}
    return operations.start_job(kind, {}, **(given | more))


def work():
    worker.run_worker(wait=False, concurrency=1)


def state(job):
    job.refresh_from_db()
    return job.state


# ---- life of a job ----------------------------------------------------------------------------


def test_a_job_runs_to_its_end_and_leaves_its_progress(world, counting):
    job = start(world)
    assert job.state == JobState.QUEUED
    work()
    assert (state(job), job.done, job.total, job.message) == ("done", 5, 5, "bước 5")
    assert counting.steps == [1, 2, 3, 4, 5]
    assert job.started_at <= job.finished_at


def test_a_job_whose_transaction_fails_is_never_queued(world):
    def fail():
        with transaction.atomic():
            start(world)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert not Job.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_the_same_key_starts_one_job(world, counting):
    assert start(world, key="k").pk == start(world, key="k").pk
    work()
    assert counting.steps == [1, 2, 3, 4, 5]


def test_a_paused_job_goes_on_where_it_was(world, counting):
    def pause(job, step):
        if step == 3 and len(counting.steps) == 3:
            operations.request_pause(job, user=world.clerk, at=AT)

    counting.at_step = pause
    job = start(world)
    work()
    assert (state(job), job.done, job.checkpoint, job.request) == ("paused", 3, {"step": 3}, "")
    work()
    assert state(job) == JobState.PAUSED
    operations.resume(job, user=world.clerk, at=AT)
    work()
    assert state(job) == JobState.DONE
    assert counting.steps == [1, 2, 3, 4, 5]


def test_a_cancelled_job_stops_at_its_next_step_and_stays_stopped(world, counting):
    def cancel(job, step):
        if step == 2:
            operations.request_cancel(job, user=world.clerk, at=AT)

    counting.at_step = cancel
    job = start(world)
    work()
    assert state(job) == JobState.CANCELLED
    assert counting.steps == [1, 2]
    with pytest.raises(RefusedError, match="trạng thái khác"):
        operations.resume(job, user=world.clerk, at=AT)


def test_a_queued_job_is_paused_and_cancelled_without_running(world, counting):
    paused, cancelled = start(world), start(world)
    operations.request_pause(paused, user=world.clerk, at=AT)
    operations.request_cancel(cancelled, user=world.clerk, at=AT)
    work()
    assert (state(paused), state(cancelled)) == ("paused", "cancelled")
    assert counting.steps == []
    operations.resume(paused, user=world.clerk, at=AT)
    work()
    assert state(paused) == JobState.DONE


def test_a_failing_job_says_why_and_can_be_run_again(world, counting):
    def fail(_job, step):
        if step == 2 and len(counting.steps) == 2:
            raise RefusedError("sổ 7 chưa khóa", action="khóa sổ")

    counting.at_step = fail
    job = start(world)
    work()
    assert (state(job), job.message) == ("failed", "sổ 7 chưa khóa; khóa sổ.")
    operations.resume(job, user=world.clerk, at=AT)
    work()
    assert state(job) == JobState.DONE
    assert counting.steps == [1, 2, 2, 3, 4, 5]


def test_an_error_of_the_program_fails_that_job_only(world, counting):
    def fail(job, _step):
        if job.title == "first":
            raise KeyError("secret column")

    counting.at_step = fail
    first, second = start(world, title="first"), start(world)
    work()
    assert (state(first), state(second)) == ("failed", "done")
    assert "KeyError" in first.message


def test_an_unknown_kind_is_said(world):
    job = start(world, kind="gone")
    work()
    assert state(job) == JobState.FAILED
    assert "gone" in job.message


def test_a_stopping_worker_gives_its_job_back(world, counting):
    job = start(world)
    runner.run_job(job.pk, stopping=lambda: len(counting.steps) == 2)
    assert (state(job), job.checkpoint) == ("queued", {"step": 2})
    work()
    assert state(job) == JobState.DONE
    assert counting.steps == [1, 2, 3, 4, 5]


def test_only_its_starter_or_who_runs_jobs_there_may_ask(world, counting):
    job = start(world)
    other = world.person("other", Role.CLERK, world.north)
    with pytest.raises(RefusedError, match="chạy tác vụ nền"):
        operations.request_cancel(job, user=other, at=AT)
    operations.request_cancel(job, user=world.manager, at=AT)
    assert state(job) == JobState.CANCELLED


# ---- crashes ----------------------------------------------------------------------------------


def abandon(job):
    """Leave the rows as a killed worker leaves them."""
    Job.objects.filter(pk=job.pk).update(state="running", checkpoint={"step": 2})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")


def test_a_job_left_running_goes_on_when_a_worker_starts(world, counting):
    job = start(world)
    abandon(job)
    work()
    assert state(job) == JobState.DONE
    assert counting.steps == [3, 4, 5]


def test_a_job_that_cannot_go_on_is_marked_failed_with_a_sentence(world, counting):
    job = start(world, kind="fragile")
    abandon(job)
    work()
    assert state(job) == JobState.FAILED
    assert "dừng giữa chừng" in job.message
    assert counting.steps == []


def test_a_job_that_another_worker_runs_is_left_alone(world, counting):
    job = start(world, kind="fragile")
    abandon(job)
    with locks.running(job.pk):
        worker.look_after_orphans()
        assert state(job) == JobState.RUNNING
    worker.look_after_orphans()
    assert state(job) == JobState.FAILED


def test_a_job_taken_but_not_begun_is_queued_again(world, counting):
    job = start(world)
    abandon(job)
    Job.objects.filter(pk=job.pk).update(state="queued", checkpoint=None)
    work()
    assert state(job) == JobState.DONE


SLOW_WORKER = """
import time, django
django.setup()
from django.conf import settings
from pathlib import Path
settings.DATA = Path({data!r})
from congto.interfaces.jobs import exports, runner, worker
exports.BATCH_ROWS = 10
runner.REPORT_EVERY_S = 0
whole = exports.files.append
def slow(*given):
    whole(*given)
    time.sleep(0.1)
exports.files.append = slow
worker.run_worker()
"""


def slow_worker(books, data):
    return subprocess.Popen(
        [sys.executable, "-c", SLOW_WORKER.format(data=str(data))],
        env=os.environ | {"DATABASE_URL": books},
        stderr=subprocess.PIPE,
    )


def wait_for(job, condition, process):
    for _time in range(600):
        job.refresh_from_db()
        if condition(job):
            return
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.05)
    pytest.fail(f"waited too long: {job.state} {job.done} {job.message}")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_export_whose_worker_is_killed_ends_with_every_row_once(world, books, settings, number):
    for index in range(200):
        world.customer(f"PB0101{index:07}", world.north)
    job = start_export(world, "customers")
    process = slow_worker(books, settings.DATA)
    wait_for(job, lambda job: job.done >= 30, process)
    process.send_signal(number)
    process.wait(timeout=20)
    process.stderr.close()
    assert state(job) == (JobState.RUNNING if number == signal.SIGKILL else JobState.QUEUED)
    assert 30 <= job.done < 200
    work()
    assert state(job) == JobState.DONE
    codes = [row[0] for row in read_csv(job)[1:]]
    assert codes == [f"PB0101{index:07}" for index in range(200)]
    assert not exports.draft_of(job.pk).exists()


# ---- exports ----------------------------------------------------------------------------------


def start_export(world, grid, query="", *, kind="csv", selected=()):
    params = {"grid": grid, "query": query, "format": kind, "selected": list(selected)}
    return operations.start_job(
        "export",
        params | {"unit": None},
        title="Xuất",
        user=world.clerk,
        unit=world.north,
        at=AT,
    )


def result(job):
    return exports.results_folder() / job.result_file


def read_csv(job):
    content = result(job).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(content.decode("utf-8-sig").splitlines()))


@pytest.mark.parametrize("query", ["", "q=dao", "q=dao&sort=-code", "q=khongcoai"])
def test_an_export_has_exactly_the_rows_of_its_filter(world, query, monkeypatch):
    monkeypatch.setattr(exports, "BATCH_ROWS", 3)
    for index in range(10):
        name = "Nguyễn Thị Đào" if index % 2 else "Trần Văn Ổn"
        world.customer(f"PB0101{index:07}", world.north, name)
    world.customer("PB01020000001", world.south)
    job = start_export(world, "customers", query)
    work()
    assert state(job) == JobState.DONE, job.message
    data = dict(part.split("=") for part in query.split("&") if part)
    listed = Question(GRIDS["customers"], data, Scope((world.north.path,))).page().rows
    assert [row[0] for row in read_csv(job)[1:]] == [row["code"] for row in listed]
    assert len(read_csv(job)[0]) == 5


def test_a_selection_is_exported_and_nothing_else(world):
    chosen = [world.customer(f"PB0101000000{index}", world.north) for index in range(5)][1:3]
    foreign = world.customer("PB01020000001", world.south)
    ids = [one.customer_id for one in (*chosen, foreign)]
    job = start_export(world, "customers", selected=ids)
    work()
    assert state(job) == JobState.DONE
    assert [row[0] for row in read_csv(job)[1:]] == ["PB01010000001", "PB01010000002"]


def test_figures_and_dates_are_written_for_a_vietnamese_spreadsheet(world):
    agreement = world.customer("PB01010000001", world.north)
    bill = world.bill(agreement, date(2026, 10, 1), date(2026, 11, 1), 1_234_656)
    job = start_export(world, "bills")
    work()
    assert state(job) == JobState.DONE, job.message
    head, row = read_csv(job)
    assert dict(zip(head, row, strict=True)) == {
        "Số": str(bill.pk),
        "Mã khách hàng": "PB01010000001",
        "Tên khách hàng": "Nguyễn Thị Đào",
        "Từ ngày": "01/10/2026",
        "Điện năng": "134",
        "Tổng tiền": "1234656",
        "Hạn thanh toán": "01/11/2026",
        "Trạng thái": "Đã phát hành",
        "Đơn vị": "Điện lực Bắc",
    }


@pytest.mark.parametrize("name", ["=1+1", "+84", "-2", "@SUM(A1)", "\t=1", '=HYPERLINK("x")'])
def test_no_spreadsheet_runs_a_name_as_a_formula(world, name):
    world.customer("PB01010000001", world.north, name)
    as_csv = start_export(world, "customers")
    as_xlsx = start_export(world, "customers", kind="xlsx")
    work()
    assert (state(as_csv), state(as_xlsx)) == ("done", "done")
    assert read_csv(as_csv)[1][1] == f"'{name}"
    with zipfile.ZipFile(result(as_xlsx)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "PB01010000001" in sheet


def test_negative_figures_stay_figures():
    assert files.neutral("Hà Nội") == "Hà Nội"
    number = GRIDS["jobs"].column("done")
    assert files._csv_value(number, -5) == -5


def test_a_workbook_has_numbers_and_dates_not_text(world):
    agreement = world.customer("PB01010000001", world.north)
    world.bill(agreement, date(2026, 10, 1), date(2026, 11, 1), 1_234_656)
    job = start_export(world, "bills", kind="xlsx")
    work()
    assert state(job) == JobState.DONE, job.message
    with zipfile.ZipFile(result(job)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    values = re.findall(r"<c [^>]*><v>([^<]*)</v>", sheet)
    assert "1234656" in values
    assert "46296" in values  # 1 October 2026 counted from 30 December 1899, as spreadsheets do


def test_an_export_is_limited_to_what_its_person_may_export_when_it_runs(world):
    world.customer("PB01010000001", world.north)
    job = start_export(world, "customers")
    Grant.objects.filter(user=world.clerk).delete()
    work()
    assert state(job) == JobState.FAILED
    assert "không còn quyền xuất" in job.message


def test_from_the_list_to_the_file(world, client):
    for index in range(3):
        world.customer(f"PB0101000000{index}", world.north, "Đào" if index else "Mai")
    world.customer("PB01020000001", world.south, "Đào")
    client.force_login(world.clerk)
    sent = client.post("/lists/customers/export", {"format": "csv", "query": "q=dao&unit=PB0102"})
    job = Job.objects.get()
    assert sent["Location"] == f"/jobs/{job.pk}"
    assert 'hx-trigger="every 1s"' in client.get(f"/jobs/{job.pk}").text
    assert client.get(f"/jobs/{job.pk}/result").status_code == 404
    work()
    page = client.get(f"/jobs/{job.pk}/progress").text
    assert "hx-trigger" not in page
    assert f"/jobs/{job.pk}/result" in page
    answer = client.get(f"/jobs/{job.pk}/result")
    rows = list(csv.reader(answer.getvalue().decode("utf-8-sig").splitlines()))
    assert [row[0] for row in rows[1:]] == ["PB01010000001", "PB01010000002"]
    logged = AuditEntry.objects.filter(subject_kind="job", subject=str(job.pk)).order_by("id")
    assert [(row.operation, row.user) for row in logged] == [
        ("job.start", world.clerk),
        ("job.download", world.clerk),
    ]
    assert logged[0].after["params"]["query"] == "q=dao"
    assert client.get("/jobs").text.count(f"/jobs/{job.pk}") >= 1


def test_a_result_is_taken_by_who_may_export_there_only(world, client):
    world.customer("PB01010000001", world.north)
    job = start_export(world, "customers")
    work()
    assert state(job) == JobState.DONE, job.message
    for role, unit, status in [
        (Role.CLERK, world.south, 404),
        (Role.CARE_AGENT, world.north, 404),
        (Role.CLERK, world.north, 200),
    ]:
        client.force_login(world.person(f"{role}{unit.pk}", role, unit))
        answer = client.get(f"/jobs/{job.pk}/result")
        assert answer.status_code == status, (role, unit)
        answer.close()


def test_who_may_not_export_is_refused(world, client):
    client.force_login(world.person("agent", Role.CARE_AGENT, world.north))
    assert "Xuất CSV" not in client.get("/customers").text
    assert client.post("/lists/customers/export", {"format": "csv"}).status_code == 403
    client.force_login(world.clerk)
    assert client.post("/lists/customers/export", {"format": "exe"}).status_code == 404
    assert client.post("/lists/secrets/export", {"format": "csv"}).status_code == 404
    assert client.post("/lists/audit/export", {"format": "csv"}).status_code == 403
    assert not Job.objects.exists()


def test_buttons_pause_resume_and_cancel(world, client, counting):
    job = start(world)
    client.force_login(world.clerk)
    for request, expected in [("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled")]:
        assert request in client.get(f"/jobs/{job.pk}").text
        client.post(f"/jobs/{job.pk}/ask", {"request": request})
        assert state(job) == expected
    assert client.post(f"/jobs/{job.pk}/ask", {"request": "explode"}).status_code == 404
    assert Customer.objects.count() == 0


def test_an_export_needs_both_rights_in_the_same_unit(world):
    both = world.person("both", Role.CLERK, world.north)
    Grant.objects.create(user=both, unit=world.south, role=Role.MANAGER)
    for unit in (world.north, world.south):
        operations.record(world.manager, f"seen.{unit.code}", "x", "1", unit=unit, at=AT)
    job = start_export(world, "audit", "operation=seen.")
    Job.objects.filter(pk=job.pk).update(user=both)
    work()
    assert state(job) == JobState.DONE, job.message
    assert [row[3] for row in read_csv(job)[1:]] == ["seen.PB0102"]
