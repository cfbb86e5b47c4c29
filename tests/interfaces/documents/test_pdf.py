"""Printed bills: one page each, every figure on it, nothing of anybody else's."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import zxingcpp
from pypdf import PdfReader

import world_documents as world
from congto.interfaces.documents.explanation import why
from congto.interfaces.documents.labels import LABELS
from congto.interfaces.documents.pages import BrokenPdfError, Pages
from congto.interfaces.documents.pdf import pdf_bill, pdf_bills, pdf_book
from congto.interfaces.documents.printed import printed
from congto.interfaces.documents.vietqr import payload
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import Period
from congto.vocabulary.prices import Confidence


def texts(content: bytes) -> list[str]:
    pages = PdfReader(io.BytesIO(content), strict=True).pages
    return [" ".join(page.extract_text().split()) for page in pages]


def text(content: bytes) -> str:
    (only,) = texts(content)
    return only


def test_a_household_s_bill_says_it_all():
    said = text(pdf_bill(world.household()))
    for part in (
        "Nguyễn Thị Đào",
        "1K26TAA",
        "00000123",
        "PB00000000001",
        "1.334",
        "1.200",
        "99.200",
        "102.500",
        "80.920",
        "282.620",
        "22.610",
        "305.230",
        "Ba trăm linh năm nghìn hai trăm ba mươi đồng",
        "1279/QĐ-BCT",
        "10/05/2025",
        "08/11/2026",
        "01/10/2026 – 31/10/2026",
        "MẪU THỬ",
    ):
        assert part in said, part


def test_three_rates_and_reactive_power_are_explained():
    said = text(pdf_bill(world.factory()))
    for part in ("Cao điểm (CD)", "giờ thấp điểm", "cos φ 0,82", "k = 9,76 %", "4.509.510"):
        assert part in said, part
    assert "PB00000000700" in said  # the payer's code beside the user's


def test_a_replacement_carries_the_sentence_of_the_circular():
    said = text(pdf_bill(world.replacement()))
    # TT 91/2026/TT-BTC Art. 10(1)(b)
    assert "Thay thế cho hóa đơn Mẫu số 1 ký hiệu K26TAA số 77 ngày 03 tháng 10 năm 2026" in said
    assert "Điều chỉnh cho hóa đơn" in text(pdf_bill(world.adjustment()))


def test_english_on_request():
    said = text(pdf_bill(world.household(), "en"))
    assert "VAT INVOICE" in said
    assert "Amount due" in said
    assert "tier 3" in said
    assert "Ba trăm linh năm nghìn" in said


def test_both_languages_have_the_same_labels():
    assert LABELS["vi"].keys() == LABELS["en"].keys()


def test_prices_that_are_not_confirmed_are_marked():
    basis = replace(world.household().decisions[0], confidence=Confidence.RECALLED)
    said = text(pdf_bill(replace(world.household(), decisions=(basis,))))
    assert "giá chưa được xác nhận" in said
    assert "giá chưa được xác nhận" not in text(pdf_bill(world.household()))


def test_a_real_seller_has_no_watermark():
    document = world.household()
    said = text(pdf_bill(replace(document, seller=replace(document.seller, sample=False))))
    assert "MẪU THỬ" not in said


def test_one_file_each_with_nothing_of_the_others():
    documents = [
        replace(
            world.household(),
            bill=number,
            buyer=replace(world.BUYER, name=f"Khách Số {number} Hết"),
        )
        for number in range(1, 31)  # more than one batch
    ]
    files = list(pdf_bills(documents))
    assert len(files) == 30
    for number, content in enumerate(files, start=1):
        said = text(content)
        assert f"Khách Số {number} Hết" in said
        assert said.count("Khách Số") == 1


def test_a_cut_page_is_the_page_typeset_alone():
    documents = [make() for make in world.EVERY_KIND.values()]
    alone = [text(pdf_bill(document)) for document in documents]
    assert [text(content) for content in pdf_bills(documents)] == alone
    assert texts(pdf_book(documents)) == alone


def test_the_same_bill_gives_the_same_bytes():
    bill = world.household()
    content = pdf_bill(bill)
    assert content == pdf_bill(bill)
    # The file's dates, of which its number is made, are the bill's and not the clock's.
    made = PdfReader(io.BytesIO(content)).metadata.creation_date
    assert made.date() == bill.issued_on


def test_several_people_print_at_once():
    bills = [replace(world.household(), bill=number) for number in range(1, 9)]
    with ThreadPoolExecutor(4) as people:
        assert list(people.map(pdf_bill, bills)) == [pdf_bill(bill) for bill in bills]


def test_signs_of_the_template_language_in_a_name_are_printed_as_they_are():
    name = 'Quán "Bà \\u{41} \\" #pagebreak() $x$ *_`<a> [b] // c'
    bill = world.household()
    assert name in text(pdf_bill(replace(bill, buyer=replace(bill.buyer, name=name))))


def test_the_code_on_the_page_reads_back_as_the_payload():
    bill = world.factory()
    page = PdfReader(io.BytesIO(pdf_bill(bill))).pages[0]
    (picture,) = page["/Resources"]["/XObject"].values()
    grey = np.frombuffer(picture.get_object().get_data(), np.uint8)
    modules = grey.reshape(picture.get_object()["/Height"], -1)
    shown = np.pad(np.kron(modules, np.ones((4, 4), np.uint8)), 16, constant_values=255)
    (code,) = zxingcpp.read_barcodes(shown)
    assert (code.text, code.ec_level) == (payload(bill), "M")


def test_the_longest_usual_bill_fits():
    """A price change inside the period: two parts of six tiers, three meters of four registers."""
    lines = world.six_tiers().lines
    parts = [
        replace(line, part=Period(*days))
        for days in (
            (world.OCTOBER.start, world.OCTOBER.start.replace(day=11)),
            (world.OCTOBER.start.replace(day=11), world.OCTOBER.end),
        )
        for line in lines
    ]
    bill = replace(
        world.six_tiers(),
        rows=world.factory().rows * 2,
        lines=tuple(parts),
        energy_wh=2 * world.six_tiers().energy_wh,
        net_vnd=2 * 1_489_700,
        vat_vnd=2 * 119_176,
        gross_vnd=2 * 1_608_876,
    )
    bill = replace(bill, rows=tuple(replace(row, measured_wh=0) for row in bill.rows))
    scaled = (replace(bill.rows[0], measured_wh=bill.energy_wh), *bill.rows[1:])
    assert "(11/10/2026 – 31/10/2026)" in text(pdf_bill(replace(bill, rows=scaled)))


def test_a_bill_too_long_for_a_page_is_refused():
    line = world.household().lines[0]
    bill = replace(
        world.household(),
        rows=(),
        lines=(line,) * 60,
        energy_wh=60 * 50_000,
        net_vnd=60 * 99_200,
        vat_vnd=476_160,
        gross_vnd=60 * 99_200 + 476_160,
    )
    with pytest.raises(InvalidInputError, match="expected one page a bill"):
        pdf_bill(bill)


def test_what_does_not_add_up_is_not_printed():
    with pytest.raises(InvalidInputError, match="no document was made"):
        pdf_bill(replace(world.household(), net_vnd=1, gross_vnd=22_611))


def test_a_pdf_of_another_shape_is_refused():
    with pytest.raises(BrokenPdfError):
        Pages(b"%PDF-1.7\n\ntrailer\nstartxref\n9\n%%EOF")


def test_why_compares_with_last_month_and_last_year():
    # History: 134 kWh now, September 148.74, October 2025 120.6 (shares of 111 and 90 %).
    assert why(world.household(), "vi") == [
        "So với tháng 09/2026: dùng ít hơn 15 kWh (−10 %).",
        "So với tháng 10/2025: dùng nhiều hơn 13 kWh (+11 %).",
    ]


def test_why_tells_the_money_where_it_is_known():
    document = world.household()
    september = replace(document.history[-2], gross_vnd=345_000)
    told = why(replace(document, history=(september, document.history[-1])), "vi")
    assert told[0] == "So với tháng 09/2026: dùng ít hơn 15 kWh (−10 %), tiền giảm 39.770 đ."
    assert told[1] == "Mỗi kWh bớt dùng lúc này bớt 2.380 đ (giá bậc 3), chưa kể thuế."


def test_nothing_used_has_no_code_and_no_due_day():
    data = printed(world.nothing_used(), "vi")
    assert data["qr"] == []
    assert data["due"] == ""
    assert data["headline"] == "Không phải thanh toán"
