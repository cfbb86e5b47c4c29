"""What is said of rows of devices, in Vietnamese: operations and readers of files speak English.

A test asks that every phrase of theirs is here.
"""

from __future__ import annotations

from django.utils.translation import get_language

from congto.interfaces.console.phrases import Phrases
from congto.office.control.telling import sentence_of
from congto.vocabulary.errors import CongtoError

PHRASES = {
    # the meter
    "meter {} is not in the books": "công tơ {} chưa có trong sổ",
    "a meter of meters.csv": "công tơ có trong meters.csv",
    "load the meter first or correct the serial": "nạp công tơ trước hoặc sửa số công tơ",
    "meter {} hangs nowhere on {}": "công tơ {} không treo ở điểm đo nào ngày {}",
    "a meter at a usage point": "công tơ đang treo ở một điểm đo",
    "hang the meter first: its readings belong to a point": (
        "treo công tơ trước: số liệu thuộc về điểm đo"
    ),
    "the device of meter {} is retired": "thiết bị của công tơ {} đã gỡ",
    "a device in use": "thiết bị đang dùng",
    "take it into use again in the console": "đưa vào dùng lại trên màn hình",
    "no device of this meter is in the books": "chưa có thiết bị của công tơ này trong sổ",
    "a device": "một thiết bị",
    "add the device first": "thêm thiết bị trước",
    "the books have another {} for meter {}": "sổ đang ghi {} khác cho công tơ {}",
    "what the books hold": "như trong sổ",
    "change the device in the console, or correct the row": (
        "đổi thiết bị trên màn hình hoặc sửa dòng"
    ),
    # where it is
    "unit {} is not known": "không có đơn vị {}",
    "a code of units.csv, or none": "mã trong units.csv, hoặc để trống",
    "correct the code or leave it empty": "sửa mã hoặc để trống",
    "port {}": "cổng {}",
    "1 to 65535": "1 đến 65535",
    "correct the port": "sửa cổng",
    "logical device {}": "thiết bị logic {}",
    "logical_device {}": "thiết bị logic {}",
    "1 to 16383": "1 đến 16383",
    "leave it empty where the meter is alone at its address": (
        "để trống nếu địa chỉ chỉ có một công tơ"
    ),
    "a cell of {} characters": "trạm sóng dài {} ký tự",
    "40 at most": "nhiều nhất 40",
    "shorten it": "viết ngắn lại",
    "{} is the address of meter {}": "{} là địa chỉ của công tơ {}",
    "an address of its own": "địa chỉ riêng",
    "correct the address, or retire the other device": "sửa địa chỉ, hoặc gỡ thiết bị kia",
    "host {}": "địa chỉ {}",
    "a name or address, as 10.1.2.3": "tên hoặc địa chỉ, như 10.1.2.3",
    "correct it": "sửa lại",
    "no address, and the device is called directly": (
        "không có địa chỉ, mà thiết bị được đọc trực tiếp"
    ),
    "a host, or path concentrator": "địa chỉ, hoặc path là concentrator",
    "fill in the host or name the concentrator": "điền địa chỉ hoặc ghi bộ tập trung",
    "concentrator {} is not in the books": "bộ tập trung {} chưa có trong sổ",
    "a code of a concentrator": "mã một bộ tập trung",
    "add the concentrator first or correct the code": "thêm bộ tập trung trước hoặc sửa mã",
    "{} {} stands in line {} already": "{} {} đã có ở dòng {}",
    "each device once": "mỗi thiết bị một lần",
    "remove one of the two rows": "bỏ một trong hai dòng",
    # the model
    "it is not known": "không có",
    "profile {}: {}": "mẫu {}: {}",
    "a profile of the model": "mẫu của loại công tơ",
    "write the profile first or correct the name": "viết mẫu trước hoặc sửa tên",
    "profile {} needs {}, and the row has none": "mẫu {} cần {}, mà dòng không có",
    "the keys and passwords of the meter": "khóa và mật khẩu của công tơ",
    "import the maker's shipment file of this meter": (
        "nạp hồ sơ giao khóa của nhà sản xuất cho công tơ này"
    ),
    "profile {} seals messages, and the meter's system title is not given": (
        "mẫu {} mã hóa bản tin, mà thiếu system title của công tơ"
    ),
    "16 hexadecimal digits": "16 chữ số thập lục phân",
    "take it from the maker's shipment file": "lấy trong hồ sơ giao khóa của nhà sản xuất",
    "{} {}, and profile {} has {}": "{} {}, mà mẫu {} ghi {}",
    "what the profile says": "như mẫu",
    "choose the profile of the model, or write one": "chọn mẫu đúng loại, hoặc viết mẫu mới",
    "system title {}": "system title {}",
    "system title {} is that of meter {}": "system title {} là của công tơ {}",
    "a title of its own: it names the meter in ciphered messages": (
        "mỗi công tơ một system title: nó gọi tên công tơ trong bản tin mã hóa"
    ),
    "correct the row, or retire the other device": "sửa dòng, hoặc gỡ thiết bị kia",
    # secrets, never their values
    "{} key of {} bytes": "khóa {} dài {} byte",
    "16 bytes, of suite 2: 32": "16 byte, bộ mật mã 2: 32",
    "look at the form of keys in the adapter": "xem dạng ghi khóa trong bộ chuyển",
    "{} is empty": "{} trống",
    "a value": "một giá trị",
    "leave the column out": "bỏ cột",
    "keys of 16 and of 32 bytes": "khóa 16 byte lẫn 32 byte",
    "keys of one suite": "khóa của một bộ mật mã",
    "correct the file": "sửa tệp",
    "a change of {} of meter {} is under way": "đang đổi {} của công tơ {}",
    "a change that is proved or given up": "lần đổi đã chứng minh hoặc đã bỏ",
    "finish the change first": "làm xong lần đổi trước",
    "the secrets of the books": "khóa như trong sổ",
    "change keys by a command; where the file is right, replace them": (
        "đổi khóa bằng lệnh; nếu tệp đúng thì thay khóa trong sổ"
    ),
    "{} cannot be read": "không đọc được {}",
    "hexadecimal digits": "chữ số thập lục phân",
    "hexadecimal digits, wrapped under the transport key given": (
        "chữ số thập lục phân, bọc bằng khóa vận chuyển đã đưa"
    ),
    "look at the form in the adapter, or ask the maker": (
        "xem dạng ghi trong bộ chuyển, hoặc hỏi nhà sản xuất"
    ),
    "check that the transport key is that of this shipment": (
        "kiểm tra khóa vận chuyển có phải của lô này"
    ),
    # certificates
    "profile {} needs certificates for {}, and the row has none": (
        "mẫu {} cần chứng thư cho {}, mà dòng không có"
    ),
    "the certificates of the meter": "chứng thư của công tơ",
    "the books have another certificate for {} of meter {}": (
        "sổ đang ghi chứng thư khác cho {} của công tơ {}"
    ),
    "the certificates of the books": "chứng thư như trong sổ",
    "where the file is right, replace them": "nếu tệp đúng thì thay chứng thư trong sổ",
    "a certificate in DER, hexadecimal digits or base64": (
        "chứng thư dạng DER, ghi bằng chữ số thập lục phân hoặc base64"
    ),
    # cells of the file
    "{} cells": "{} ô",
    "{}, as the header": "{} như dòng tiêu đề",
    "correct the line": "sửa dòng",
    "a whole number": "số nguyên",
    "path {}": "path {}",
    "correct the word": "sửa từ",
    # the whole file
    "{}: adapter {} says that keys are wrapped": "{}: bộ chuyển {} cho biết khóa được bọc",
    "the transport key": "khóa vận chuyển",
    "Give the file that holds it": "Đưa tệp chứa khóa đó",
    "{}: no adapter knows all its columns: {}": "{}: không bộ chuyển nào biết hết các cột: {}",
    "the columns of {}": "các cột của {}",
    "Name the adapter, or write one for this maker": (
        "Chọn bộ chuyển, hoặc viết bộ chuyển cho nhà sản xuất này"
    ),
    "{}: byte {} is not {}": "{}: byte {} không theo {}",
    "text in {}": "văn bản theo {}",
    "column {} is missing": "thiếu cột {}",
    "column {} is not known": "cột lạ {}",
    "a column stands there twice": "có cột ghi hai lần",
    "{}, line 1: {}": "{}, dòng 1: {}",
    "the columns of adapter {}": "các cột của bộ chuyển {}",
    "Name another adapter, or list the column under `ignored`": (
        "Chọn bộ chuyển khác, hoặc ghi cột vào `ignored`"
    ),
    "adapter {}": "bộ chuyển {}",
    "one of {}": "một trong {}",
}
IN_VIETNAMESE = Phrases(PHRASES)


def phrase(text: str) -> str:
    """Return a phrase in the language in use; one that nobody knows as it is."""
    return IN_VIETNAMESE.of(text) if get_language() == "vi" else text


def told(error: CongtoError) -> str:
    """Return what an error about a whole file says, in the language in use."""
    parts = {"expected": phrase(error.expected), "action": phrase(error.action)}
    return sentence_of(CongtoError(phrase(error.found), **parts))
