"""The pages of trials: a draft said in a form, the job, the result by hand, and who may see it."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.test import Client

from congto.interfaces.jobs import trial as job
from congto.interfaces.jobs.kinds import register
from congto.interfaces.jobs.runner import run_job
from congto.office.billing import operations
from congto.office.control.choices import JobState
from congto.office.control.models import Grant, Job
from congto.office.organisation.models import Unit
from congto.office.scorecard.models import MonthFigure
from congto.reference.vn import price_book
from small_utility import AT, ISSUED, MONTH, House, build

pytestmark = pytest.mark.usefixtures("books")


@pytest.fixture(autouse=True)
def data(settings, tmp_path) -> None:
    settings.DATA = tmp_path


@pytest.fixture
def manager() -> Client:
    build(House(1, 134), House(3, 1000, group="business", voltage="<6kV"))
    operations.sync_price_decisions(price_book())
    operations.run_billing(MONTH, at=AT, issued_on=ISSUED)
    top = Unit.objects.get(parent=None)
    MonthFigure.objects.create(
        month=MONTH.start, unit=top, **dict.fromkeys(
            ("customers", "bills", "received_wh", "bulk_wh", "sold_wh", "loss_wh", "net_vnd",
             "vat_vnd", "gross_vnd", "collected_vnd", "payers", "payers_by_partner"), 0),
    )  # fmt: skip
    return client_of("manager", top)


def client_of(role: str, unit: Unit) -> Client:
    user = User.objects.create_user(role)
    Grant.objects.create(user=user, unit=unit, role=role)
    client = Client()
    client.force_login(user)
    return client


FORM = {
    "month": "2026-10", "count": "1", "group": "business", "percent": "+3", "structure": "",
    "average": "2204.0655", "vat": "",
}  # fmt: skip


def test_a_trial_from_the_form_to_its_result(manager: Client) -> None:
    page = manager.get("/trials").content.decode()
    assert "Tính thử biểu giá" in page
    answer = manager.post("/trials/start", FORM)
    started = Job.objects.get(kind="trial")
    assert answer.url == f"/trials/{started.pk}"
    assert "Chưa có kết quả" in manager.get(answer.url).content.decode()
    register(job.KIND)
    run_job(started.pk)
    started.refresh_from_db()
    assert (started.state, started.message) == (JobState.DONE, "Tiền điện thay đổi 2,77 %")
    assert started.result_file == f"trial-{started.pk}.xlsx"
    page = manager.get(answer.url).content.decode()
    # 1,000 kWh x 3152 -> x 3247 (3,246.56 half up); households as before.
    assert "3.152.000" in page
    assert "3.247.000" in page
    assert "95.000" in page
    assert job.result_of(started.pk)["customers"]["pay_more"] == 1


def test_a_wrong_draft_starts_nothing_and_says_why(manager: Client) -> None:
    for wrong, sentence in (
        ({"percent": ""}, "no draft"),
        ({"percent": "ba"}, "change"),
        ({"count": "13"}, "cần 1 đến 12"),
        ({"vat": "45"}, "at most 20 %"),
        ({"month": "10/2026"}, "2026"),
    ):
        answer = manager.post("/trials/start", {**FORM, **wrong}, follow=True)
        assert sentence in answer.content.decode(), wrong
    assert not Job.objects.filter(kind="trial").exists()


def test_who_does_not_work_for_everybody_sees_no_trial(manager: Client) -> None:
    district = Unit.objects.get(code="PB01")
    other = client_of("accountant", district)
    assert other.get("/trials").status_code == 404
    other.post("/trials/start", FORM)
    assert not Job.objects.filter(kind="trial").exists()
    assert date(2026, 10, 1) == MONTH.start


def test_the_pages_are_in_english_too(manager: Client) -> None:
    manager.cookies["django_language"] = "en"
    page = manager.get("/trials").content.decode()
    assert "Trial billing" in page
    assert "Dự thảo" not in page
