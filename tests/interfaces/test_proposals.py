"""Proposals on the console: from the form to the decision, and who may see what."""

from datetime import date

import pytest

from congto.interfaces.console.views.control import first_of_next_month
from congto.office.control import operations
from congto.office.control.choices import Role
from congto.office.control.models import Proposal
from world_control import AT, make_world

FORM = {
    "valid_from": "1/1/2027",
    "group": "residential",
    "voltage": "",
    "subgroup": "",
    "households": "2,5",
    "registered_kw": "0",
    "reason": "ba hộ dùng chung",
}
CODE = "PB01010000001"


@pytest.fixture
def world(db):
    world = make_world()
    world.agreement = world.customer(CODE, world.north)
    world.clerk = world.person("clerk", Role.CLERK, world.north)
    world.manager = world.person("manager", Role.MANAGER, world.root)
    return world


def test_a_change_goes_from_the_form_through_the_inbox_into_the_books(world, client):
    client.force_login(world.clerk)
    form = client.get(f"/customers/{CODE}/price/propose").text
    assert 'name="households" inputmode="decimal" value="1"' in form
    sent = client.post(f"/customers/{CODE}/price/propose", FORM)
    made = Proposal.objects.get()
    assert sent["Location"] == f"/proposals/{made.pk}"
    page = client.get(sent["Location"]).text
    assert "Rút đề nghị" in page
    assert 'value="approve"' not in page

    client.force_login(world.manager)
    assert f"/proposals/{made.pk}" in client.get("/proposals").text
    page = client.get(f"/proposals/{made.pk}").text
    assert page.count('class="changed"') == 2  # day and households
    assert '<td class="before">1</td><td class="after">2,5</td>' in page
    assert '<td class="before">01/01/2020</td><td class="after">01/01/2027</td>' in page
    client.post(f"/proposals/{made.pk}/decide", {"decision": "approve", "reason": ""})
    new = world.agreement.price_assignments.get(valid_from=date(2027, 1, 1))
    assert new.household_quarters == 10


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"households": "x"}, "Số hộ dùng chung: nhận “x”"),
        ({"registered_kw": "1.5"}, "Công suất đăng ký"),
        ({"valid_from": "01/01/2020"}, "phải sau ngày đó"),
        ({"valid_from": "31/02/2027"}, "Áp dụng từ ngày: nhận “2027-02-31”"),
        ({"reason": " "}, "Thiếu lý do"),
        ({"households": "1", "valid_from": "<script>"}, "&lt;script&gt;"),
    ],
)
def test_a_wrong_form_says_what_is_wrong_and_keeps_what_was_typed(world, client, change, sentence):
    client.force_login(world.clerk)
    response = client.post(f"/customers/{CODE}/price/propose", FORM | change)
    assert response.status_code == 400
    assert sentence in response.text
    assert "<script>alert" not in response.text
    assert not Proposal.objects.exists()
    if "reason" not in change:
        assert "ba hộ dùng chung" in response.text


def make(world):
    after = {
        "valid_from": "2027-01-01",
        "group": "residential",
        "time_of_use": False,
        "household_quarters": 8,
        "registered_kw": 0,
    }
    return operations.propose(
        "price_assignment",
        world.agreement.code,
        after,
        reason="<b>thêm hộ</b>",
        user=world.clerk,
        at=AT,
    )


def test_a_refused_approval_comes_back_as_a_sentence(world, client):
    made = make(world)
    world.agreement.price_assignments.update(registered_kw=5)
    client.force_login(world.manager)
    answer = client.post(f"/proposals/{made.pk}/decide", {"decision": "approve"}, follow=True)
    assert "Công suất đăng ký (kW): lúc lập 0, nay 5" in answer.text
    made.refresh_from_db()
    assert made.state == "pending"


def test_a_stranger_sees_no_proposal_of_another_district(world, client):
    made = make(world)
    client.force_login(world.person("stranger", Role.MANAGER, world.south))
    assert client.get(f"/proposals/{made.pk}").status_code == 404
    answer = client.post(f"/proposals/{made.pk}/decide", {"decision": "approve"})
    assert answer.status_code == 404
    assert world.agreement.code not in client.get("/proposals").text


def test_the_reason_is_text_and_an_unknown_decision_does_not_exist(world, client):
    made = make(world)
    client.force_login(world.manager)
    text = client.get(f"/proposals/{made.pk}").text + client.get("/proposals").text
    assert "<b>thêm hộ" not in text
    assert "&lt;b&gt;thêm hộ" in text
    answer = client.post(f"/proposals/{made.pk}/decide", {"decision": "delete"})
    assert answer.status_code == 404


def test_who_may_not_propose_is_refused(world, client):
    client.force_login(world.manager)
    assert client.get(f"/customers/{CODE}/price/propose").status_code == 403


def test_an_agreement_of_another_customer_is_not_reached_by_its_code(world, client):
    other = world.customer("PB01020000009", world.south)
    client.force_login(world.clerk)
    answer = client.post(f"/customers/{CODE}/price/propose", FORM | {"agreement": other.code})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 1, 31), date(2026, 2, 1)),
        (date(2026, 12, 1), date(2027, 1, 1)),
        (date(2028, 2, 29), date(2028, 3, 1)),
    ],
)
def test_a_change_begins_on_the_first_of_the_next_month(day, first):
    assert first_of_next_month(day) == first
