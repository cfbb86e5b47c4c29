"""Documents of bills from the books: the invoice, the console's links, the jobs for many."""

import zipfile
from decimal import Decimal

import pytest
from lxml import etree

from congto.interfaces.documents import identity, signature
from congto.interfaces.documents.reconcile import refuse_unless_it_adds_up
from congto.interfaces.documents.sellers import Sellers
from congto.interfaces.jobs import einvoice_files, invoice_pdfs, runner, worker
from congto.office.billing.choices import BillState
from congto.office.billing.models import Bill, BillLine
from congto.office.control import operations
from congto.office.control.choices import JobState, Role
from congto.office.control.models import AuditEntry, Grant
from congto.office.control.queries import Scope
from congto.office.meterdata.models import RegisterReading
from congto.office.overview.invoice import choices_of, invoice_of_bill
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.groups import Charge, Register, TimeBand
from world_console import AT, START, make_world

EVERYTHING = Scope.everything()


@pytest.fixture
def world(books, settings, tmp_path, monkeypatch):
    settings.DATA = tmp_path
    monkeypatch.setattr(runner, "REPORT_EVERY_S", 0)
    return make_world()


@pytest.fixture
def sellers(tmp_path):
    return Sellers(tmp_path)


def test_a_household_s_bill_from_the_books(world, sellers):
    found = invoice_of_bill(world.household_bill.pk, EVERYTHING, sellers)
    refuse_unless_it_adds_up(found)
    assert (found.form, found.series[:4], found.number) == ("1", "K26T", found.number)
    assert found.number == world.household_bill.invoice_no
    assert (found.net_vnd, found.vat_vnd, found.gross_vnd) == (282_620, 22_610, 305_230)
    assert [(line.tier, line.energy_wh, line.quota_wh) for line in found.lines] == [
        (1, 50_000, 50_000),
        (2, 50_000, 50_000),
        (3, 34_000, 100_000),
    ]
    assert found.supply.households == Decimal(1)
    assert found.supply.reading_book == "A0101"
    (row,) = found.rows
    assert (row.register, row.actual_wh, row.estimated) == (Register.TOTAL, 134_000, False)
    assert found.energy_note == ""
    assert [(one.year, one.month, one.gross_vnd) for one in found.history] == [(2026, 10, 305_230)]
    assert found.seller.sample


def test_three_rates_multiplier_and_reactive_power_from_the_books(world, sellers):
    found = invoice_of_bill(world.bakery_bill.pk, EVERYTHING, sellers)
    refuse_unless_it_adds_up(found)
    bands = [line.band for line in found.lines if line.charge is Charge.ENERGY]
    assert bands == [TimeBand.NORMAL, TimeBand.PEAK, TimeBand.OFF_PEAK]
    assert found.lines[-1].charge is Charge.REACTIVE
    assert found.reactive.k_bp == 227  # cos phi 0.88: TT 15/2014/TT-BCT
    assert {row.multiplier for row in found.rows} == {20}
    assert found.supply.households is None


def test_energy_that_readings_do_not_make_says_so(world, sellers):
    RegisterReading.objects.filter(read_on=world.household_bill.period_to, register=0).update(
        index_wh=1_300_000
    )
    found = invoice_of_bill(world.household_bill.pk, EVERYTHING, sellers)
    assert "không chỉ tính từ các chỉ số" in found.energy_note
    refuse_unless_it_adds_up(found)


def test_a_bill_of_another_unit_does_not_exist(world, sellers):
    assert invoice_of_bill(world.household_bill.pk, Scope((world.other.path,)), sellers) is None


def test_a_bill_that_is_not_issued_makes_no_invoice(world, sellers):
    Bill.objects.filter(pk=world.household_bill.pk).update(
        state=BillState.HELD, invoice_no=None, series=None
    )
    with pytest.raises(RefusedError, match="issue the bill first"):
        invoice_of_bill(world.household_bill.pk, EVERYTHING, sellers)


def test_a_replacement_names_the_invoice_it_replaces(world, sellers):
    original = world.household_bill
    Bill.objects.filter(pk=world.bakery_bill.pk).update(kind=2, original=original)
    found = invoice_of_bill(world.bakery_bill.pk, EVERYTHING, sellers)
    assert found.original.number == original.invoice_no
    assert found.original.issued_on == original.issued_on


def test_a_real_unit_needs_its_seller(tmp_path):
    with pytest.raises(InvalidInputError, match="add an entry PC01"):
        Sellers(tmp_path)("PC01", "Công ty")
    entry = 'PC01: {name: "Công ty", tax_code: "0300000001", address: "Ở đâu"}\n'
    (tmp_path / "sellers.yaml").write_text(entry, encoding="utf-8")
    assert not Sellers(tmp_path)("PC01", "Công ty").sample
    (tmp_path / "sellers.yaml").write_text('PC01: {name: "Công ty"}\n', encoding="utf-8")
    with pytest.raises(InvalidInputError, match="PC01"):
        Sellers(tmp_path)


def test_what_can_be_asked_for(world):
    found = choices_of(EVERYTHING)
    assert [period.start for period in found.periods] == [START]
    assert found.books == ["A0101"]


# ---- console ----------------------------------------------------------------------------------


def test_the_bill_page_leads_to_pdf_and_xml(world, client):
    client.force_login(world.person("clerk", Role.CLERK, world.district))
    number = world.household_bill.pk
    page = client.get(f"/bills/{number}").content.decode()
    assert f"/bills/{number}.pdf" in page
    assert f"/bills/{number}.xml" in page
    pdf = client.get(f"/bills/{number}.pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    xml = client.get(f"/bills/{number}.xml")
    root = etree.fromstring(xml.content)
    assert root.findtext("DLHDon/NDHDon/TToan/TgTTTBSo") == "305230"
    assert AuditEntry.objects.filter(operation="bill.einvoice", subject=str(number)).count() == 1


def test_who_may_not_export_sees_the_pdf_and_takes_no_xml(world, client):
    client.force_login(world.person("care", Role.CARE_AGENT, world.district))
    number = world.household_bill.pk
    assert f"/bills/{number}.xml" not in client.get(f"/bills/{number}").content.decode()
    assert client.get(f"/bills/{number}.pdf").status_code == 200
    assert client.get(f"/bills/{number}.xml").status_code == 403
    assert client.get("/bills/files").status_code == 403


def test_another_unit_s_bill_is_not_found(world, client):
    client.force_login(world.person("clerk", Role.CLERK, world.other))
    for kind in ("pdf", "xml"):
        assert client.get(f"/bills/{world.household_bill.pk}.{kind}").status_code == 404


def test_a_bill_that_does_not_add_up_says_so_on_its_page(world, client):
    client.force_login(world.person("clerk", Role.CLERK, world.district))
    number = world.household_bill.pk
    BillLine.objects.filter(bill=number, line_no=1).update(amount_vnd=99_201)
    page = client.get(f"/bills/{number}.pdf", follow=True).content.decode()
    assert "no document was made" in page


# ---- jobs -------------------------------------------------------------------------------------


def start(world, kind, params, unit=None):
    unit = unit or world.district
    user = world.person(kind, Role.CLERK, unit)
    return operations.start_job(kind, params, title=kind, user=user, unit=unit, at=AT)


def finished(job, folder):
    worker.run_worker(wait=False, concurrency=1)
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.message
    return zipfile.ZipFile(folder / "results" / job.result_file)


def test_bulk_printing_has_a_book_and_a_file_each(world, tmp_path):
    job = start(world, "invoice_pdfs", {"period_from": START.isoformat(), "book": ""})
    with finished(job, tmp_path) as archive:
        names = archive.namelist()
        assert names == [
            "A0101/A0101.pdf",
            f"A0101/PB00010000001-2026-10-{world.household_bill.pk}.pdf",
            f"A0101/PB00010000003-2026-10-{world.bakery_bill.pk}.pdf",
        ]
        assert all(archive.read(name).startswith(b"%PDF-") for name in names)
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == [job.result_file]


def test_a_day_s_einvoices_are_signed_and_summed(world, tmp_path):
    job = start(world, "einvoice_files", {"day": "2026-11-03"})
    with finished(job, tmp_path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    assert len(contents) == 3  # two invoices and a table
    pair = identity.test_identity(tmp_path / "einvoice", AT)
    proven = [signature.verify(content, pair.certificate) for content in contents.values()]
    (table,) = (one for one in proven if one.tag == "DLBTHop")
    rows = [int(row.findtext("TgTTToan")) for row in table.iter("DLieu") if len(row)]
    # 305,230 and 5,279,382 + 422,351: worked by hand in tests/flows
    assert sorted(rows) == [305_230, 5_701_733]


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("einvoice_files", {"day": "2026-11-03"}),
        ("invoice_pdfs", {"period_from": "2026-10-01"}),
    ],
)
def test_a_job_that_broke_ends_with_the_same_archive(world, tmp_path, monkeypatch, kind, params):
    first = start(world, kind, params)
    with finished(first, tmp_path) as archive:
        undisturbed = {name: archive.read(name) for name in archive.namelist()}
    second = operations.start_job(kind, params, title=kind, user=first.user, unit=first.unit, at=AT)
    module, name = {
        "einvoice_files": (einvoice_files, "_write"),
        "invoice_pdfs": (invoice_pdfs, "archive"),
    }[kind]
    real, calls = getattr(module, name), []

    def breaks(*given):
        calls.append(given)
        if len(calls) == 2 or name == "archive":
            raise OSError("disk full")
        return real(*given)

    with monkeypatch.context() as broken:
        broken.setattr(module, name, breaks)
        worker.run_worker(wait=False, concurrency=1)
    second.refresh_from_db()
    assert second.state == JobState.FAILED
    operations.resume(second, user=second.user, at=AT)
    with finished(second, tmp_path) as archive:
        assert {one: archive.read(one) for one in archive.namelist()} == undisturbed


def test_one_bad_bill_is_listed_and_stops_nobody(world, tmp_path):
    BillLine.objects.filter(bill=world.household_bill.pk, line_no=1).update(amount_vnd=99_201)
    with finished(start(world, "einvoice_files", {"day": "2026-11-03"}), tmp_path) as archive:
        names = archive.namelist()
        told = archive.read("khong-lap-duoc.txt").decode()
    assert len(names) == 3  # the other invoice, the table, the list
    assert f"{world.household_bill.pk}: bill" in told
    assert "cần 50 kWh x 1984 đ/kWh" in told


def test_a_job_is_limited_to_what_its_person_may_export_when_it_runs(world):
    job = start(world, "einvoice_files", {"day": "2026-11-03"})
    Grant.objects.all().delete()
    worker.run_worker(wait=False, concurrency=1)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "không còn quyền" in job.message


def test_from_the_page_to_the_archive(world, client, tmp_path):
    client.force_login(world.person("clerk", Role.CLERK, world.district))
    page = client.get("/bills/files").content.decode()
    assert "A0101" in page
    client.post("/bills/files/print", {"period_from": "2026-10-01", "book": "A0101"})
    worker.run_worker(wait=False, concurrency=1)
    assert [path.suffix for path in (tmp_path / "results").iterdir()] == [".zip"]
    assert client.post("/bills/files/sign", {"day": "nonsense"}).status_code == 404
