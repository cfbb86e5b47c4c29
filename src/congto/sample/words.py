"""Words for invented people, organisations and places: Vietnamese, and nobody in particular.

Family names carry rough real-life frequencies. Place names join a real prefix with a plant or a
colour of the delta, so that they sound right and lie nowhere. The corporation is called "Mẫu"
(sample) so that no printout is taken for a real utility's.
"""

from __future__ import annotations

CORPORATION = "Tổng công ty Điện lực Mẫu"
COMPANIES = ("Phù Sa", "Hương Lúa", "Nắng Mai", "Trăng Quê")
DISTRICTS = (
    "Hoa Sen", "Bông Trang", "Điên Điển", "Lục Bình", "Cỏ Lau", "Rạch Bần", "Rạch Sậy",
    "Kênh Tràm", "Vườn Xoài", "Vườn Dâu", "Cồn Mai", "Cồn Sao", "Gò Trắc", "Gò Me",
    "Giồng Cau", "Giồng Dừa", "Bàu Sen", "Bàu Lác", "Láng Tre", "Láng Trúc", "Đồng Lúa",
    "Đồng Cói", "Sông Thơm", "Sông Lụa", "Bến Phượng", "Bến Bàng", "Hoa Súng", "Hoa Mai",
)  # fmt: skip

FAMILY_NAMES = {
    "Nguyễn": 31.5, "Trần": 10.9, "Lê": 8.9, "Phạm": 5.9, "Huỳnh": 4.2, "Phan": 2.8, "Võ": 2.7,
    "Vũ": 1.8, "Hoàng": 1.9, "Đặng": 1.9, "Bùi": 1.8, "Đỗ": 1.9, "Hồ": 1.6, "Ngô": 1.5,
    "Dương": 1.4, "Lý": 1.1, "Trương": 1.4, "Đinh": 0.9, "Lâm": 0.9, "Mai": 0.8, "Cao": 0.8,
    "Tô": 0.5, "Châu": 0.5, "Thạch": 0.5, "Kim": 0.4, "Sơn": 0.3, "Tăng": 0.3, "Quách": 0.3,
    "La": 0.2, "Tạ": 0.4, "Hà": 0.6, "Lương": 0.6, "Đoàn": 0.6, "Trịnh": 0.6, "Thái": 0.5,
    "Từ": 0.3, "Văn": 0.3, "Triệu": 0.2,
}  # fmt: skip
MALE_MIDDLE = {
    "Văn": 38, "Minh": 9, "Hữu": 7, "Đức": 6, "Quốc": 6, "Thanh": 7, "Hoàng": 5, "Công": 4,
    "Ngọc": 4, "Tấn": 4, "Trọng": 3, "Thành": 3, "Xuân": 2, "Phước": 2,
}  # fmt: skip
FEMALE_MIDDLE = {
    "Thị": 50, "Ngọc": 9, "Thanh": 6, "Kim": 8, "Mỹ": 5, "Thu": 5, "Bích": 4, "Hồng": 4,
    "Thúy": 4, "Phương": 3, "Cẩm": 2,
}  # fmt: skip
MALE_GIVEN = (
    "An", "Bảo", "Bình", "Chiến", "Cường", "Danh", "Dũng", "Duy", "Đạt", "Đông", "Giang", "Hải",
    "Hậu", "Hiền", "Hiếu", "Hòa", "Hùng", "Hưng", "Khang", "Khánh", "Khoa", "Kiệt", "Lâm", "Lộc",
    "Long", "Luân", "Mẫn", "Nam", "Nghĩa", "Nhân", "Phát", "Phong", "Phú", "Phúc", "Quang",
    "Quân", "Sang", "Sơn", "Tâm", "Tài", "Thắng", "Thiện", "Thịnh", "Tiến", "Toàn", "Trí",
    "Trung", "Tuấn", "Tùng", "Út", "Việt", "Vinh",
)  # fmt: skip
FEMALE_GIVEN = (
    "Anh", "Ánh", "Bé", "Châu", "Chi", "Cúc", "Diễm", "Diệu", "Dung", "Duyên", "Đào", "Giang",
    "Hà", "Hạnh", "Hằng", "Hiền", "Hoa", "Hồng", "Huệ", "Hương", "Khánh", "Lan", "Liên", "Linh",
    "Loan", "Ly", "Mai", "Mận", "Minh", "Nga", "Ngân", "Nguyệt", "Nhung", "Nhi", "Oanh", "Phượng",
    "Quyên", "Sen", "Sương", "Tâm", "Thảo", "Thắm", "Thoa", "Thủy", "Tiên", "Trang", "Trinh",
    "Trúc", "Tuyết", "Vân", "Xuân", "Yến",
)  # fmt: skip

PLACE_PREFIX = (
    "Tân", "An", "Phú", "Long", "Mỹ", "Thạnh", "Vĩnh", "Hòa", "Bình", "Hưng", "Đông", "Trung",
    "Thới", "Nhơn", "Khánh", "Lộc", "Phước", "Thuận", "Định", "Lương", "Ninh", "Xuân", "Hậu", "Tam",
)  # fmt: skip
PLACE_SUFFIX = (
    "Sen", "Súng", "Lúa", "Dừa", "Sậy", "Trang", "Tràm", "Đước", "Mắm", "Bần", "Xoài", "Mận",
    "Ổi", "Cau", "Trầu", "Lác", "Cói", "Lau", "Tre", "Trúc", "Me", "Bàng", "Phượng", "Sao",
    "Dầu", "Gáo", "Trâm", "Điệp", "Lài", "Cúc", "Quỳnh", "Sim", "Mua", "Ngâu", "Bưởi", "Chanh",
    "Khế", "Lựu", "Nhãn", "Dâu",
)  # fmt: skip
STREETS = (
    "Hoa Phượng", "Hoa Giấy", "Hoa Sứ", "Hàng Dừa", "Hàng Me", "Hàng Sao", "Bờ Kè", "Bến Đò",
    "Cầu Ván", "Cầu Dừa", "Chợ Nổi", "Chợ Cũ", "Đình Cũ", "Giếng Nước", "Kênh Xáng", "Lò Gạch",
    "Lò Rèn", "Rạch Nhỏ", "Ruộng Muối", "Vườn Cau", "Vườn Trầu", "Xóm Chài", "Xóm Lưới",
    "Nhà Lồng", "Ngã Ba Dừa", "Bông Gòn", "Bằng Lăng", "Điệp Vàng", "Mai Vàng", "Sao Đen",
)  # fmt: skip

BRAND_FIRST = (
    "Hoàng", "Minh", "Phước", "Thành", "Kim", "Ngọc", "Tân", "Đại", "Phú", "Vạn", "Bảo", "Gia",
    "Hưng", "Thuận", "Quang", "Thiên", "Hồng", "Thanh", "Tường", "Trường",
)  # fmt: skip
BRAND_SECOND = (
    "Phát", "Lợi", "Thịnh", "Hưng", "Long", "Phong", "Sang", "Tâm", "Thảo", "Anh", "Khang",
    "Vinh", "An", "Hòa", "Lộc", "Đạt", "Nguyên", "Hải", "Sơn", "Vân",
)  # fmt: skip

BY_BRAND = {
    "office_firm": (
        "Công ty TNHH Dịch vụ", "Công ty TNHH Tư vấn", "Văn phòng Công ty TNHH",
        "Trung tâm Ngoại ngữ", "Phòng khám",
    ),
    "evening": ("Quán ăn", "Quán cà phê", "Nhà hàng", "Quán nướng", "Karaoke"),
    "shop": (
        "Cửa hàng", "Tạp hóa", "Nhà thuốc", "Cửa hàng Vật liệu xây dựng", "Cửa hàng Điện máy",
        "Tiệm vàng", "Siêu thị mini",
    ),
    "weekend": ("Nhà hàng Tiệc cưới", "Khu du lịch sinh thái", "Hồ câu giải trí", "Khách sạn"),
    "workshop": (
        "Công ty TNHH Sản xuất", "Xưởng cơ khí", "Nhà máy nước đá", "Cơ sở xay xát lúa gạo",
        "Xưởng gỗ", "Công ty TNHH May",
    ),
    "bakery": ("Lò bánh mì", "Cơ sở bánh kẹo", "Lò bún", "Cơ sở hủ tiếu"),
    "farm": (
        "Hợp tác xã Nông nghiệp", "Trại nuôi tôm", "Trại chăn nuôi", "Vườn thanh long",
        "Trạm bơm Hợp tác xã", "Trại cá tra",
    ),
    "factory": (
        "Công ty Cổ phần Thủy sản", "Công ty TNHH Chế biến Gạo", "Công ty Cổ phần May",
        "Công ty TNHH Nhựa", "Công ty Cổ phần Thức ăn chăn nuôi", "Công ty TNHH Bao bì",
    ),
    "centre": (
        "Trung tâm Thương mại", "Khách sạn", "Công ty Cổ phần Kho vận", "Siêu thị",
        "Công ty TNHH Kho lạnh",
    ),
}  # fmt: skip
"""Kinds of organisations whose name ends in a brand."""

BY_PLACE = {
    "school": ("Trường Mầm non", "Trường Tiểu học", "Trường THCS", "Trạm Y tế", "Nhà trẻ"),
    "authority": (
        "UBND", "Chiếu sáng công cộng", "Trạm khuyến nông", "Nhà văn hóa", "Ban chỉ huy quân sự",
    ),
}  # fmt: skip
"""Kinds of organisations named after their commune."""
