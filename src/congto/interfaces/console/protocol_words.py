"""What the protocol says of a meter's bytes, in Vietnamese; see meter_words."""

from __future__ import annotations

OF_BYTES = {
    "byte {} of initiate": "byte {} của initiate",
    "the conformance block": "khối tính năng (conformance)",
    "message {}": "bản tin {}",
    "a service of DLMS": "một dịch vụ của DLMS",
    "{} bytes left at byte {} of {}": "còn {} byte ở byte {} của {}",
    "{} more": "thêm {}",
    "length byte {} at byte {}": "byte độ dài {} ở byte {}",
    "a length of 1 to {} bytes": "độ dài từ 1 đến {} byte",
    "{} bytes after the message, from byte {}": "thừa {} byte sau bản tin, từ byte {}",
    "the end of the message": "hết bản tin",
    "{} at byte {}": "{} ở byte {}",
    "a tag of Data": "một thẻ của Data",
    "{} containers": "{} lớp lồng nhau",
    "at most {}": "nhiều nhất {}",
    "compact array of up to {} values in {} bytes": "compact array tới {} giá trị trong {} byte",
    "at most {} values a byte": "nhiều nhất {} giá trị mỗi byte",
    "compact array of {}": "compact array gồm {}",
    "an array of nulls": "mảng toàn null",
    "elements with bytes": "phần tử có byte",
    "an array": "một mảng",
    "a whole number": "số nguyên",
    "octets": "chuỗi byte",
    "clock {}": "đồng hồ {}",
    "clock of {} bytes": "đồng hồ dài {} byte",
    "{} bytes": "{} byte",
    "a value of type {}": "giá trị kiểu {}",
    "{} octets {}": "{} byte {}",
    "{} bits": "{} bit",
    "number {}": "số {}",
    "at most 255": "nhiều nhất 255",
    "name {}": "tên {}",
    "a name of the DLMS UA": "một tên của DLMS UA",
    "a name in {} bytes": "tên dài {} byte",
    "piece {}": "mảnh {}",
    "{} bytes in pieces": "{} byte ghép từ các mảnh",
    "{} of kind {}": "{} loại {}",
    "a kind it has": "một loại có trong chuẩn",
    "ACCESS step of kind {}": "bước ACCESS loại {}",
    "1 to 5": "1 đến 5",
    "AARE without a result": "AARE không có kết quả",
    "its part A2": "phần A2",
    "OBIS code {}": "mã OBIS {}",
    "such as 1-0:1.8.0*255": "như 1-0:1.8.0*255",
    # questions and answers
    "{} answered {}": "{} trả lời {}",
    "the meter refuses the association for now: {}": "công tơ tạm từ chối liên kết: {}",
    "the meter refuses the association for good: {}": "công tơ từ chối hẳn liên kết: {}",
    "of the provider, {}": "từ phía nhà cung cấp dịch vụ, {}",
    "more than {} pushes before an answer": "hơn {} bản tin tự gửi trước khi trả lời",
    "an answer": "một trả lời",
    "another answer": "trả lời khác",
    "block {}": "khối {}",
    "empty block {}, not the last": "khối {} rỗng mà chưa phải khối cuối",
    "bytes in it": "khối có byte",
    "{} bytes in {} blocks": "{} byte trong {} khối",
    "at most {} bytes in {} blocks": "nhiều nhất {} byte trong {} khối",
    "confirmed service error {}": "lỗi dịch vụ {}",
    "{} to request {}": "{} cho câu hỏi {}",
    "the answer to request {}": "trả lời cho câu hỏi {}",
    "{} values": "{} giá trị",
    "{} of them": "{} giá trị",
    "{} {} by the {} in state {}": "{} {} bởi {} khi đang ở trạng thái {}",
    "received": "được nhận",
    "sent": "được gửi",
    "client": "bên đọc",
    "protection or peer alone": "chỉ có bảo vệ hoặc chỉ có bên kia",
    "both of them or none": "có cả hai hoặc không có",
    "an answer without a challenge": "trả lời khi không có thử thách",
    # frames
    "HDLC address {}/{} in {} bytes": "địa chỉ HDLC {}/{} dài {} byte",
    "1, 2 or 4 bytes with 7 (7 + 7, 14 + 14) bits": "1, 2 hoặc 4 byte với 7 (7 + 7, 14 + 14) bit",
    "addresses {}": "các địa chỉ {}",
    "two addresses of 1, 2 or 4 bytes": "hai địa chỉ dài 1, 2 hoặc 4 byte",
    "a frame length of {} after a header of {} bytes": "khung dài {} sau phần đầu {} byte",
    "none or at least one byte of information": "không có hoặc có ít nhất một byte thông tin",
    "header {}": "phần đầu {}",
    "header": "phần đầu",
    "frame of {} bytes from": "khung {} byte từ",
    "frame of {} bytes from {}": "khung {} byte từ {}",
    "a frame to send but no client": "có khung để gửi mà chưa có bên đọc",
    "an address or a SNRM": "địa chỉ hoặc SNRM",
    "connect at a meter": "kết nối từ phía công tơ",
    "the client's SNRM": "SNRM của bên đọc",
    "a datagram of {} bytes": "gói tin {} byte",
    "a wrapper header of {}": "đầu wrapper {} byte",
    "utf8-string {}": "utf8-string {}",
    "address(value*unit)": "địa chỉ(giá trị*đơn vị)",
    "its check sequence at the end": "tổng kiểm đúng ở cuối",
    "a frame of {} bytes": "khung {} byte",
    "a frame {}": "khung {}",
    "none while {}": "không có khung nào khi {}",
    "the meter awaits frame {}": "công tơ chờ khung {}",
    "a number up to {}": "số thứ tự tới {}",
    "control byte {}: {}": "byte điều khiển {}: {}",
    "no answer to {} repeats": "gửi lại {} lần không có trả lời",
    "a frame": "một khung",
    "the meter refuses the connection (DM)": "công tơ từ chối kết nối (DM)",
    "Check the addresses and try again later": "kiểm tra địa chỉ và thử lại sau",
    "the meter says that it is not connected (DM)": "công tơ báo chưa kết nối (DM)",
    "the connection to last": "kết nối còn giữ",
    "Connect again": "kết nối lại",
    "{} while the link is {}": "{} khi đường truyền đang {}",
    "1 to {}": "1 đến {}",
    "connection parameters that begin {}": "tham số kết nối bắt đầu bằng {}",
    "81 80 (format and group)": "81 80 (định dạng và nhóm)",
    "a frame length of {} bytes": "độ dài khung {} byte",
    "{} to {}": "{} đến {}",
    "byte {} behind a frame of {} bytes": "byte {} sau khung {} byte",
    "the closing flag 0x7e": "cờ kết thúc 0x7e",
    "the meter rejects a frame (FRMR)": "công tơ bác một khung (FRMR)",
    "the meter rejects the frame with control byte {}: {}": (
        "công tơ bác khung có byte điều khiển {}: {}"
    ),
    "unknown control byte": "byte điều khiển lạ",
    "information not allowed": "không được có thông tin",
    "information too long": "thông tin quá dài",
    "invalid receive number": "số thứ tự nhận sai",
    "no reason given": "không nói lý do",
    "Connect again with SNRM": "kết nối lại bằng SNRM",
    "a message that begins {}": "bản tin bắt đầu bằng {}",
    "the LLC header e6 e6 00 or e6 e7 00": "đầu LLC e6 e6 00 hoặc e6 e7 00",
    "a message of {} bytes or more in segments": "bản tin từ {} byte trở lên theo từng đoạn",
    "a frame from {} to {}": "khung từ {} đến {}",
    "from {} to {}": "từ {} đến {}",
    "wrapper version {}": "phiên bản wrapper {}",
    "version {}": "phiên bản {}",
    "Close the connection: the place of the next message is unknown": (
        "đóng kết nối: không biết bản tin sau bắt đầu ở đâu"
    ),
    "a message of {} bytes": "bản tin {} byte",
    "Use block transfer": "truyền theo khối",
    "{} bytes after the wrapper header": "{} byte sau đầu wrapper",
    "{} as its length field says": "{} như trường độ dài ghi",
    "Close the connection": "đóng kết nối",
    # mode C
    "{} answered ({})": "{} trả lời ({})",
    "its value": "giá trị của nó",
    "Compare the password with the meter's": "đối chiếu mật khẩu với công tơ",
    "{} in a data block": "{} trong khối dữ liệu",
    "the meter answers NAK": "công tơ trả lời NAK",
    "Send it again": "gửi lại",
    "an identification {}": "dòng nhận dạng {}",
    "/ and three letters, speed, text, CR LF": "/ và ba chữ, tốc độ, chuỗi, CR LF",
    "a block of over {} bytes": "khối hơn {} byte",
    "an ETX": "một ETX",
    "a block of {} bytes with check {}": "khối {} byte có tổng kiểm {}",
}

OF_SECURITY = {
    "keys on {} and {}": "khóa trên đường cong {} và {}",
    "two keys of one curve": "hai khóa cùng đường cong",
    "no {} is known": "chưa biết {}",
    "for a peer the key in its certificate, of our own the private one": (
        "khóa trong chứng thư của bên kia, khóa riêng của ta"
    ),
    "Import the meter's certificates and the client's private keys": (
        "nạp chứng thư của công tơ và khóa riêng của bên đọc"
    ),
    "a key agreement that the Green Book does not have": (
        "cách thỏa thuận khóa không có trong chuẩn"
    ),
    "01 for C(1e,1s) or 02 for C(0e,2s)": "01 là C(1e,1s) hoặc 02 là C(0e,2s)",
    "a key on curve {} in security suite {}": "khóa trên đường cong {} trong bộ mật mã {}",
    "P-256 in suite 1, P-384 in suite 2": "P-256 cho bộ 1, P-384 cho bộ 2",
    "a certificate is refused: {}": "không nhận chứng thư: {}",
    "Import the certificate that the maker or the utility's authority issued": (
        "nạp chứng thư do nhà sản xuất hoặc đơn vị chứng thực của điện lực cấp"
    ),
    "one valid from {} to {}": "chứng thư có hiệu lực từ {} đến {}",
    "Import the maker's shipment file": "nạp tệp giao hàng của nhà sản xuất",
    "X.509 in DER or PEM whose key may sign certificates": (
        "X.509 dạng DER hoặc PEM, khóa được ký chứng thư"
    ),
    "a certificate is refused: its authority is valid from {} to {}": (
        "không nhận chứng thư: nơi cấp có hiệu lực từ {} đến {}"
    ),
    "a certificate is refused: no trusted authority issued it, and it names {}": (
        "không nhận chứng thư: không nơi nào được tin đã cấp, nơi cấp ghi là {}"
    ),
    "one issued by an authority that the books trust": "chứng thư do nơi mà sổ tin cấp",
    "the books keep no certificate of device {} for {}": (
        "sổ không có chứng thư của thiết bị {} cho {}"
    ),
    "the one that the maker shipped": "chứng thư nhà sản xuất đã giao",
    "Trust the authority with `congto keys trust FILE`, or import the right certificate": (
        "tin nơi cấp bằng `congto keys trust TỆP`, hoặc nạp đúng chứng thư"
    ),
    "{} is no certificate of an authority": "{} không phải chứng thư của nơi cấp",
    "at {}": "tại {}",
    "one of {}": "chứng thư của {}",
    "of system title {}": "của system title {}",
    "one with a key on {}": "chứng thư có khóa trên {}",
    "a key of security suite {}": "khóa của bộ mật mã {}",
    "one whose key is for something else": "chứng thư có khóa dùng cho việc khác",
    "{} bytes that are none": "{} byte không phải chứng thư",
    "X.509 in DER": "X.509 dạng DER",
    "one that names {} as issuer": "chứng thư ghi bên cấp là {}",
    "one {}, signed by it": "chứng thư {} do bên đó ký",
    "one that does not say what its key is for": "chứng thư không ghi khóa dùng làm gì",
    "security suite {} in control byte {}": "bộ mật mã {} trong byte điều khiển {}",
    "suite 0, 1 or 2": "bộ 0, 1 hoặc 2",
    "compression in control byte {}": "có nén trong byte điều khiển {}",
    "a message without compression (ITU-T V.44)": "bản tin không nén (ITU-T V.44)",
    "Switch compression off in the meter's security setup": (
        "tắt nén trong thiết lập bảo mật công tơ"
    ),
    "invocation counter {} after {}": "bộ đếm {} sau {}",
    "more than {}, and each only once": "lớn hơn {}, và mỗi số chỉ một lần",
    "Discard the message; if the meter was reset, change its key": (
        "bỏ bản tin; nếu công tơ bị đặt lại thì đổi khóa"
    ),
    "invocation counter {}": "bộ đếm {}",
    "Change the meter's key: a new key starts a new counter": (
        "đổi khóa: khóa mới bắt đầu bộ đếm mới"
    ),
    "the counter's store gave {} after {} was used": "sổ bộ đếm đưa {} trong khi {} đã dùng",
    "numbers never given before": "số chưa từng đưa",
    "Raise the stored counter; one number under one key twice reveals the key": (
        "nâng bộ đếm trong sổ; một số dùng hai lần với một khóa làm lộ khóa"
    ),
    "{} bytes of protected content": "{} byte nội dung mã hóa",
    "at least {}: control byte and invocation counter": "ít nhất {}: byte điều khiển và bộ đếm",
    "message {} has no {} form": "bản tin {} không có dạng {}",
    "a service with a form of its own, or a general form": "dịch vụ có dạng riêng, hoặc dạng chung",
    "tag {} at byte 0": "thẻ {} ở byte 0",
    "a protected message": "bản tin mã hóa",
    "a system title of {} bytes": "system title {} byte",
    "{} bytes, or none": "{} byte, hoặc không có",
    "the authentication tag does not fit the message": "mã xác thực không khớp bản tin",
    "a message sealed with the encryption and authentication key of this meter": (
        "bản tin mã hóa bằng khóa mã hóa và khóa xác thực của công tơ này"
    ),
    "Compare both keys and the system title with the meter's; nothing was accepted": (
        "đối chiếu hai khóa và system title với công tơ; chưa nhận gì"
    ),
    "{} bytes of protected text": "{} byte mã hóa",
    "at least the {} bytes of the authentication tag": "ít nhất {} byte mã xác thực",
    "{} {} at byte {}": "{} {} ở byte {}",
    "below {}": "nhỏ hơn {}",
    "the answer to our challenge is wrong": "trả lời sai thử thách của ta",
    "the answer of a peer that holds the same secret": "trả lời của bên giữ cùng khóa",
    "Close the association; check the meter's secret, keys and system title": (
        "đóng liên kết; kiểm tra mật khẩu, khóa và system title của công tơ"
    ),
    "no {} signature key": "không có khóa ký {}",
    "one for mechanism 7 (ECDSA)": "khóa cho cơ chế 7 (ECDSA)",
    "authentication mechanism 2, whose answers each manufacturer defines in secret": (
        "cơ chế xác thực 2, do từng nhà sản xuất giữ kín cách trả lời"
    ),
    "mechanism 3 to 7": "cơ chế 3 đến 7",
    "Configure the meter for GMAC (5)": "đặt công tơ dùng GMAC (5)",
    "a handshake by mechanism {}": "bắt tay theo cơ chế {}",
    "authentication mechanism {}": "cơ chế xác thực {}",
    "0 to 7": "0 đến 7",
    "the peer sent our own challenge back": "bên kia gửi lại thử thách của ta",
    "a challenge of its own": "thử thách của bên kia",
    "Abort: somebody may be answering us with our own answer": (
        "ngừng: có thể ai đó đang trả lời ta bằng chính trả lời của ta"
    ),
    "a challenge of {} bytes": "thử thách {} byte",
    "{} to {} bytes": "{} đến {} byte",
    "no invocation counter for the GMAC answer": "không có bộ đếm cho trả lời GMAC",
    "the counter of the unicast key": "bộ đếm của khóa mã hóa",
    "a GMAC answer of {} bytes": "trả lời GMAC {} byte",
    "{}: control byte, counter and tag": "{}: byte điều khiển, bộ đếm và mã xác thực",
    "control byte {} in a GMAC answer": "byte điều khiển {} trong trả lời GMAC",
    "authentication of suite {}": "xác thực của bộ {}",
    "a key of {} bytes": "khóa {} byte",
    "16 bytes, suite 2: 32": "16 byte, bộ 2: 32",
    "no {} key of this meter is known": "chưa có khóa {} của công tơ này",
    "the {} key with which the message is protected": "khóa {} đã mã hóa bản tin",
    "Import the meter's keys from the maker's shipment file": (
        "nạp khóa của công tơ từ hồ sơ giao khóa của nhà sản xuất"
    ),
    "{} key of {} bytes": "khóa {} dài {} byte",
    "{} bytes for security suite {}": "{} byte cho bộ mật mã {}",
    "no system title of the other side to agree on a key with": (
        "thiếu system title của bên kia để thỏa thuận khóa"
    ),
    "the title that its association answer or the shipment file tells": (
        "system title trong trả lời liên kết hoặc hồ sơ giao khóa"
    ),
    "a message without {}": "bản tin thiếu {}",
    "the protection that the association agreed": "mức bảo vệ đã thỏa thuận khi liên kết",
    "Close the association; check the meter's security policy": (
        "đóng liên kết; kiểm tra chính sách bảo mật của công tơ"
    ),
    "deciphered text begins with {}": "bản rõ bắt đầu bằng {}",
    "the message's tag {}": "thẻ {} của bản tin",
    "Compare the encryption key and the system title with the meter's": (
        "đối chiếu khóa mã hóa và system title với công tơ"
    ),
    "a message of system title {}": "bản tin của system title {}",
    "{}, the other side of this association": "{}, bên kia của liên kết này",
    "a protected message whose sender is not known": "bản tin mã hóa không rõ bên gửi",
    "a system title in the message or from the association": (
        "system title trong bản tin hoặc khi liên kết"
    ),
    "own system title of {} bytes": "system title của ta dài {} byte",
    "no message to protect": "không có bản tin để mã hóa",
    "its tag": "thẻ của nó",
    "a message of security suite {}": "bản tin theo bộ mật mã {}",
    "suite {}, as the association agreed": "bộ {} như đã thỏa thuận khi liên kết",
    "a message to system title {}": "bản tin gửi system title {}",
    "one to us, {}": "bản tin gửi ta, {}",
    "a key on curve {}": "khóa trên đường cong {}",
    "P-256 or P-384": "P-256 hoặc P-384",
    "a signature of {} bytes": "chữ ký {} byte",
    "{}: r and s without any wrapping": "{}: r và s, không bọc",
    "a public key of {} bytes that is no point of {}": "khóa công khai {} byte không nằm trên {}",
    "x and y, {} bytes, on the curve": "x và y, {} byte, trên đường cong",
    "a private key of {} bytes outside {}": "khóa riêng {} byte nằm ngoài {}",
    "a number of {} bytes, above 0 and below the curve's order": (
        "số {} byte, lớn hơn 0 và nhỏ hơn bậc của đường cong"
    ),
    "the signature does not fit the message": "chữ ký không khớp bản tin",
    "one by the holder of the certificate that is on file": "chữ ký của chủ chứng thư trong sổ",
    "tag {}": "thẻ {}",
    "DF, general-signing": "DF, general-signing",
    "a wrapped key of {} bytes that this master key does not open": (
        "khóa bọc {} byte mà khóa chủ này không mở được"
    ),
    "a key wrapped with the meter's master key (24 or 40 bytes)": (
        "khóa bọc bằng khóa chủ của công tơ (24 hoặc 40 byte)"
    ),
}
