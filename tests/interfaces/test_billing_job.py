"""What is left of a billing run as a job: parked accounts are billed, nothing is billed twice."""

import pytest
from django.contrib.auth.models import User

from congto.interfaces.jobs import billing, worker
from congto.office.billing import operations
from congto.office.billing.models import Bill, BillingRun
from congto.office.control.choices import JobState, Role
from congto.office.control.models import Grant, Job
from congto.office.control.queries import Scope
from congto.office.customers.models import Agreement
from congto.office.organisation.models import Unit
from congto.office.overview.billing_runs import view_run
from congto.reference.vn import price_book
from congto.vocabulary.errors import RefusedError
from small_utility import AT, ISSUED, MONTH, House, assign, build

pytestmark = pytest.mark.usefixtures("books")


@pytest.fixture
def late():
    """Two customers of a run; the second could not be billed, and has its price by now."""
    house = House(2, 50, priced=False)
    build(House(1, 134), house)
    operations.sync_price_decisions(price_book())
    operations.run_billing(MONTH, at=AT, issued_on=ISSUED)
    return house


@pytest.fixture
def manager():
    user = User.objects.create_user("manager")
    Grant.objects.create(user=user, unit=Unit.objects.get(parent=None), role=Role.MANAGER)
    return user


def work():
    worker.run_worker(wait=False, concurrency=1)


def test_the_job_bills_what_could_not_be_billed_and_nothing_else(late, manager):
    run = BillingRun.objects.get()
    left = view_run(run.pk, Scope.everything())
    assert (left.total.bills, left.total.parked, left.parked) == (1, 1, [("BIL-001", 1)])
    assign(Agreement.objects.get(code__contains="2-A1"), late)
    job = billing.start(run.pk, user=manager, at=AT)
    work()
    job.refresh_from_db()
    assert (job.state, job.message) == (JobState.DONE, "1 hóa đơn mới, 0 tài khoản còn lỗi")
    # 50 kWh at 1984 and 8 %: 99,200 + 7,936; beside it the first customer's 305,230
    assert sorted(Bill.objects.values_list("gross_vnd", flat=True)) == [107_136, 305_230]
    after = view_run(run.pk, Scope.everything())
    assert (after.total.bills, after.total.parked, after.total.left, after.parked) == (2, 0, 0, [])
    again = billing.start(run.pk, user=manager, at=AT)
    work()
    again.refresh_from_db()
    assert again.message == "0 hóa đơn mới, 0 tài khoản còn lỗi"
    assert Bill.objects.count() == 2


def test_one_job_at_a_time_works_on_a_run(late, manager):
    run = BillingRun.objects.get()
    billing.start(run.pk, user=manager, at=AT)
    with pytest.raises(RefusedError, match="đang có một tác vụ chạy"):
        billing.start(run.pk, user=manager, at=AT)
    assert Job.objects.count() == 1
    with pytest.raises(RefusedError, match="Không có đợt lập hóa đơn số 99"):
        billing.start(99, user=manager, at=AT)
