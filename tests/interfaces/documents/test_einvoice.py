"""E-invoices: what stands where, what is refused, and that a changed đồng breaks the signature."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from lxml import etree

import world_documents as world
from congto.interfaces.documents import einvoice, identity, signature
from congto.interfaces.documents.files import einvoice_file, summary_files
from congto.reference.einvoice import load_einvoice_rules
from congto.vocabulary.errors import InvalidInputError, NotInForceError
from congto.vocabulary.invoices import check_symbol

AT = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
RULES = load_einvoice_rules(date(2026, 11, 3))


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return identity.test_identity(tmp_path_factory.mktemp("identity"), AT)


@pytest.fixture(scope="module")
def signer(pair):
    return signature.Signer(pair)


@pytest.mark.parametrize("kind", world.EVERY_KIND)
def test_every_kind_is_signed_valid_and_proven(kind, signer, pair):
    document = world.EVERY_KIND[kind]()
    content = einvoice_file(document, RULES, signer, AT)
    data = signature.verify(content, pair.certificate)
    assert data.get("Id") == f"HD-1K26TAA-{document.number}"
    assert data.findtext("NDHDon/TToan/TgTTTBSo") == str(document.gross_vnd)


def test_what_stands_where(signer):
    root = etree.fromstring(einvoice_file(world.household(), RULES, signer, AT))
    said = {
        path: root.findtext(f"DLHDon/{path}")
        for path in (
            "TTChung/KHMSHDon",
            "TTChung/KHHDon",
            "TTChung/SHDon",
            "TTChung/NLap",
            "NDHDon/NBan/MST",
            "NDHDon/NMua/MKHang",
            "NDHDon/DSHHDVu/HHDVu[3]/SLuong",
            "NDHDon/DSHHDVu/HHDVu[3]/DGia",
            "NDHDon/DSHHDVu/HHDVu[3]/ThTien",
            "NDHDon/TToan/THTTLTSuat/LTSuat/TSuat",
            "NDHDon/TToan/TgTCThue",
            "NDHDon/TToan/TgTThue",
            "NDHDon/TToan/TgTTTBSo",
            "NDHDon/TToan/TgTTTBChu",
        )
    }
    assert list(said.values()) == [
        "1",
        "K26TAA",
        "123",
        "2026-11-03",
        "0100000001",
        "PB00000000001",
        "34",
        "2380",
        "80920",
        "8%",
        "282620",
        "22610",
        "305230",
        "Ba trăm linh năm nghìn hai trăm ba mươi đồng",
    ]
    extras = {row.findtext("TTruong"): row.findtext("DLieu") for row in root.iter("TTin")}
    assert extras["SO_HO"] == "1"
    assert extras["MA_QUYEN"] == "S0101"
    assert (extras["NGAY_DKY"], extras["NGAY_CKY"]) == ("2026-10-01", "2026-10-31")
    assert extras["CHI_SO_1"] == (
        "LOAI_BCS=KT;SO_CTO=CT20001;CS_CU=1200;CS_MOI=1334;HSN=1;SLUONG=134"
    )


def test_the_signature_lies_where_the_tax_authority_looks(signer):
    root = etree.fromstring(einvoice_file(world.household(), RULES, signer, AT))
    ds = {"ds": "http://www.w3.org/2000/09/xmldsig#"}
    place = root.find("DSCKS/NBan")
    assert [child.tag for child in place] == [f"{{{ds['ds']}}}Signature"]
    uris = [one.get("URI") for one in place.iterfind("ds:Signature/ds:SignedInfo/ds:Reference", ds)]
    assert uris[:2] == ["#HD-1K26TAA-123", "#SigningTime-NBan"]
    time = place.findtext(
        "ds:Signature/ds:Object/ds:SignatureProperties/ds:SignatureProperty/{*}SigningTime",
        namespaces=ds,
    )
    assert time == "2026-11-03T09:00:00+07:00"


def test_replacement_and_adjustment_name_their_original():
    found = {}
    for document in (world.replacement(), world.adjustment()):
        related = einvoice.build(document, RULES).find("DLHDon/TTChung/TTHDLQuan")
        found[document.number] = [(one.tag, one.text) for one in related]
    assert found[200] == [
        ("TCHDon", "1"),  # 1 replaces, 2 adjusts: QĐ 1450/QĐ-TCT
        ("LHDCLQuan", "1"),
        ("KHMSHDCLQuan", "1"),
        ("KHHDCLQuan", "K26TAA"),
        ("SHDCLQuan", "77"),
        ("NLHDCLQuan", "2026-10-03"),
        ("GChu", "Ghi sai chỉ số"),
    ]
    assert found[201][0] == ("TCHDon", "2")
    assert found[201][4] == ("SHDCLQuan", "123")


def test_a_decrease_is_negative(signer):
    root = etree.fromstring(einvoice_file(world.adjustment(), RULES, signer, AT))
    line = root.find("DLHDon/NDHDon/DSHHDVu/HHDVu")
    assert (line.findtext("SLuong"), line.findtext("ThTien")) == ("-20", "-47600")
    assert root.findtext("DLHDon/NDHDon/TToan/TgTTTBSo") == "-51408"
    assert root.findtext("DLHDon/NDHDon/TToan/TgTTTBChu").startswith("Âm năm mươi mốt nghìn")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<TgTTTBSo>305230</TgTTTBSo>", b"<TgTTTBSo>305231</TgTTTBSo>"),
        (b"Nguy\xe1\xbb\x85n", b"Nguyen"),
        (b"2026-11-03T09:00:00", b"2026-11-04T09:00:00"),
    ],
)
def test_one_changed_letter_breaks_the_signature(signer, pair, old, new):
    content = einvoice_file(world.household(), RULES, signer, AT)
    assert old in content
    with pytest.raises(InvalidInputError, match="signature does not hold"):
        signature.verify(content.replace(old, new), pair.certificate)


def test_the_signature_of_somebody_else_is_refused(signer, tmp_path):
    content = einvoice_file(world.household(), RULES, signer, AT)
    other = identity.test_identity(tmp_path, AT)
    with pytest.raises(InvalidInputError, match="signature does not hold"):
        signature.verify(content, other.certificate)


def test_signed_data_beside_the_data_prove_nothing(signer, pair):
    root = etree.fromstring(einvoice_file(world.household(), RULES, signer, AT))
    forged = etree.fromstring(etree.tostring(root[0]))
    forged.set("Id", "another")
    forged.find("NDHDon/TToan/TgTTTBSo").text = "1"
    root.insert(0, forged)
    with pytest.raises(InvalidInputError, match="other data than the file's own"):
        signature.verify(etree.tostring(root), pair.certificate)


def test_the_same_instant_gives_the_same_bytes(signer):
    first = einvoice_file(world.household(), RULES, signer, AT)
    assert einvoice_file(world.household(), RULES, signer, AT) == first


def test_the_pair_says_test_and_stays(tmp_path):
    first = identity.test_identity(tmp_path, AT)
    again = identity.test_identity(tmp_path, AT)
    assert first.certificate == again.certificate
    assert first.is_test
    assert "TEST" in first.certificate.subject.rfc4514_string()
    key = tmp_path / identity.TEST_KEY_FILE
    assert key.stat().st_mode & 0o077 == 0


def test_a_pair_of_the_utility_s_own_goes_first(tmp_path):
    test = identity.house_identity(tmp_path, AT)
    own = identity.test_identity(tmp_path / "elsewhere", AT)
    for name in (identity.KEY_FILE, identity.CERTIFICATE_FILE):
        (tmp_path / name).write_bytes((tmp_path / "elsewhere" / f"TEST_{name}").read_bytes())
    assert identity.house_identity(tmp_path, AT).certificate == own.certificate
    stranger = (tmp_path / identity.TEST_CERTIFICATE_FILE).read_bytes()
    (tmp_path / identity.CERTIFICATE_FILE).write_bytes(stranger)
    with pytest.raises(InvalidInputError, match="the matching pair"):
        identity.house_identity(tmp_path, AT)
    assert test.is_test


WRONG = {
    "net": ({"net_vnd": 282_621, "gross_vnd": 305_231}, "net amount 282.621 đ; expected 282.620 đ"),
    "vat": ({"vat_vnd": 22_609, "gross_vnd": 305_229}, "VAT 22.609 đ; expected 22.610 đ"),
    "gross": ({"gross_vnd": 305_231}, "total 305.231 đ; expected 305.230 đ"),
    "energy": ({"energy_wh": 135_000}, "energy 135 kWh; expected 134 kWh"),
    "number": ({"number": None}, "number None; expected a number from 1"),
    "series": ({"series": "K26ZAA"}, "invoice series 'K26ZAA'"),
    "year": ({"series": "K25TAA"}, "a series of the year, K26TAA"),
    "form": ({"form": "2"}, "invoice form '2'"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_add_up_never_leaves(what, signer):
    change, sentence = WRONG[what]
    with pytest.raises(InvalidInputError) as refused:
        einvoice_file(replace(world.household(), **change), RULES, signer, AT)
    assert sentence in refused.value.sentence()


def test_a_line_is_energy_times_price(signer):
    good = world.household()
    lines = (replace(good.lines[0], amount_vnd=99_201), *good.lines[1:])
    wrong = replace(good, lines=lines, net_vnd=282_621, gross_vnd=305_231)
    with pytest.raises(InvalidInputError, match=r"line 1 of 99\.201 đ; expected 50 kWh x 1984"):
        einvoice_file(wrong, RULES, signer, AT)


def test_readings_must_make_the_energy(signer):
    good = world.household()
    wrong = replace(good, rows=(replace(good.rows[0], measured_wh=133_000),))
    with pytest.raises(InvalidInputError, match="what its readings make: CT20001 total 133 kWh"):
        einvoice_file(wrong, RULES, signer, AT)


def test_energy_that_is_not_read_says_why(signer):
    good = world.household()
    rows = (replace(good.rows[0], measured_wh=100_000),)
    told = replace(good, rows=rows, energy_note="Tạm tính.")
    root = etree.fromstring(einvoice_file(told, RULES, signer, AT))
    extras = {row.findtext("TTruong"): row.findtext("DLieu") for row in root.iter("TTin")}
    assert extras["GHI_CHU_SLUONG"] == "Tạm tính."


def test_an_original_names_no_other_and_a_replacement_must(signer):
    with pytest.raises(InvalidInputError, match="replacement invoice without another invoice"):
        einvoice_file(replace(world.replacement(), original=None), RULES, signer, AT)


def test_the_schema_refuses_what_the_layout_has_no_place_for(signer):
    good = world.household()
    wrong = replace(good, buyer=replace(good.buyer, tax_code="12345"))
    with pytest.raises(InvalidInputError, match=r"MST.*12345.*the file was not written"):
        einvoice_file(wrong, RULES, signer, AT)


@pytest.mark.parametrize("series", ["K26TYY", "C26TAB", "K26XAB", "K26FAA"])
def test_series_of_the_circular(series):
    # TT 91/2026/TT-BTC Annex I: 7K26XAB is its own example; F is new in it.
    check_symbol("1", series, date(2026, 7, 1), RULES.symbol_letters)


def test_versions_are_dated():
    assert load_einvoice_rules(date(2022, 7, 1)).version == "2.0.0"
    assert load_einvoice_rules(date(2023, 1, 1)).version == "2.0.1"
    assert load_einvoice_rules(date(2026, 11, 3)).version == "2.1.0"
    with pytest.raises(NotInForceError):
        load_einvoice_rules(date(2020, 1, 1))


def test_the_day_summary(signer, pair):
    documents = [make() for make in world.EVERY_KIND.values()]
    documents = [replace(one, number=number) for number, one in enumerate(documents, start=1)]
    rules = replace(RULES, summary_rows_max=3)
    files = list(summary_files(documents, date(2026, 11, 3), rules, signer, AT))
    assert len(files) == 3  # seven invoices, three a table
    tables = [signature.verify(content, pair.certificate) for content in files]
    assert [table.findtext("TTChung/SBTHDLieu") for table in tables] == ["1", "2", "3"]
    assert tables[0].findtext("TTChung/KDLieu") == "03/11/2026"
    rows = [row for table in tables for row in table.iter("DLieu") if len(row)]
    assert [row.findtext("SHDon") for row in rows] == list("1234567")
    assert [row.findtext("TThai") for row in rows] == ["0", "0", "0", "0", "3", "2", "0"]
    assert sum(int(row.findtext("TgTTToan")) for row in rows) == sum(d.gross_vnd for d in documents)
    changed = files[0].replace(b"<TgTTToan>305230<", b"<TgTTToan>305231<")
    assert changed != files[0]
    with pytest.raises(InvalidInputError, match="signature does not hold"):
        signature.verify(changed, pair.certificate)


@pytest.mark.parametrize(
    "change", [{"series": "C26TAA"}, {"issued_on": date(2026, 11, 4)}, {"gross_vnd": 1}]
)
def test_the_summary_refuses_strangers(change, signer):
    documents = [world.household(), replace(world.household(), number=124, **change)]
    with pytest.raises(InvalidInputError):
        list(summary_files(documents, date(2026, 11, 3), RULES, signer, AT))
