"""Lists on the console: scope, pages, filters, escaping, saved views, query counts."""

from datetime import date

import pytest
from django.urls import reverse

from congto.interfaces.console.grid import estimate, lists
from congto.interfaces.console.grid.books import BILLS, CUSTOMERS, GRIDS
from congto.interfaces.console.grid.lists import Question
from congto.office.control.choices import Role
from congto.office.control.models import AuditEntry, Job, SavedView
from congto.office.control.queries import Scope
from congto.office.customers.models import Customer
from world_control import AT, make_world


@pytest.fixture
def world(db):
    return make_world()


@pytest.fixture
def clerk(world, client):
    user = world.person("clerk", Role.CLERK, world.north)
    client.force_login(user)
    return user


@pytest.fixture
def manager(world):
    return world.person("manager", Role.MANAGER, world.root)


def many(world, count, unit=None, start=1):
    for number in range(start, start + count):
        world.customer(f"PB0101{number:07}", unit or world.north, f"Khách {number % 7}")


# ---- pages by key -----------------------------------------------------------------------------


def walk(data, between=lambda _page: None):
    """Follow "next" to the end and return the codes seen."""
    seen, after = [], ""
    for number in range(100):
        question = Question(CUSTOMERS, {**data, "after": after}, Scope.everything())
        page = question.page()
        assert not question.errors
        seen += [row["code"] for row in page.rows]
        between(number)
        if not page.after:
            return seen
        after = page.after
    pytest.fail("the pages never end")


@pytest.mark.parametrize("sort", ["code", "-code", "name", "-name"])
def test_pages_cover_every_row_once_in_order(world, monkeypatch, sort):
    monkeypatch.setattr(lists, "PAGE_ROWS", 5)
    many(world, 23)
    seen = walk({"sort": sort})
    rows = Customer.objects.order_by(sort, f"{'-' if sort[0] == '-' else ''}id")
    assert seen == [row.code for row in rows]


def test_rows_inserted_while_paging_move_no_other_row(world, monkeypatch):
    monkeypatch.setattr(lists, "PAGE_ROWS", 4)
    many(world, 20)
    before = set(Customer.objects.values_list("code", flat=True))
    fresh = iter(range(1000))

    def insert(_page):
        number = next(fresh)
        world.customer(f"PB0000{number:07}", world.north)  # before every page already read
        world.customer(f"PB0101{number:06}X", world.north)  # between

    seen = walk({}, insert)
    assert len(seen) == len(set(seen))
    assert before <= set(seen)


def test_previous_leads_back_over_the_same_rows(world, monkeypatch):
    monkeypatch.setattr(lists, "PAGE_ROWS", 5)
    many(world, 13)
    first = Question(CUSTOMERS, {}, Scope.everything()).page()
    second = Question(CUSTOMERS, {"after": first.after}, Scope.everything()).page()
    third = Question(CUSTOMERS, {"after": second.after}, Scope.everything()).page()
    assert (first.before, third.after) == ("", "")
    back = Question(CUSTOMERS, {"before": third.before}, Scope.everything()).page()
    assert [row["id"] for row in back.rows] == [row["id"] for row in second.rows]
    start = Question(CUSTOMERS, {"before": back.before}, Scope.everything()).page()
    assert [row["id"] for row in start.rows] == [row["id"] for row in first.rows]
    assert start.before == ""


@pytest.mark.parametrize("cursor", ["x", "!!!", "W10", "WyItaWQiLDFd", "bnVsbA", "é"])
def test_a_cursor_made_by_hand_is_answered_with_a_sentence(world, clerk, client, cursor):
    many(world, 2)
    response = client.get("/customers", {"after": cursor})
    assert response.status_code == 200
    assert "không còn dùng được" in response.text


# ---- scope ------------------------------------------------------------------------------------


def test_lists_show_the_persons_units_only(world, clerk, client):
    own = world.customer("PB01010000001", world.north)
    other = world.customer("PB01020000001", world.south)
    for agreement in (own, other):
        world.bill(agreement, date(2026, 10, 1), date(2026, 11, 1))
    world.finding("ofnorth", world.north)
    world.finding("ofsouth", world.south)
    for page, seen, unseen in [
        ("/customers", "PB01010000001", "PB01020000001"),
        ("/bills", "PB01010000001", "PB01020000001"),
        ("/findings", "ofnorth", "ofsouth"),
    ]:
        for query in ("", "?unit=PB0102", "?unit=PB"):
            text = client.get(page + query).text
            assert seen in text, (page, query)
            assert unseen not in text, (page, query)


def test_things_of_another_district_do_not_exist(world, clerk, client):
    foreign = world.finding("ofsouth", world.south)
    job = Job.objects.create(kind="export", title="x", unit=world.south, created_at=AT)
    world.customer("PB01020000001", world.south)
    for page in (
        f"/findings/{foreign.pk}",
        f"/jobs/{job.pk}",
        f"/jobs/{job.pk}/progress",
        f"/jobs/{job.pk}/result",
        "/customers/PB01020000001/price/propose",
    ):
        assert client.get(page).status_code == 404, page
    for page in (f"/findings/{foreign.pk}/close", f"/jobs/{job.pk}/ask"):
        assert client.post(page, {"reason": "x", "request": "cancel"}).status_code == 404, page


def test_a_person_without_grants_is_refused(world, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("nobody"))
    assert client.get("/customers").status_code == 403


def test_nobody_signed_in_is_sent_to_the_sign_in(world, client):
    for page in ("/customers", "/proposals", "/jobs", "/audit"):
        response = client.get(page)
        assert (response.status_code, response["Location"].split("?")[0]) == (302, "/sign-in")


def test_the_audit_needs_its_own_right(world, clerk, manager, client):
    assert client.get("/audit").status_code == 403
    client.force_login(manager)
    assert client.get("/audit").status_code == 200


def test_an_audit_row_shows_before_and_after(world, manager, client):
    row = AuditEntry.objects.create(
        at=AT,
        operation="thing.change",
        subject_kind="thing",
        subject="7",
        unit=world.north,
        before={"colour": "<b>red</b>", "size": 1},
        after={"colour": "green", "size": 1},
    )
    client.force_login(manager)
    text = client.get(f"/audit/{row.pk}").text
    assert "&lt;b&gt;red" in text
    assert "<b>red" not in text
    assert text.count('class="changed"') == 1
    found = client.get("/audit", {"kind": "thing", "subject": "7", "operation": "thing."}).text
    assert "thing.change" in found
    assert "thing.change" not in client.get("/audit", {"user": "nobody"}).text


# ---- filters ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        ({"q": "dao"}, ["PB01010000001"]),
        ({"q": "ĐÀO  nguyễn"}, ["PB01010000001"]),
        ({"q": "0000002"}, ["PB01010000002"]),
        ({"q": "%"}, []),
        ({"q": "hoa"}, ["PB01010000001", "PB01010000002"]),
        ({"phone": "09"}, []),
    ],
)
def test_text_is_found_with_and_without_diacritics(world, data, codes):
    world.customer("PB01010000001", world.north, "Nguyễn Thị Đào")
    world.customer("PB01010000002", world.north, "Trần Văn Ổn")
    found = Question(CUSTOMERS, data, Scope.everything())
    assert [row["code"] for row in found.page().rows] == codes
    assert found.size.rows == len(codes)


@pytest.mark.parametrize(
    ("data", "amounts"),
    [
        ({"gross_from": "1.080.000"}, [1_080_000, 2_160_000]),
        ({"gross_from": "1080001", "gross_to": "2.160.000"}, [2_160_000]),
        ({"energy_to": "133,999"}, []),
        ({"energy_from": "134"}, [108, 1_080_000, 2_160_000]),
        ({"from_from": "2026-11-01"}, [2_160_000]),
        ({"from_to": "31/10/2026"}, [108, 1_080_000]),
        ({"state": "4", "q": "dao"}, [108, 1_080_000, 2_160_000]),
        ({"state": "6"}, []),
    ],
)
def test_bills_are_filtered_by_amount_energy_period_and_state(world, data, amounts):
    first = world.customer("PB01010000001", world.north)
    second = world.customer("PB01010000002", world.north)
    world.bill(first, date(2026, 10, 1), date(2026, 11, 1), 108)
    world.bill(second, date(2026, 10, 1), date(2026, 11, 1), 1_080_000)
    world.bill(first, date(2026, 11, 1), date(2026, 12, 1), 2_160_000)
    question = Question(BILLS, {**data, "sort": "gross"}, Scope.everything())
    assert [row["gross_vnd"] for row in question.page().rows] == amounts


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"gross_from": "abc"}, "Tổng tiền (đ): nhận “abc”, cần một số"),
        ({"gross_from": "1e400000"}, "cần một số"),
        ({"from_from": "32/10/2026"}, "Kỳ từ ngày: nhận “32/10/2026”, cần ngày dd/mm/yyyy"),
        ({"from_from": "2026-10-02", "from_to": "2026-10-01"}, "ngày đầu trước"),
        ({"state": "99"}, "Trạng thái: nhận “99”"),
        ({"sort": "name"}, "Không sắp xếp được"),
        ({"sort": "password"}, "Không sắp xếp được"),
        ({"q": "x\x00"}, "Khách hàng: nhận"),
    ],
)
def test_a_wrong_filter_is_said_and_shows_nothing_by_mistake(world, clerk, client, data, sentence):
    bill = world.bill(
        world.customer("PB01010000001", world.north), date(2026, 10, 1), date(2026, 11, 1)
    )
    response = client.get("/bills", data)
    assert response.status_code == 200
    assert sentence in response.text
    if "sort" not in data:
        assert f"/bills/{bill.pk}" not in response.text


def test_open_findings_are_the_default_and_clearing_shows_all(world, clerk, client):
    world.finding("isopen", world.north)
    closed = world.finding("isclosed", world.north)
    type(closed).objects.filter(pk=closed.pk).update(state="closed")
    assert "isclosed" not in client.get("/findings").text
    cleared = client.get("/findings", {"state": ""}).text
    assert "isclosed" in cleared
    assert "isopen" in cleared


# ---- size and order ---------------------------------------------------------------------------


def test_long_lists_are_estimated_and_sorted_by_index_only(world, monkeypatch):
    many(world, 30)
    monkeypatch.setattr(estimate, "COUNTED_MAX", 10)
    monkeypatch.setattr(estimate, "planner_estimate", lambda _rows: 32_700)
    question = Question(CUSTOMERS, {"sort": "name"}, Scope.everything())
    assert (question.size.rows, question.size.exact) == (32_700, False)
    assert question.sort == "code"
    assert "lọc hẹp hơn" in question.errors[0]


def test_the_planners_number_is_not_trusted_when_it_says_few(world, monkeypatch):
    many(world, 30)
    monkeypatch.setattr(estimate, "planner_estimate", lambda _rows: 1)
    assert estimate.size(Customer.objects.all()) == estimate.Size(30, exact=True)
    monkeypatch.setattr(estimate, "COUNTED_MAX", 10)
    assert estimate.size(Customer.objects.all()) == estimate.Size(11, exact=False)


def test_the_planner_is_asked_for_real(world):
    many(world, 3)
    assert estimate.planner_estimate(Customer.objects.filter(code="PB01010000001")) == 1


@pytest.mark.parametrize("key", sorted(GRIDS))
def test_every_column_filter_and_sort_of_every_list_works(world, key):
    grid = GRIDS[key]
    columns = ",".join(column.key for column in grid.columns)
    for column in grid.columns:
        if column.sort:
            data = {"columns": columns, "sort": f"-{column.key}"}
            assert Question(grid, data, Scope.everything()).page().rows == []
    for one in grid.filters:
        data = dict.fromkeys(one.fields, "1")
        Question(grid, data, Scope.everything()).page()


@pytest.mark.parametrize("key", sorted(GRIDS))
def test_a_page_costs_the_same_queries_for_few_rows_as_for_many(
    world, manager, client, django_assert_max_num_queries, key
):
    first = world.customer("PB01010000001", world.north)
    for month in range(1, 13):
        world.bill(first, date(2025, month, 1), date(2025 + month // 12, month % 12 + 1, 1))
        world.finding(f"F{month}", world.north)
    client.force_login(manager)
    with django_assert_max_num_queries(14):
        assert client.get(reverse(GRIDS[key].page)).status_code == 200


# ---- what a browser gets ----------------------------------------------------------------------


def test_names_are_text_never_markup(world, clerk, client):
    world.customer("PB01010000001", world.north, "<script>alert(1)</script>")
    text = client.get("/customers", {"q": '"><script>alert(2)</script>'}).text
    text += client.get("/customers").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_htmx_gets_the_table_and_others_the_page(world, clerk, client):
    many(world, 1)
    whole = client.get("/customers").text
    part = client.get("/customers", headers={"HX-Request": "true"}).text
    assert "<html" in whole
    assert "<html" not in part
    assert part.lstrip().startswith('<div id="grid"')
    assert "PB01010000001" in part


def test_going_back_in_the_history_gets_the_page(world, clerk, client):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    response = client.get("/customers", headers=headers)
    assert "<html" in response.text
    assert "HX-Request" in response["Vary"]


def test_without_javascript_the_links_carry_filter_and_sort(world, clerk, client, monkeypatch):
    monkeypatch.setattr(lists, "PAGE_ROWS", 5)
    many(world, 7)
    text = client.get("/customers", {"q": "khach", "sort": "-code"}).text
    assert 'rel="next"' in text
    assert 'href="?q=khach&amp;sort=-code&amp;after=' in text


def test_columns_can_be_chosen(world, clerk, client):
    many(world, 1)
    text = client.get("/customers", {"columns": "code,commune"}).text
    assert ">Xã, phường<" in text
    assert 'data-url="/customers/PB01010000001"' in text
    assert "đường Hoa Sữa" not in text


# ---- saved views ------------------------------------------------------------------------------


def save(client, name, query="q=dao&sort=-code&evil=1", **more):
    return client.post("/lists/customers/views", {"name": name, "query": query, **more})


def test_a_view_is_saved_shown_to_its_owner_and_opened_by_one_click(world, clerk, manager, client):
    assert save(client, "Các bà Đào").status_code == 302
    view = SavedView.objects.get()
    assert (view.user, view.query) == (clerk, "q=dao&sort=-code")
    assert "Các bà Đào" in client.get("/customers").text
    assert client.get(f"/customers?{view.query}").status_code == 200
    client.force_login(manager)
    assert "Các bà Đào" not in client.get("/customers").text
    assert client.post(f"/lists/customers/views/{view.pk}/delete").status_code == 404
    assert SavedView.objects.count() == 1


def test_sharing_a_view_needs_the_right(world, clerk, manager, client):
    text = save(client, "Của mọi người", shared="on", follow=True)
    assert not SavedView.objects.exists(), text
    client.force_login(manager)
    save(client, "Của mọi người", shared="on")
    assert SavedView.objects.get().user is None
    client.force_login(clerk)
    assert "Của mọi người" in client.get("/customers").text
    client.post(f"/lists/customers/views/{SavedView.objects.get().pk}/delete")
    assert SavedView.objects.count() == 1


def test_the_same_name_replaces_and_an_empty_one_is_refused(world, clerk, client):
    save(client, "A", "q=one")
    save(client, "A", "q=two")
    save(client, "  ")
    assert [view.query for view in SavedView.objects.all()] == ["q=two"]
