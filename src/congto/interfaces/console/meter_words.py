"""What sessions and commands say of meters, in the language of the screen.

The protocol and the ways to a meter speak English, carriers of commands Vietnamese; both are kept
as they were said. A test asks that every phrase of theirs is here or in protocol_words.
"""

from __future__ import annotations

from django.utils.translation import get_language, gettext

from congto.interfaces.console.fault_words import FAULT_WORDS, fault_text
from congto.interfaces.console.phrases import Phrases
from congto.interfaces.console.protocol_words import OF_BYTES, OF_SECURITY

OF_METERS = {
    "{}: {}": "{}: {}",
    # the way to it
    "a meter that listens there": "công tơ đang nghe ở đó",
    "Compare address and port with the meter's; is its modem online?": (
        "đối chiếu địa chỉ, cổng với công tơ; modem có trực tuyến không?"
    ),
    "no answer in {} seconds": "không trả lời trong {} giây",
    "Connection refused": "bị từ chối kết nối",
    "the connection ended: {}": "kết nối đã ngắt: {}",
    "hung up": "bên kia gác máy",
    "more than {} messages unasked": "hơn {} bản tin tự gửi",
    "the meter ended the link": "công tơ ngắt đường truyền",
    "the session took longer than {} seconds": "phiên dài hơn {} giây",
    "an end before that": "kết thúc trước đó",
    "device {} has no address of its own": "thiết bị {} không có địa chỉ riêng",
    "a host, or a concentrator that passes sessions on": (
        "địa chỉ, hoặc bộ tập trung chuyển tiếp phiên"
    ),
    "Wait for the concentrator's file, or give the device its address": (
        "chờ tệp của bộ tập trung, hoặc ghi địa chỉ của thiết bị"
    ),
    "device {} is not in the books or retired": "thiết bị {} không có trong sổ hoặc đã gỡ",
    "an active device": "một thiết bị đang dùng",
    "{} answers as {}": "ở {} trả lời là {}",
    "meter {}": "công tơ {}",
    "nobody": "không ai",
    "correct the address or the serial": "sửa địa chỉ hoặc số công tơ",
    "nothing here carries out {}": "chưa có cách làm việc {}",
    "profile {} protects messages, and no keys are given": "mẫu {} mã hóa bản tin mà thiếu khóa",
    "unicast and authentication key, and an invocation counter": (
        "khóa mã hóa, khóa xác thực và bộ đếm"
    ),
    "profile {} does not read by mode C": "mẫu {} không đọc kiểu C",
    "a profile with `local`": "mẫu có `local`",
    "a password with other bytes than ASCII": "mật khẩu có byte ngoài ASCII",
    "digits or letters": "chữ số hoặc chữ cái",
    "profile {} reads by mode C, where nobody associates": "mẫu {} đọc kiểu C, không có liên kết",
    "a profile of DLMS": "mẫu của DLMS",
    "Read the meter with read_local_meter": "đọc công tơ theo kiểu C",
    "The meter's counter could not be read: {}": "không đọc được bộ đếm của công tơ: {}",
    "{}: the meter says its counter is {}, ours is {}": "{}: công tơ báo bộ đếm {}, trong sổ là {}",
    "at most {} apart": "lệch nhiều nhất {}",
    "Read the counter on the spot before it is raised: anybody may have said this": (
        "đọc bộ đếm tại chỗ trước khi nâng: ai cũng có thể gửi số này"
    ),
    "meter profile {}": "mẫu {}",
    # what it reads
    "scaler and unit": "hệ số và đơn vị",
    "{} says unit {}": "{} báo đơn vị {}",
    "{}: a row every {} seconds": "{}: mỗi {} giây một dòng",
    "every {}": "mỗi {}",
    "Write a profile of this model with its period": "viết mẫu của loại này với chu kỳ của nó",
    "write it in a profile of the model": "ghi vào mẫu của loại công tơ",
    "a whole number of Wh or varh": "số nguyên Wh hoặc varh",
    "Let the model's profile say `parts: completed` if the rest may wait": (
        "ghi `parts: completed` trong mẫu nếu phần lẻ được phép chờ"
    ),
    "a scaler of {} or -{} for {}": "hệ số {} hoặc -{} cho {}",
    "-{} to {}": "-{} đến {}",
    "{} in a row of the load profile": "{} trong một dòng của biểu đồ phụ tải",
    "{} in a row of a profile of registers": "{} trong một dòng của bảng chỉ số",
    "a load profile without a clock": "biểu đồ phụ tải không có giờ",
    "a column of it": "một cột ghi giờ",
    "a column of a profile": "một cột của bảng ghi",
    "four parts": "bốn phần",
    "not shown by the meter": "công tơ không hiện",
    "a number of {}, k{} or M{}": "một số theo {}, k{} hoặc M{}",
    "a clock {} {}": "đồng hồ {} {}",
    "six digits each": "mỗi phần sáu chữ số",
    "the profile of the model has no half-hours": "mẫu của loại công tơ không có nửa giờ",
    "a meter of mode C takes no commands": "công tơ kiểu C không nhận lệnh",
    "a stamp {}": "mốc thời gian {}",
    "six digits and a time": "sáu chữ số và giờ",
    "the meter shows number {}": "công tơ hiện số {}",
    "the meter shows no number at {}": "công tơ không hiện số ở {}",
    "number {} of the books": "số {} trong sổ",
    "correct the address or the profile": "sửa địa chỉ hoặc mẫu",
    "tag {} in a buffer": "thẻ {} trong bảng ghi",
    "rows of values": "các dòng giá trị",
    "{} columns": "{} cột",
    "{} events without a valid time": "{} sự kiện không có giờ hợp lệ",
    "the clock is {} seconds ahead": "đồng hồ nhanh {} giây",
    "the clock is -{} seconds ahead": "đồng hồ chậm {} giây",
    "the clock is unknown seconds ahead": "không rõ đồng hồ lệch bao nhiêu",
    # what it is told
    "profile {} has registers of {}": "mẫu {} có chỉ số của {}",
    "one each for normal, peak and off-peak hours": (
        "mỗi khung giờ bình thường, cao, thấp điểm một bộ"
    ),
    "Convert a meter that counts three rates, or complete its profile": (
        "chuyển công tơ đếm được ba giá, hoặc bổ sung mẫu"
    ),
    "the meter has rate scripts {}, the calendar asks for {}": (
        "công tơ có kịch bản giá {}, biểu giá cần {}"
    ),
    "a script for each rate": "mỗi giá một kịch bản",
    "Compare the rates of the profile's registers with the meter's scripts": (
        "đối chiếu giá của các chỉ số trong mẫu với kịch bản của công tơ"
    ),
    "{} special days in the meter, {} asked for": "công tơ có {} ngày đặc biệt, yêu cầu {}",
    "the same ones for a calendar that waits: special days change at once": (
        "giống nhau nếu biểu giá chờ ngày áp dụng: ngày đặc biệt đổi ngay"
    ),
    "Convert the meter at once, or clear its special days first": (
        "chuyển công tơ ngay, hoặc xóa ngày đặc biệt trước"
    ),
    "the meter holds {}": "công tơ đang giữ {}",
    "{} of this image": "{} của tệp này",
    "Send the image anew": "nạp lại tệp từ đầu",
    "{} blocks": "{} khối",
    "Let Congto make new keys": "để Congto sinh khóa mới",
    "profile {} proves itself by {}, which has no secret": (
        "mẫu {} xác thực bằng {}, không có mật khẩu"
    ),
    "LLS, or HLS with MD5, SHA-1 or SHA-256": "LLS, hoặc HLS với MD5, SHA-1 hay SHA-256",
    "Change the keys": "đổi khóa",
    "a change of keys for a meter without keys": "đổi khóa của công tơ không có khóa",
    "a meter with a master key": "công tơ có khóa chủ",
    "a change of {}": "đổi {}",
    "no key": "không khóa nào",
    "unicast or authentication": "khóa mã hóa hoặc khóa xác thực",
    "a {} key that was used before": "khóa {} đã dùng trước đây",
    "a key made for this": "khóa sinh riêng cho lần này",
    "one key for two uses": "một khóa cho hai việc",
    "a key for each": "mỗi việc một khóa",
    "{} compares values of unit {} with tag {}": "{} so sánh giá trị đơn vị {} kiểu {}",
    "whole numbers of": "số nguyên",
    "whole numbers of {}": "số nguyên {}",
    "Set the limiter's quantity at the meter": "đặt đại lượng của bộ giới hạn tại công tơ",
    "the limiter compares an object of class {}": "bộ giới hạn so sánh đối tượng lớp {}",
    "a register": "một thanh ghi",
    "a limit of {} {}": "giới hạn {} {}",
    "steps of 10^{} {}, below {} of them": "bước 10^{} {}, dưới {} bước",
    "Choose a limit that the meter can hold": "chọn giới hạn công tơ giữ được",
    "command {} was sent and its effect not seen": "lệnh {} đã gửi mà chưa thấy tác dụng",
    "the state of the meter": "trạng thái của công tơ",
    "It is looked at in another visit; nothing is sent": "phiên sau xem lại; không gửi gì",
    "the books hold no {} of this meter": "sổ không có {} của công tơ này",
    "a secret to be changed": "khóa để đổi",
    "Take the maker's shipment file into the books first": "nạp hồ sơ giao khóa vào sổ trước",
    "{} of {} bytes, {}": "{} dài {} byte, {}",
    "1 to {} bytes; ASCII words, at least one version to replace": (
        "1 đến {} byte; chữ ASCII, ít nhất một phiên bản được thay"
    ),
    "the bytes of firmware image {} are others now": "nội dung tệp phần mềm {} đã khác",
    "firmware image {} is not in the data folder": "tệp phần mềm {} không có trong thư mục dữ liệu",
    "keep it with congto commands image": "nạp tệp bằng congto commands image",
    "frames {} are not there": "không còn các khung {}",
    "a session whose frames are still kept": "phiên còn giữ khung",
    "read the meter again": "đọc lại công tơ",
    **OF_BYTES,
    **OF_SECURITY,
}
OF_CARRIERS = {
    # states
    "đã như vậy từ trước, không gửi gì": "it was so already, nothing was sent",
    "công tơ hiển thị đúng trạng thái yêu cầu": "the meter shows what was asked for",
    "chế độ rơ le không cho phép, không gửi gì": (
        "the relay's mode does not allow it, nothing was sent"
    ),
    "trạng thái không đổi": "the state did not change",
    "rơ le kẹt: đã nhận lệnh nhưng tiếp điểm không đổi": (
        "the relay is stuck: it took the command and its contact did not move"
    ),
    "công tơ hiển thị trạng thái khác": "the meter shows another state",
    "không đọc được trạng thái": "the state could not be read",
    "đã nạp, chờ đến ngày áp dụng": "loaded, waits for its day",
    "bảng đọc lại khác bảng đã ghi": "what was read back is not what was written",
    "bảng đang dùng khác bảng yêu cầu": "the calendar in use is not the one asked for",
    "ngày đặc biệt khác yêu cầu": "special days differ from those asked for",
    "đồng hồ đã đúng, không chỉnh": "the clock is right, left as it is",
    "đã dịch đồng hồ": "the clock was shifted",
    "đã đặt lại đồng hồ": "the clock was set",
    "lệch quá nửa giờ, không chỉnh qua ranh giới nửa giờ": (
        "too far off, the clock is not moved across the end of a half-hour"
    ),
    "chờ qua ranh giới nửa giờ": "waits until the half-hour has ended",
    "bộ giới hạn so sánh {}, không phải W; không gửi gì": (
        "the limiter compares {}, not W; nothing was sent"
    ),
    # images
    "phiên bản này đang chạy, không gửi gì": "this version runs already, nothing was sent",
    "công tơ chạy phiên bản mới": "the meter runs the new version",
    "phần mềm đang chạy không được phép thay bằng tệp này, không gửi gì": (
        "the running firmware may not be replaced by this image, nothing was sent"
    ),
    "công tơ không nhận tệp": "the meter does not take the image",
    "công tơ không cho nạp phần mềm": "the meter has firmware transfer switched off",
    "bị ngắt, phiên sau nạp tiếp": "interrupted, the next session goes on",
    "còn thiếu khối, phiên sau nạp tiếp": "blocks are lacking, the next session goes on",
    "công tơ báo tệp hỏng": "the meter says that the image is damaged",
    "công tơ đang giữ tệp khác": "the meter holds another image",
    "không kích hoạt được": "it could not be activated",
    "công tơ đang kiểm tra hoặc kích hoạt": "the meter is verifying or activating",
    # keys
    "công tơ nhận khóa mới": "the meter takes the new key",
    "công tơ vẫn dùng khóa cũ": "the meter still uses the old key",
    "công tơ không nhận khóa nào trong hai, cần đến tận nơi": (
        "the meter takes neither key, somebody has to go there"
    ),
    "chưa biết công tơ dùng khóa nào": "which key the meter uses is not known yet",
    # the order's own
    "gửi từ {}": "sent from {} on",
    "chưa gửi được trong thời hạn": "it could not be sent in time",
    "thiết bị {}": "device {}",
    "chưa gửi: không làm việc được với công tơ ({})": (
        "not sent: the meter could not be worked with ({})"
    ),
    "đã gửi, chưa đọc lại được trạng thái của công tơ ({})": (
        "sent, the state of the meter could not be read back yet ({})"
    ),
}


def label(text: str) -> str:
    """Return the word of a state or a fault in the language in use; anything else as it is."""
    return fault_text(text) if text in FAULT_WORDS else gettext(text) if text else text


IN_VIETNAMESE = Phrases(OF_METERS, otherwise=label)
IN_ENGLISH = Phrases(OF_CARRIERS, otherwise=label)
JOINED = "; "
LONG_VIETNAMESE = Phrases({one: said for one, said in OF_METERS.items() if JOINED in one})
LONG_ENGLISH = Phrases({one: said for one, said in OF_CARRIERS.items() if JOINED in one})
"""Those that hold what else parts a sentence: one of them is two parts."""


def told(text: str) -> str:
    """Return a sentence of a session or a command in the language in use; unknown parts as said.

    The fault before it is left out: it stands beside in words.
    """
    fault, _colon, rest = text.partition(": ")
    if fault in FAULT_WORDS and rest:
        text = rest
    end = "." if text.endswith(".") else ""
    parts = text.removesuffix(".").split(JOINED)
    said = []
    while parts:
        two = JOINED.join(parts[:2])
        whole = part(two, LONG_VIETNAMESE, LONG_ENGLISH) if parts[1:] else two
        taken = 1 if whole == two else 2
        said.append(part(parts[0], IN_VIETNAMESE, IN_ENGLISH) if taken == 1 else whole)
        del parts[:taken]
    return JOINED.join(said) + end


def part(text: str, vietnamese: Phrases, english: Phrases) -> str:
    """Return one part of a sentence: what was found, what is needed or what is to be done."""
    if get_language() != "vi":
        return english.of(text)
    needed = text.removeprefix("expected ")
    known = vietnamese.of(needed)
    if needed == text or (JOINED in needed and known == needed):
        return known if needed == text else text
    return f"cần {known}"
