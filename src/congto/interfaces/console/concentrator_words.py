"""Sentences on files of concentrators and of our own head end in Vietnamese; see file_words."""

from __future__ import annotations

OF_CONCENTRATORS = {
    # messages of IEC 61968-9 that ask for a reading, and our own registers
    "{} has other columns than registers of the head end": (
        "{} có cột khác với tệp chỉ số của đầu đọc xa"
    ),
    "line {}: a device without a name": "dòng {}: thiết bị không có tên",
    "the message names no device": "bản tin không nêu thiết bị nào",
    "EndDevice, Meter or UsagePoint with mRID": "EndDevice, Meter hoặc UsagePoint có mRID",
    "mRID or Names/name": "mRID hoặc Names/name",
    "a register such as {} or half-hours such as {}": "một thanh ghi như {} hoặc nửa giờ như {}",
    "line {}: reading type '{}'": "dòng {}: loại số đọc '{}'",
    "{} has a quote in a place where none can be": "{} có dấu ngoặc kép ở chỗ không thể có",
    "quotes around whole fields": "dấu ngoặc kép bao trọn trường",
    # the file
    "the fields {}": "các trường {}",
    "a file in {}, as adapter {} says": "tệp theo bảng mã {} như bộ chuyển {} ghi",
    "correct the adapter's encoding or deliver the file again": (
        "sửa bảng mã trong bộ chuyển hoặc giao lại tệp"
    ),
    "{} is not in the encoding {}": "{} không theo bảng mã {}",
    "{} has {} lines": "{} có {} dòng",
    "{} lines before {}": "{} dòng trước {}",
    "{} line {} lacks the column {} of adapter {}": "{} dòng {} thiếu cột {} của bộ chuyển {}",
    "{} line {} names a column twice": "{} dòng {} ghi một cột hai lần",
    "correct the adapter{} or deliver a file of this format": (
        "sửa bộ chuyển{} hoặc giao tệp đúng định dạng này"
    ),
    " (the file has {})": " (tệp có {})",
    "{} fields, as the first line has": "{} trường như dòng đầu",
    "correct the line; put a text that holds the delimiter in double quotes": (
        "sửa dòng; đặt đoạn có dấu phân cách trong dấu ngoặc kép"
    ),
    "the last line breaks off": "dòng cuối bị đứt",
    "the file ends without its last line": "tệp kết thúc mà thiếu dòng cuối",
    "a last line {}": "dòng cuối {}",
    "a whole line": "một dòng trọn vẹn",
    "the last line says {} rows, {} stand before it": "dòng cuối ghi {} dòng, trước nó có {} dòng",
    "as many rows as the last line says": "đủ số dòng mà dòng cuối ghi",
    "deliver the file again, rows are missing or too many; those that are there are read": (
        "giao lại tệp vì thiếu hoặc thừa dòng; những dòng đang có vẫn được đọc"
    ),
    "{} has no line that adapter {} can read": "{} không có dòng nào đọc được bằng bộ chuyển {}",
    "an object as the adapter says": "một đối tượng như bộ chuyển mô tả",
    "a field of the line is of another kind ({})": "một trường của dòng thuộc kiểu khác ({})",
    # meters, times, codes
    "the meter is '{}'": "công tơ là '{}'",
    "the number of a meter": "số của một công tơ",
    "a text that fits {}": "chuỗi khớp với {}",
    "correct the row, or the adapter's pattern": "sửa dòng, hoặc sửa mẫu trong bộ chuyển",
    "a time written as {}": "thời điểm viết theo {}",
    "a date or an instant": "một ngày hoặc một thời điểm",
    "correct the row, or the adapter's time": "sửa dòng, hoặc sửa thời gian trong bộ chuyển",
    "the time is {}": "thời điểm là {}",
    "a bound of an interval of {} minutes": "mốc của một khoảng {} phút",
    "a day, or 00:00 of it": "một ngày, hoặc 00:00 của ngày",
    "look at the meter's clock; the row is left out": "xem đồng hồ của công tơ; dòng này bị bỏ",
    "rows have the code '{}'": "có dòng mang mã '{}'",
    "name the code in the adapter if its values are wanted; its rows are left out": (
        "ghi mã này vào bộ chuyển nếu cần số liệu; các dòng của nó bị bỏ"
    ),
    # values
    "the status is '{}'": "trạng thái là '{}'",
    "a whole number as the adapter's base says": "số nguyên theo cơ số trong bộ chuyển",
    "correct the status, or the adapter's base; the value is taken without it": (
        "sửa trạng thái, hoặc sửa cơ số trong bộ chuyển; giá trị vẫn được lấy"
    ),
    "correct the list; the values are taken without it": "sửa danh sách; giá trị vẫn được lấy",
    "meter {} on {} has {} values that stand already otherwise, the first on line {}": (
        "công tơ {} ngày {} có {} giá trị đã có với số khác, giá trị đầu ở dòng {}"
    ),
    "each interval of a meter once, or the same each time": (
        "mỗi khoảng của một công tơ một lần, hoặc như nhau mọi lần"
    ),
    "look which is right; the first is taken": "xem số nào đúng; số đầu được lấy",
    "{} values stand already with the same value, the first on line {}": (
        "{} giá trị đã có và giống hệt, giá trị đầu ở dòng {}"
    ),
    "each interval of a meter once": "mỗi khoảng của một công tơ một lần",
    "nothing is lost; ask the concentrator's maker why it writes rows twice": (
        "không mất gì; hỏi hãng bộ tập trung vì sao ghi dòng hai lần"
    ),
    "the total of meter {} on {} is {}, its values add up to {}": (
        "tổng của công tơ {} ngày {} là {}, các giá trị cộng lại được {}"
    ),
    "a total that is the sum of the values": "tổng bằng các giá trị cộng lại",
    "deliver the day again; it is left out": "giao lại ngày này; ngày bị bỏ",
    "correct the meter's multiplier or the file": "sửa hệ số nhân của công tơ hoặc sửa tệp",
    # registers and events
    "the register was taken at {}": "chỉ số chốt lúc {}",
    "00:00 of a day": "00:00 của một ngày",
    "deliver the registers of 00:00; the row is left out": (
        "giao chỉ số chốt lúc 00:00; dòng này bị bỏ"
    ),
    "register {} of meter {} on {} stands already otherwise on line {}": (
        "chỉ số {} của công tơ {} ngày {} đã có với số khác ở dòng {}"
    ),
    "each register of a meter and day once, or the same each time": (
        "mỗi chỉ số của một công tơ mỗi ngày một lần, hoặc như nhau mọi lần"
    ),
    "a day on which the meter hung at one usage point": "ngày mà công tơ treo ở một điểm đo",
    "enter the reading of the day of moving by hand": "nhập tay chỉ số của ngày chuyển công tơ",
    "the event has the code '{}'": "sự kiện mang mã '{}'",
    "name the code in the adapter": "ghi mã này vào bộ chuyển",
    # formats
    "the format {} is read only": "định dạng {} chỉ để đọc",
    "a format that is written too": "một định dạng ghi được",
    "choose another format for what is written": "chọn định dạng khác để ghi",
    "{} (wrong adapter)": "{} (bộ chuyển sai)",
    "concentrator, Congto CSV, a row per day": "Bộ tập trung, CSV của Congto, mỗi ngày một dòng",
    "concentrator, Congto CSV, a row per half-hour": (
        "Bộ tập trung, CSV của Congto, mỗi nửa giờ một dòng"
    ),
    "concentrator, Congto Parquet, a row per day": (
        "Bộ tập trung, Parquet của Congto, mỗi ngày một dòng"
    ),
    "concentrator, Congto XML": "Bộ tập trung, XML của Congto",
    "concentrator, Congto JSON lines": "Bộ tập trung, JSON của Congto, mỗi dòng một đối tượng",
    "concentrator, Congto CSV of registers at midnight": (
        "Bộ tập trung, CSV chỉ số chốt 00:00 của Congto"
    ),
    "concentrator, Congto CSV of meter events": "Bộ tập trung, CSV sự kiện công tơ của Congto",
    "pushes of meters, half-hours": "Bản tin tự gửi, số liệu nửa giờ",
    "pushes of meters, registers": "Bản tin tự gửi, chỉ số",
    "pushes of meters, events": "Bản tin tự gửi, sự kiện",
    # days of our own head end
    "Parquet with the columns {}": "Parquet có các cột {}",
    "read the meters again": "đọc lại các công tơ",
    "{} has other columns than days of the head end": "{} có các cột khác với ngày của đầu đọc",
}
