"""Words that the books keep in Vietnamese and screens translate when they show them.

They stand in the books' choices, not in a call of gettext, so they are named here for the message
catalogue; a test asks that every choice of the books is in it.
"""

from django.utils.translation import gettext_noop as _

FROM_THE_BOOKS = (
    # billing
    *(_("Lỗi"), _("Treo"), _("Chờ phát hành"), _("Đã phát hành"), _("Đã hủy"), _("Chờ")),
    *(_("Hoàn thành"), _("Đang chạy"), _("Bình thường"), _("Cao điểm"), _("Thấp điểm")),
    *(_("Điện năng"), _("Công suất phản kháng")),
    # control
    *(_("Nhân viên"), _("Kế toán"), _("Kiểm tra viên"), _("Điều độ viên"), _("Điện thoại viên")),
    *(_("Phân tích viên"), _("Quản lý"), _("Quản trị"), _("Chờ duyệt"), _("Đã duyệt")),
    *(_("Từ chối"), _("Rút lại"), _("Chờ chạy"), _("Tạm dừng"), _("Xong"), _("Chưa xử lý")),
    *(_("Đã xử lý"), _("Thông tin"), _("Cảnh báo"), _("Loại bỏ")),
    *(_("Đang chờ tạm dừng"), _("Đang chờ hủy")),
    *(_("xem"), _("xuất dữ liệu"), _("lập đề nghị"), _("duyệt đề nghị"), _("xử lý phát hiện")),
    *(
        _("nhập chỉ số"),
        _("chạy tác vụ nền"),
        _("xem nhật ký"),
        _("chia sẻ chế độ xem"),
        _("phân quyền người dùng"),
    ),
    # customers, organisation, network, meters
    *(_("Sinh hoạt"), _("Sản xuất"), _("Kinh doanh, dịch vụ"), _("Hành chính sự nghiệp")),
    *(_("Bán buôn"), _("Tổng công ty"), _("Công ty điện lực"), _("Điện lực")),
    *(_("Trạm 110 kV"), _("Lộ trung áp"), _("Trạm biến áp"), _("Trạm đo đầu nguồn")),
    *(_("Điểm đo khách hàng"), _("Điểm đo đầu nguồn")),
    # meterdata
    *(_("Tổng"), _("Vô công"), _("Ghi tại chỗ"), _("Đo xa"), _("Ước lượng")),
    _("Khách hàng báo"),
    *(_("Vắng nhà, không đọc được"), _("Không vào được"), _("Không tìm thấy công tơ")),
    *(_("Nguy hiểm, ngập nước"), _("Mặt số mờ, không đọc được"), _("Công tơ hỏng hoặc cháy")),
    *(_("Mất chì niêm phong"), _("Chờ đọc lại"), _("Đã đọc lại"), _("Chưa có")),
    *(_("Chỉ số khác"), _("Chỉ số như cũ"), _("Mất điện"), _("Có điện lại")),
    *(_("Hữu công nhận"), _("Hữu công phát"), _("Vô công nhận"), _("Vô công phát")),
    *(_("Không còn"), _("Kiểm tra và ước lượng lại"), _("Bỏ: không có gì mới")),
    *(_("Tính lại sản lượng, tổng hợp, tổn thất"), _("Loại, ước lượng thay"), _("Tạm dùng")),
    *(_("Lưu ý"), _("Cần đi kiểm tra")),
    *(_("Mở nắp công tơ"), _("Đóng nắp công tơ"), _("Mở nắp đấu dây"), _("Đóng nắp đấu dây")),
    *(_("Từ trường mạnh"), _("Hết từ trường mạnh"), _("Điện ngược chiều")),
    *(_("Hết điện ngược chiều"), _("Rơ-le cắt"), _("Rơ-le đóng"), _("Chỉnh đồng hồ")),
    *(_("Đồng hồ lệch"), _("Đồng hồ mất giờ"), _("Nghi can thiệp"), _("Sự kiện khác")),
    # ledger, payments, settlement
    *(_("Phải thu tiền điện"), _("Phải thu thuế GTGT"), _("Doanh thu bán điện")),
    *(_("Thuế GTGT phải nộp"), _("Phải thu đối tác thu hộ"), _("Tiền gửi ngân hàng")),
    *(_("Tiền mặt tại quầy"), _("Chờ xử lý"), _("Khách hàng trả trước")),
    *(_("Phát hành hóa đơn"), _("Thu tiền"), _("Báo có ngân hàng"), _("Hủy hóa đơn")),
    *(_("Ngân hàng"), _("Trung gian thanh toán"), _("Quầy giao dịch")),
    *(_("Chưa chốt"), _("Đã chốt"), _("Chênh lệch")),
    # losses, scorecard
    *(_("Trạm 110 kV và thanh cái"), _("Trạm biến áp và lưới hạ áp")),
    *(_("Sản lượng = chỉ số"), _("Hóa đơn = sổ cái"), _("Doanh thu hóa đơn = sổ cái")),
    *(_("Thuế GTGT hóa đơn = sổ cái"), _("Tiền thu = sao kê"), _("Bán + tổn thất = nhận")),
    _("Sổ cái cân bằng"),
    # devices, campaigns, commands
    *(_("trực tiếp"), _("qua bộ tập trung"), _("đang đọc"), _("tạm dừng"), _("đã gỡ")),
    *(_("toàn hệ thống"), _("trạm sóng"), _("bộ tập trung")),
    *(_("khóa mã hóa (GUEK)"), _("khóa mã hóa chung (GBEK)"), _("khóa xác thực (GAK)")),
    *(_("khóa chủ (KEK)"), _("mật khẩu (LLS)"), _("bí mật HLS"), _("khóa ký")),
    *(_("khóa thỏa thuận"), _("đang dùng"), _("mới, chưa chứng minh"), _("cũ")),
    *(_("biểu đồ phụ tải"), _("chỉ số"), _("sự kiện"), _("đồng hồ"), _("lệnh")),
    *(_("đọc tức thời"), _("đọc bù"), _("theo kế hoạch"), _("chờ"), _("đang làm"), _("xong")),
    *(_("không được"), _("quá hạn"), _("đã hủy"), _("đã kết thúc"), _("tốt"), _("một phần")),
    *(_("lỗi"), _("cắt điện"), _("đóng điện"), _("cho phép đóng tại chỗ")),
    *(_("đặt giới hạn công suất"), _("nạp biểu giá ba thời điểm"), _("chỉnh đồng hồ")),
    *(_("đổi mật khẩu"), _("đổi khóa"), _("nạp phần mềm"), _("chờ duyệt"), _("chờ gửi")),
    *(_("đang gửi"), _("đã xác nhận"), _("không thực hiện"), _("chưa rõ kết quả"), _("đã rút")),
    *(_("quản lý thiết bị đo xa và khóa"), _("lập lệnh điều khiển công tơ")),
)
