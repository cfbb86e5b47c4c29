"""VietQR payloads against published vectors."""

import json
import re

import pytest

import world_documents as world
from congto.interfaces.documents import vietqr
from congto.vocabulary.errors import InvalidInputError

# Published by napas-qr; the CRC was computed again by another program.
PUBLISHED = (
    "00020101021238530010A0000007270123000697041601092245284790208QRIBFTTA5303704540510000"
    "5802VN62340107NPS68690819TRANSFER TO SOMEONE6304AC13"
)


def test_the_check_value_of_the_crc():
    assert vietqr.crc16(b"123456789") == 0x29B1  # the algorithm's published check value


def test_the_published_vector():
    found = vietqr.transfer(
        "970416", "224528479", 10_000, bill="NPS6869", purpose="TRANSFER TO SOMEONE"
    )
    assert found == PUBLISHED


# A transfer without amount to account 0011012345678 of bank 970403, as NAPAS's examples have it
# (recalled; its CRC was computed again and is equal).
STATIC = (
    "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F"
)


def test_a_static_code_has_no_amount():
    assert vietqr.transfer("970403", "0011012345678", None) == STATIC


def test_a_customers_static_code_names_the_customer_and_no_bill():
    found = vietqr.standing(world.household())
    assert found.startswith("000201010211")
    assert "5303704" + "5802VN" + "6217" + "0813PB00000000001" + "6304" in found
    assert vietqr.sealed(found[:-8]) == found


@pytest.mark.shared
def test_the_crc_of_public_payloads(shared):
    vectors = json.loads((shared / "data" / "vietqr" / "vectors.json").read_text(encoding="utf-8"))
    texts = re.findall(r"000201[^\"\\]*?6304[0-9A-F]{4}", json.dumps(vectors, ensure_ascii=False))
    agree = [text for text in texts if text.isascii() and vietqr.sealed(text[:-8]) == text]
    assert len(agree) >= 5


def test_a_bill_pays_itself():
    found = vietqr.payload(world.household())
    # 54: 305230 in six digits; 62: 01 "1K26TAA123" (10), 08 "PB00000000001 T10 2026" (22).
    assert "5406305230" in found
    assert "62400110" + "1K26TAA123" + "0822" + "PB00000000001 T10 2026" in found
    assert vietqr.sealed(found[:-8]) == found


@pytest.mark.parametrize("kind", ["adjustment", "nothing used"])
def test_nothing_to_pay_has_no_code(kind):
    assert vietqr.payload(world.EVERY_KIND[kind]()) == ""


def test_a_wrong_account_is_refused():
    with pytest.raises(InvalidInputError, match="six digits of the bank"):
        vietqr.transfer("9704", "1", 1, bill="A", purpose="B")


def test_letters_outside_ascii_become_plain_capitals():
    assert vietqr.ascii_capitals("Tiền điện tháng 10/2026 của khách") == "TIEN DIEN THANG 102026 CU"
