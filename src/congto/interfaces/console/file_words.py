"""Files' sentences in Vietnamese: readers speak English, as commands and the API do.

A reader builds its sentence from a phrase and what stood in the file. A phrase is found again by
its fixed words, and what stood between them is put into its Vietnamese counterpart. A test asks
that every phrase of the readers is here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import get_language

from congto.interfaces.console.concentrator_words import OF_CONCENTRATORS
from congto.interfaces.console.phrases import Phrases
from congto.office.control.telling import sentence_of
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    import polars as pl

PHRASES = {
    # any table
    "the columns {}": "các cột {}",
    "the columns {}; may be there: {}": "các cột {}; có thể có: {}",
    "the columns {}, 00:00, 00:30 to 23:30": "các cột {}, 00:00, 00:30 đến 23:30",
    "save the file as UTF-8 and deliver it again": "lưu tệp theo UTF-8 rồi giao lại",
    "remove one of the two rows": "bỏ một trong hai dòng",
    "remove one of the two": "bỏ một trong hai",
    "{} is not UTF-8": "{} không theo UTF-8",
    "{} fields": "{} trường",
    "{} fields, as the header has": "{} trường như dòng tiêu đề",
    "correct the line; put a text that holds a comma in double quotes": (
        "sửa dòng; đặt đoạn có dấu phẩy trong dấu ngoặc kép"
    ),
    "file {} is not there": "không có tệp {}",
    "{} is empty": "{} trống",
    "{} stands already on line {}": "{} đã có ở dòng {}",
    "one row per {}": "một dòng cho mỗi {}",
    "rename the column {}": "đổi tên cột {}",
    "add it": "thêm cột đó",
    "{} line 1 lacks the column {}": "{} dòng 1 thiếu cột {}",
    "{} line 1 has the unknown column {}": "{} dòng 1 có cột lạ {}",
    "{} line 1 names a column twice": "{} dòng 1 ghi một cột hai lần",
    "UTF-8 text": "văn bản UTF-8",
    "a quote is not closed on its line": "dấu ngoặc kép không đóng trên cùng dòng",
    "a file with {}": "tệp có {}",
    "deliver the file or correct the folder's name": "giao tệp hoặc sửa tên thư mục",
    "a header with {}": "dòng tiêu đề có {}",
    "deliver the file again": "giao lại tệp",
    "remove or rename it": "bỏ hoặc đổi tên cột đó",
    "{} cannot be read as Parquet ({})": "{} không đọc được theo Parquet ({})",
    "a complete Parquet file": "tệp Parquet trọn vẹn",
    "{} line {} is not UTF-8 (byte 0x{})": "{} dòng {} không theo UTF-8 (byte 0x{})",
    "a file in UTF-8": "tệp theo UTF-8",
    "a whole number such as 1200, without separators": "số nguyên như 1200, không dấu phân cách",
    "a number such as 22.5, with a point": "số như 22.5, dùng dấu chấm",
    "a date such as 2026-10-31": "ngày như 2026-10-31",
    "true or false": "true hoặc false",
    "a list of 48 whole Wh, null where one is missing": "danh sách 48 số nguyên Wh, thiếu thì null",
    "{}, from {} to {}": "{}, từ {} đến {}",
    "{}, at least {}": "{}, ít nhất {}",
    "{} of at most {} characters": "{}, tối đa {} ký tự",
    "{} has {} values": "{} có {} giá trị",
    "{} is '{}'": "{} là “{}”",
    "correct the value": "sửa giá trị",
    "{}: the column {} is of type {}": "{}: cột {} có kiểu {}",
    "write the column with that type": "ghi cột theo kiểu đó",
    "one of {}": "một trong {}",
    "at most {}": "tối đa {}",
    "format {}": "định dạng {}",
    # points, channels and units
    "usage_point is empty": "usage_point trống",
    "the code of a usage point": "mã điểm đo",
    "correct the row": "sửa dòng",
    "channel '{}'": "kênh “{}”",
    "correct the channel": "sửa kênh",
    "unit '{}' does not fit channel {}": "đơn vị “{}” không hợp với kênh {}",
    "Wh, kWh or MWh for A+ and A-; varh, kvarh or Mvarh for Q+ and Q-": (
        "Wh, kWh hoặc MWh cho A+ và A-; varh, kvarh hoặc Mvarh cho Q+ và Q-"
    ),
    "correct the unit": "sửa đơn vị",
    "multiplier '{}'": "hệ số nhân “{}”",
    "a whole number such as 40, from the transformer ratios": "số nguyên như 40, theo tỷ số TU, TI",
    "correct the multiplier": "sửa hệ số nhân",
    "a number such as 250 or 0.250, or nothing where it is missing": (
        "số như 250 hoặc 0.250, thiếu thì để trống"
    ),
    "usage point {} is not known": "không có điểm đo {}",
    "the code of a usage point, or the number of a meter that hangs at one": (
        "mã điểm đo, hoặc số công tơ đang treo"
    ),
    "load the usage point first or correct the code": "nạp điểm đo trước hoặc sửa mã",
    "meter {} does not hang at {} on {}": "công tơ {} không treo ở {} ngày {}",
    "the meter that the books put there": "công tơ mà sổ ghi ở đó",
    "correct the serial number or load the installation first": (
        "sửa số công tơ hoặc nạp lần treo tháo trước"
    ),
    "{} is delivered with the multiplier {}": "{} được giao với hệ số nhân {}",
    "the multiplier of the meter in the books": "hệ số nhân của công tơ trong sổ",
    "correct the file or the meter's multiplier": "sửa tệp hoặc hệ số nhân của công tơ",
    # days and times
    "{} on {} has a value beyond 2,147,483 kWh": "{} ngày {} có giá trị quá 2.147.483 kWh",
    "at most 2,147,483 kWh in a half-hour": "tối đa 2.147.483 kWh mỗi nửa giờ",
    "correct the value or its unit": "sửa giá trị hoặc đơn vị",
    "each day once for a point, meter and channel": (
        "mỗi ngày một lần cho một điểm đo, công tơ và kênh"
    ),
    "remove one of the two; the first is taken": "bỏ một trong hai; dòng đầu được lấy",
    "{} on {} stands already on line {}": "{} ngày {} đã có ở dòng {}",
    "a value starts at {}": "một giá trị bắt đầu lúc {}",
    "starts every {} minutes from 00:00": "bắt đầu cách nhau {} phút kể từ 00:00",
    "correct the time, or say how long the intervals are (--minutes)": (
        "sửa giờ, hoặc ghi rõ độ dài của khoảng đo"
    ),
    "{} at {} stands already on line {}": "{} lúc {} đã có ở dòng {}",
    "{} on {} has {} values that stand already, the first on line {}": (
        "{} ngày {} có {} giá trị đã có trước, giá trị đầu ở dòng {}"
    ),
    "each interval once for a point, meter and channel": (
        "mỗi khoảng đo một lần cho một điểm đo, công tơ và kênh"
    ),
    "start is '{}'": "start là “{}”",
    "a time such as 2026-10-31T00:30 (local) or 2026-10-31T00:30:00+07:00": (
        "thời điểm như 2026-10-31T00:30 (giờ địa phương) hoặc 2026-10-31T00:30:00+07:00"
    ),
    "a time such as 2026-10-31T00:30:00+07:00": "thời điểm như 2026-10-31T00:30:00+07:00",
    "the time is '{}'": "thời điểm là “{}”",
    "correct the time": "sửa giờ",
    "{} line 1 has {} columns of values": "{} dòng 1 có {} cột giá trị",
    "{} line 1 has {} columns of values, which are hours": "{} dòng 1 có {} cột giá trị theo giờ",
    "{} columns named 00:00, 00:30 to 23:30, or of shorter intervals": (
        "{} cột tên 00:00, 00:30 đến 23:30, hoặc của khoảng ngắn hơn"
    ),
    "deliver whole days, each interval under its start": (
        "giao trọn ngày, mỗi khoảng dưới giờ bắt đầu của nó"
    ),
    "local_day is '{}'": "local_day là “{}”",
    "correct the date": "sửa ngày",
    "a list of {} values, null where one is missing": "danh sách {} giá trị, thiếu thì null",
    "a list of the day's values": "danh sách các giá trị của ngày",
    "deliver half-hours, or have hours halved (--halve-hours), marked as estimated": (
        "giao nửa giờ, hoặc chọn chia đôi giá trị theo giờ (đánh dấu ước tính)"
    ),
    "intervals of {} minutes": "khoảng đo {} phút",
    "{} values": "{} giá trị",
    "{} values and {} fields": "{} giá trị và {} trường",
    "the day has {} values": "ngày có {} giá trị",
    "the day has {} fields": "ngày có {} trường",
    "deliver the whole day again": "giao lại trọn ngày",
    # qualities
    "the day has quality V, and its records 400 do not cover it": (
        "ngày có chất lượng V mà các dòng 400 không phủ hết"
    ),
    "records 400 for the intervals 1 to {}, one after the other": (
        "các dòng 400 nối nhau cho khoảng 1 đến {}"
    ),
    "deliver the day with all its records 400": "giao lại ngày với đủ các dòng 400",
    "quality '{}'": "chất lượng “{}”",
    "correct the quality": "sửa chất lượng",
    "reason '{}'": "lý do “{}”",
    "a reason code from 0 to 99, or nothing": "mã lý do từ 0 đến 99, hoặc để trống",
    "correct the reason code": "sửa mã lý do",
    "record 400 stands beneath a day of quality {}": "dòng 400 đứng dưới một ngày chất lượng {}",
    "quality V in the day above": "chất lượng V ở ngày phía trên",
    "correct the day's quality; it is taken as it stands there": (
        "sửa chất lượng của ngày; ngày được lấy theo chất lượng đang ghi"
    ),
    "record 400 speaks of the intervals {} to {}": "dòng 400 nói về khoảng {} đến {}",
    "numbers from 1 to {}, rising": "số từ 1 đến {}, tăng dần",
    "correct the numbers": "sửa các số",
    "A, S, F, E or N with the method, as S17": "A, S, F, E hoặc N kèm phương pháp, như S17",
    "A, S, F, E or N with the method, as S17, or V": (
        "A, S, F, E hoặc N kèm phương pháp, như S17, hoặc V"
    ),
    # NEM12
    "a number such as 0.250, or nothing where it is missing": "số như 0.250, thiếu thì để trống",
    "a day (300) stands before any point (200)": "ngày (300) đứng trước mọi điểm đo (200)",
    "record 200 above the days of a point": "dòng 200 đứng trên các ngày của điểm đo",
    "deliver the file with the missing record": "giao lại tệp có dòng còn thiếu",
    "the day is '{}'": "ngày là “{}”",
    "a day such as 20261031": "ngày như 20261031",
    "correct the day": "sửa ngày",
    "value {} is '{}'": "giá trị thứ {} là “{}”",
    "correct the record; the days beneath it are left out": "sửa dòng; các ngày dưới nó bị bỏ",
    "record 200 names no point": "dòng 200 không ghi điểm đo",
    "the code of the usage point as its second field": "mã điểm đo ở trường thứ hai",
    "suffix '{}' is no channel": "hậu tố “{}” không phải kênh",
    "E (A+), B (A-), Q (Q+) or K (Q-), with the number of the stream": (
        "E (A+), B (A-), Q (Q+) hoặc K (Q-), kèm số thứ tự"
    ),
    "unit '{}' does not fit suffix {}": "đơn vị “{}” không hợp với hậu tố {}",
    "KWH, WH or MWH for E and B; KVARH, VARH or MVARH for Q and K": (
        "KWH, WH hoặc MWH cho E và B; KVARH, VARH hoặc MVARH cho Q và K"
    ),
    "intervals of '{}' minutes": "khoảng đo “{}” phút",
    "the records 100, 200, 300 and 900": "các dòng 100, 200, 300 và 900",
    "a record 100, 200, 300, 400, 500 or 900": "dòng 100, 200, 300, 400, 500 hoặc 900",
    "remove or correct the line": "bỏ hoặc sửa dòng",
    "record 100,NEM12,... as the first line": "dòng đầu là 100,NEM12,...",
    "deliver the file with its first line; its days are read all the same": (
        "giao lại tệp có dòng đầu; các ngày vẫn được đọc"
    ),
    "record 900 as the last line": "dòng cuối là 900",
    "deliver the file again, it is cut off; what stands before is read": (
        "giao lại tệp, tệp bị cắt; phần trước chỗ cắt vẫn được đọc"
    ),
    "the line begins with '{}'": "dòng bắt đầu bằng “{}”",
    "{} line {} begins with '{}'": "{} dòng {} bắt đầu bằng “{}”",
    "the file begins with '{}'": "tệp bắt đầu bằng “{}”",
    "the file ends with record {}": "tệp kết thúc bằng dòng {}",
    "a NEM12 file with the records 100, 200, 300 and 900": (
        "tệp NEM12 có các dòng 100, 200, 300 và 900"
    ),
    "deliver such a file or name the format it has": "giao tệp như vậy hoặc chọn đúng định dạng",
    # XML, JSON, workbooks
    "a Green Button feed with IntervalBlock and ReadingType": (
        "nguồn Green Button có IntervalBlock và ReadingType"
    ),
    "correct the reading type; the block's values are left out": (
        "sửa loại số đo; các giá trị của khối bị bỏ"
    ),
    "energy of intervals: accumulation 4, unit 72 or 73, power of ten 0 or 3": (
        "điện năng theo khoảng: accumulation 4, đơn vị 72 hoặc 73, lũy thừa mười 0 hoặc 3"
    ),
    "a reading type of {} minutes, unit {}, power of ten {}": (
        "loại số đo {} phút, đơn vị {}, lũy thừa mười {}"
    ),
    "a value starts at '{}' and lasts '{}' seconds": "giá trị bắt đầu lúc “{}”, dài “{}” giây",
    "seconds since 1970, and {} as the reading type says": (
        "số giây kể từ 1970, và {} như loại số đo ghi"
    ),
    "a block has no reading type": "một khối không có loại số đo",
    "a ReadingType": "một ReadingType",
    "MeterReadings of IEC 61968-9 with IntervalBlocks": (
        "MeterReadings của IEC 61968-9 có IntervalBlocks"
    ),
    "a block names neither usage point nor meter": "một khối không ghi điểm đo, không ghi công tơ",
    "UsagePoint or Meter with mRID": "UsagePoint hoặc Meter có mRID",
    "correct the reading type": "sửa loại số đo",
    "reading type '{}'": "loại số đo “{}”",
    "18 numbers such as {}": "18 số như {}",
    "reading type {}": "loại số đo {}",
    "correct the block; its values are left out": "sửa khối; các giá trị của nó bị bỏ",
    "reading type {} is no energy of an interval": "loại số đo {} không phải điện năng theo khoảng",
    "a delta (4) of Wh or varh": "hiệu số (4) của Wh hoặc varh",
    "reading type {} has the power of ten {}": "loại số đo {} có lũy thừa mười {}",
    "0, 3 or 6": "0, 3 hoặc 6",
    "a JSON object a line with {}": "mỗi dòng một đối tượng JSON có {}",
    "{} cannot be read as JSON lines ({})": "{} không đọc được theo dòng JSON ({})",
    "an object a line with {}": "mỗi dòng một đối tượng có {}",
    "the row has a value that no column is named for": "dòng có giá trị không thuộc cột nào",
    "values beneath the names of the first row": "giá trị dưới các tên cột ở dòng đầu",
    "remove the value or name its column": "bỏ giá trị hoặc đặt tên cho cột của nó",
    "{} cannot be read as a workbook ({})": "{} không đọc được như bảng tính ({})",
    "a complete .xlsx file": "tệp .xlsx trọn vẹn",
    "save the workbook again": "lưu lại bảng tính",
    "{} is not named as a workbook": "{} không có tên của bảng tính",
    "{} days for one sheet": "{} ngày cho một trang tính",
    "a name that ends in .xlsx": "tên có đuôi .xlsx",
    "save it as .xlsx or name the format it has": "lưu thành .xlsx hoặc chọn đúng định dạng",
    "export fewer days or points, or another format": (
        "xuất ít ngày hoặc ít điểm hơn, hoặc định dạng khác"
    ),
    "{} line {} is not XML ({})": "{} dòng {} không phải XML ({})",
    "the file breaks off ({})": "tệp bị cắt ({})",
    "{} line {}: the file breaks off within its first {} ({})": (
        "{} dòng {}: tệp bị cắt ngay trong {} đầu tiên ({})"
    ),
    "deliver the file again, it is cut off; nothing in it is whole": (
        "giao lại tệp, tệp bị cắt; không phần nào trọn vẹn"
    ),
    "deliver the file again, it is cut off; the values at the cut are left out, their reading type"
    " stands behind it": (
        "giao lại tệp, tệp bị cắt; các giá trị ở chỗ cắt bị bỏ vì loại số đo nằm sau chỗ cắt"
    ),
    "deliver the file again, it is cut off; the values at the cut are left out, whose they are"
    " stands behind it": (
        "giao lại tệp, tệp bị cắt; các giá trị ở chỗ cắt bị bỏ vì điểm đo ghi sau chỗ cắt"
    ),
    "the end of it": "phần cuối của tệp",
    "the file breaks off within the line": "tệp bị cắt giữa dòng",
    "the line's values are no list of whole numbers": (
        "values của dòng không phải danh sách số nguyên"
    ),
    # meter events
    "EndDeviceEvents of IEC 61968-9": "EndDeviceEvents của IEC 61968-9",
    "a day from 2000-01-01 on": "ngày từ 01/01/2000",
    "a time such as 2026-10-31T00:30:10 (local) or 2026-10-31T00:30:10+07:00": (
        "thời điểm như 2026-10-31T00:30:10 (giờ địa phương) hoặc 2026-10-31T00:30:10+07:00"
    ),
    "a whole number such as 45 or -1200": "số nguyên như 45 hoặc -1200",
    "an end only of {}": "lúc kết thúc chỉ có ở {}",
    "correct the event": "sửa sự kiện",
    "correct the line": "sửa dòng",
    "correct the number": "sửa số",
    "correct the times": "sửa thời điểm",
    "ended_at not before began_at": "ended_at không trước began_at",
    "event '{}'": "sự kiện “{}”",
    "leave ended_at empty": "để trống ended_at",
    "leave seconds empty": "để trống seconds",
    "look at the meter's clock, then deliver the event with its true time": (
        "xem đồng hồ của công tơ, rồi giao lại sự kiện với thời điểm đúng"
    ),
    "one of {}, or a code such as 3.26.0.47 or dlms:1": (
        "một trong {}, hoặc mã như 3.26.0.47 hay dlms:1"
    ),
    "seconds is '{}'": "seconds là “{}”",
    "seconds only of {}": "seconds chỉ có ở {}",
    "the code of a usage point or the number of a meter": "mã điểm đo hoặc số công tơ",
    "the columns {} and usage_point or meter": "các cột {} và usage_point hoặc meter",
    "meter {} hangs nowhere on {}": "công tơ {} không treo ở đâu ngày {}",
    "a meter that the books put at a usage point on that day": (
        "công tơ mà sổ ghi ở một điểm đo ngày đó"
    ),
    "meter {} hung at two usage points on {}": "công tơ {} treo ở hai điểm đo trong ngày {}",
    "the usage point beside the meter on a day of moving it": (
        "điểm đo ghi cạnh công tơ vào ngày chuyển"
    ),
    "name the usage point": "ghi điểm đo",
    "a time that is not ahead of now": "thời điểm không ở tương lai",
    "the event ends before it begins": "sự kiện kết thúc trước khi bắt đầu",
    "the event is of {}": "sự kiện là của ngày {}",
    "the event names neither usage point nor meter": (
        "sự kiện không ghi điểm đo, không ghi công tơ"
    ),
    "the line has the unknown name '{}'": "dòng có tên lạ “{}”",
    "the line is no JSON: '{}'": "dòng không phải JSON: “{}”",
    "the line is no object: '{}'": "dòng không phải một đối tượng: “{}”",
    "{} has an end": "{} có lúc kết thúc",
    "{} has no EndDeviceEvent": "{} không có EndDeviceEvent nào",
    "{} has no line that is an event": "{} không có dòng nào là sự kiện",
    "{} has seconds": "{} có seconds",
    # the file itself
    "the file of delivery {} is not in {}": "tệp của lần giao {} không có ở {}",
    "deliver it again under another delivery id": "giao lại với mã lần giao khác",
    "{} has more than {} bytes": "{} lớn hơn {} byte",
    "a file of one day, or of fewer meters": "tệp của một ngày, hoặc của ít công tơ hơn",
    "deliver it in parts": "giao thành nhiều phần",
    # formats
    "NEM12: a row per meter-day, quality by ranges": "NEM12: mỗi công tơ mỗi ngày một dòng",
    "IEC 61968-9 MeterReadings (XML)": "IEC 61968-9 MeterReadings (XML)",
    "Green Button, ESPI (XML)": "Green Button, ESPI (XML)",
    "table, a row per day": "Bảng, mỗi ngày một dòng",
    "table, a row per value": "Bảng, mỗi giá trị một dòng",
    "a JSON object a line, as REST takes": "JSON, mỗi dòng một đối tượng như REST nhận",
    "meter events, table": "Sự kiện công tơ, bảng",
    "meter events, IEC 61968-9 EndDeviceEvents (XML)": (
        "Sự kiện công tơ, IEC 61968-9 EndDeviceEvents (XML)"
    ),
    "meter events, a JSON object a line, as REST takes": (
        "Sự kiện công tơ, JSON, mỗi dòng một đối tượng như REST nhận"
    ),
    "workbook with a wide or long table": "Bảng tính XLSX",
}

PHRASES |= OF_CONCENTRATORS

IN_VIETNAMESE = Phrases(PHRASES)

SENTENCE = re.compile(r"(?P<found>.+?); expected (?P<rest>.+; .+?)\.", re.DOTALL)


def phrase(text: str) -> str:
    """Return a phrase of a reader in the language in use; one that nobody knows as it is."""
    return IN_VIETNAMESE.of(text) if get_language() == "vi" else text


def whole(text: str) -> str:
    """Return a whole sentence, as an error of a file says it, in the language in use."""
    parts = SENTENCE.fullmatch(text)
    if get_language() != "vi" or parts is None:
        return text
    expected, action = _parted(parts["rest"])
    return f"{phrase(parts['found'])}; cần {phrase(expected)}; {phrase(action)}."


def _parted(rest: str) -> tuple[str, str]:
    """Part what is expected from what is to be done; both may hold a semicolon themselves."""
    parts = rest.split("; ")
    cuts = [("; ".join(parts[:at]), "; ".join(parts[at:])) for at in range(len(parts) - 1, 0, -1)]
    return next(
        ((expected, action) for expected, action in cuts if phrase(action) != action), cuts[0]
    )


def told(error: CongtoError) -> str:
    """Return what an error says, where a reader may have raised it."""
    parts = {"expected": phrase(error.expected), "action": phrase(error.action)}
    return sentence_of(CongtoError(phrase(error.found), **parts))


def rows(errors: pl.DataFrame) -> list[str]:
    """Write rows of ROW_ERRORS as sentences in the language in use, one a row."""
    vi = get_language() == "vi"
    shape = "{} dòng {}: {}; cần {}; {}." if vi else "{} line {}: {}; expected {}; {}."
    return [
        shape.format(file, line, phrase(found), phrase(expected), phrase(action))
        for file, line, found, expected, action in errors.select(
            "file", "line", "found", "expected", "action"
        ).iter_rows()
    ]
