"""Search: every way to name a customer, inside the scope."""

import pytest

from congto.office.control.queries import Scope
from congto.office.overview import search as module
from congto.office.overview.search import Kind, search
from world_console import make_world

ALL = Scope.everything()


@pytest.fixture
def world(db):
    return make_world()


@pytest.fixture
def signed_in(world, client):
    client.force_login(world.person("clerk", "clerk", world.district))
    return client


@pytest.mark.parametrize(
    "text",
    [
        "Nguyễn Thị Đào",
        "nguyen thi dao",
        "  NGUYEN   dao ",
        "đào thị",
        "0000411043",
        "0000 411 043",
        "SIM0000000001",
        "PB00010000001001",
        "dao hoa mai",
    ],
)
def test_a_customer_is_found_by(world, text):
    found = search(text, ALL)
    assert {hit.key for hit in found.hits} == {"PB00010000001"}


def test_a_part_of_a_code_finds_all_that_contain_it(world):
    assert len(search("PB0001000000", ALL).hits) == 4  # two customers, their two points
    assert {hit.key for hit in search("0000003", ALL).hits} == {"PB00010000003"}


def test_a_bill_number_finds_the_bill(world):
    found = search(str(world.bakery_bill.pk), ALL)
    bills = [hit for hit in found.hits if hit.kind is Kind.BILL]
    assert [hit.key for hit in bills] == [str(world.bakery_bill.pk)]


def test_what_lies_outside_the_scope_is_not_found(world):
    elsewhere = Scope((world.other.path,))
    texts = ["dao", "PB00010000001", "SIM0000000001", "0000411043", str(world.bakery_bill.pk)]
    for text in [*texts, "PB00010000001001"]:
        assert not search(text, elsewhere).hits, text
    assert not search("dao", Scope.nothing()).hits


@pytest.mark.parametrize("text", ["a", "ab", "on an"])
def test_what_no_index_can_find_asks_for_more(world, text):
    assert search(text, ALL).too_short


@pytest.mark.parametrize("text", ["%", "%%%", "___", "'; drop table", "\\\\\\", "9" * 40, "🙂🙂🙂"])
def test_nonsense_finds_nothing_and_breaks_nothing(world, text):
    assert not search(text, ALL).hits


def test_the_best_name_comes_first(world):
    for number, name in enumerate(["Hợp tác xã Đào Nguyên", "Đào Văn A", "Đào"]):
        customer = type(world.household)(
            code=f"PB000200000{number:02}",
            name=name,
            search_text=module.plain(name),
            address="",
            unit=world.other,
        )
        customer.save()
    names = [hit.title for hit in search("đào", ALL).hits]
    assert names == ["Đào", "Đào Văn A", "Hợp tác xã Đào Nguyên", "Nguyễn Thị Đào"]


def test_no_more_than_the_limit_is_answered(world, monkeypatch):
    monkeypatch.setattr(module, "LIMIT", 1)
    assert len(search("PB0001", ALL).hits) == 1


def test_a_search_that_takes_too_long_says_so(world, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE_MS", 1)

    def slow(*_):
        with module.connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(1)")
        yield

    monkeypatch.setattr(module, "_hits", slow)
    assert search("dao", ALL).too_broad


def test_an_exact_code_jumps_to_the_customer(signed_in):
    answer = signed_in.get("/search", {"q": "pb00010000001"})
    assert answer.status_code == 302
    assert answer.url == "/customers/PB00010000001"


def test_suggestions_mark_what_matched(signed_in):
    body = signed_in.get("/search/suggest", {"q": "dao"}).content.decode()
    assert "Nguyễn Thị <mark>Đào</mark>" in body
    assert 'role="option"' in body


def test_nothing_found_says_what_was_searched(signed_in):
    body = signed_in.get("/search", {"q": "qqq 123"}).content.decode()
    assert "Không tìm thấy" in body
    assert "tên hoặc địa chỉ" in body


def test_what_was_typed_is_never_markup(signed_in):
    for page in ("/search", "/search/suggest"):
        body = signed_in.get(page, {"q": "<script>alert(1)</script>"}).content.decode()
        assert "<script>alert" not in body


def test_a_search_costs_few_queries(signed_in, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        signed_in.get("/search/suggest", {"q": "PB0001000000"})
