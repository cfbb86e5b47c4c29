"""Conditions for billing from half-hours: shown, changed by two people, in force from their day."""

import html
import re
from datetime import date

import pytest

from congto.interfaces.console.templatetags.meterdata import GATE_NAMES
from congto.office.control.models import Proposal
from congto.office.control.operations import approve
from congto.office.meterdata.gate_book import gate_in_force
from congto.office.meterdata.gate_book_changes import LIMITS
from congto.reference.billing_gates import load_usage_gate
from world_console import AT, make_world


@pytest.fixture
def world(db, tmp_path, settings):
    settings.DATA = tmp_path
    return make_world()


@pytest.fixture
def maker(world, client):
    client.force_login(world.person("maker", "clerk", world.root))
    return client


def text_of(answer):
    body = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).replace("\u00a0", " ").split())


def permille(day):
    (rule,) = [one for one in gate_in_force(day) if one.rule == "USG-102"]
    return rule.limits["permille"]


def test_a_limit_is_changed_by_two_people_from_its_day_on(world, maker):
    assert "Nhiều nhất phần nghìn nửa giờ ước lượng: 50" in text_of(maker.get("/meterdata/gate"))
    posted = {
        "valid_from": "01/01/2099",
        "enabled": "on",
        "limit_permille": "30",
        "reason": "Nghị quyết tháng 12",
    }
    answer = maker.post("/meterdata/gate/USG-102?group=", posted)
    proposal = Proposal.objects.get()
    assert answer.url == f"/proposals/{proposal.pk}"
    assert permille(date(2099, 1, 1)) == 50
    assert "chờ duyệt thay đổi" in text_of(maker.get("/meterdata/gate"))
    second = world.person("second", "manager", world.root)
    approve(proposal.pk, user=second, at=AT)
    assert (permille(date(2098, 12, 31)), permille(date(2099, 1, 1))) == (50, 30)
    page = text_of(maker.get("/meterdata/gate/USG-102?group="))
    assert "01/01/2099 Nhiều nhất phần nghìn nửa giờ ước lượng: 30" in page


def test_a_rule_turned_off_stops_nothing_from_its_day_on(world, maker):
    posted = {"valid_from": "01/01/2099", "limit_missing": "0", "reason": "Nghị quyết tháng 12"}
    maker.post("/meterdata/gate/USG-101?group=", posted)
    second = world.person("second", "manager", world.root)
    approve(Proposal.objects.get().pk, user=second, at=AT)
    rules = [one.rule for one in gate_in_force(date(2099, 1, 1))]
    assert rules == ["USG-102", "USG-103", "USG-104", "USG-105", "USG-106"]


def test_every_published_condition_has_its_words():
    published = load_usage_gate()
    assert {one.rule.rule for one in published} == set(GATE_NAMES)
    assert {name for one in published for name in one.rule.limits} == set(LIMITS)
