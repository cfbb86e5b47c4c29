"""The handheld reading file of 40 fields: a book taken along as CSV or XML, and brought back.

Names and order of the fields are public (two unrelated projects agree); their meanings, the XML
around them and the codes in some of them are recalled, so docs/guides/handheld.md says what this
project writes. A figure has a decimal point and no thousands mark, a day is dd/mm/yyyy.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from lxml import etree

from congto.office.meterdata.manual_words import found_and_needed
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FIELDS = (
    "MA_NVGCS", "MA_KHANG", "MA_DDO", "MA_DVIQLY", "MA_GC", "MA_QUYEN", "MA_TRAM", "BOCSO_ID",
    "LOAI_BCS", "LOAI_CS", "TEN_KHANG", "DIA_CHI", "MA_NN", "SO_HO", "MA_CTO", "SERY_CTO", "HSN",
    "CS_CU", "TTR_CU", "SL_CU", "SL_TTIEP", "NGAY_CU", "CS_MOI", "TTR_MOI", "SL_MOI", "CHUOI_GIA",
    "KY", "THANG", "NAM", "NGAY_MOI", "NGUOI_GCS", "SL_THAO", "KIMUA_CSPK", "MA_COT", "SLUONG_1",
    "SLUONG_2", "SLUONG_3", "SO_HOM", "PMAX", "NGAY_PMAX",
)  # fmt: skip
ROOT, ROW = "NewDataSet", "Table1"
"""The elements around the fields as a .NET data set writes them (recalled)."""

BYTES_MAX = 32 * 2**20
FIELD_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One register of one point: where it stands in the file and its fields, trimmed."""

    number: int
    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values[name]


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong with one line, as a sentence; the line is left out."""

    number: int
    sentence: str


def to_csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Write lines as CSV: UTF-8 with a mark that spreadsheets know, comma, header."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, FIELDS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def to_xml(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Write lines as XML: an element a line, in it an element a field, empty ones included."""
    root = etree.Element(ROOT)
    for row in rows:
        element = etree.SubElement(root, ROW)
        for name in FIELDS:
            etree.SubElement(element, name).text = row[name]
    written: bytes = etree.tostring(
        root, xml_declaration=True, encoding="utf-8", pretty_print=True, standalone=True
    )
    return written


def read_file(content: bytes, name: str) -> tuple[list[Line], list[LineError]]:
    """Read a file that a device brought back: its good lines, and a sentence for each other one.

    XML is told by its first character. What stands before a break in the file is kept.

    Raises:
        InvalidInputError: the file is empty, too large, not UTF-8, or lacks fields.
    """
    if not content.strip():
        raise InvalidInputError(
            _("Tệp %(file)s trống") % {"file": name}, action=_("xuất lại từ máy cầm tay")
        )
    if len(content) > BYTES_MAX:
        raise InvalidInputError(
            found_and_needed(
                _("Tệp %(file)s dài %(size)d MB") % {"file": name, "size": len(content) // 2**20},
                _("không quá %(most)d MB") % {"most": BYTES_MAX // 2**20},
            )
        )
    errors: list[LineError] = []
    bare = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    raw = _xml(content, name, errors) if bare[:1] == b"<" else _csv(content, name, errors)
    return list(_without_repeats(raw, errors)), sorted(errors, key=lambda one: one.number)


def _csv(content: bytes, name: str, errors: list[LineError]) -> Iterator[Line]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        broken = content[: error.start].count(b"\n") + 1
        raise InvalidInputError(
            _("Tệp %(file)s dòng %(line)d không phải UTF-8") % {"file": name, "line": broken},
            action=_("lưu lại tệp bằng UTF-8"),
        ) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [one.strip() for one in next(reader)]
        _check_fields(header, name)
        for fields in reader:
            if any(field.strip() for field in fields):
                line = _line(reader.line_num, header, fields, errors)
                if line is not None:
                    yield line
    except csv.Error as error:
        errors.append(
            LineError(
                reader.line_num,
                _("Dòng %(line)d: dấu nháy không đóng hoặc sai chỗ (%(why)s); sửa dòng này.")
                % {"line": reader.line_num, "why": error},
            )
        )


def _check_fields(header: Sequence[str], name: str) -> None:
    """Refuse a file without all fields: nothing of it could be trusted."""
    missing = [field for field in FIELDS if field not in header]
    if missing:
        raise InvalidInputError(
            found_and_needed(
                _("Tệp %(file)s dòng 1 thiếu trường %(fields)s")
                % {"file": name, "fields": ", ".join(missing[:5])},
                _("đủ 40 trường của tệp máy cầm tay"),
            ),
            action=_("xuất lại tệp từ trang sổ ghi chỉ số"),
        )


def _line(
    number: int, header: Sequence[str], fields: Sequence[str], errors: list[LineError]
) -> Line | None:
    """Return a line with its fields by name; a torn or overlong one becomes an error."""
    sentence = ""
    if len(fields) != len(header):
        sentence = _("Dòng %(line)d có %(found)d trường, cần %(expected)d; dòng bị bỏ qua.") % {
            "line": number,
            "found": len(fields),
            "expected": len(header),
        }
    elif long := next(
        (h for h, f in zip(header, fields, strict=True) if len(f) > FIELD_LONGEST), ""
    ):
        sentence = _("Dòng %(line)d: trường %(field)s dài quá %(most)d ký tự; dòng bị bỏ qua.") % {
            "line": number,
            "field": long,
            "most": FIELD_LONGEST,
        }
    if sentence:
        errors.append(LineError(number, sentence))
        return None
    values = {key: field.strip() for key, field in zip(header, fields, strict=True)}
    return Line(number, {key: values[key] for key in FIELDS})


def _overlong(header: Sequence[str], fields: Sequence[str]) -> str:
    pairs = zip(header, fields, strict=True)
    return next((name for name, text in pairs if len(text) > FIELD_LONGEST), "")


def _xml(content: bytes, name: str, errors: list[LineError]) -> Iterator[Line]:
    """Read element by element, so that what stands before a break in the file is kept."""
    events = etree.iterparse(
        io.BytesIO(content), tag=ROW, resolve_entities=False, no_network=True, load_dtd=False
    )
    seen = 0
    try:
        for _event, element in events:
            fields = {
                child.tag: (child.text or "") for child in element if isinstance(child.tag, str)
            }
            if not seen:
                _check_fields(list(fields), name)
            seen += 1
            number = element.sourceline or 0
            complete = _complete(number, fields, errors)
            if complete is not None:
                yield complete
            element.clear()
    except etree.XMLSyntaxError as error:
        errors.append(
            LineError(
                error.lineno or 0,
                _("Dòng %(line)d: XML đứt hoặc sai; %(kept)d dòng số liệu trước đó được giữ.")
                % {"line": error.lineno or 0, "kept": seen},
            )
        )
    if not seen:
        raise InvalidInputError(
            found_and_needed(
                _("Tệp %(file)s không có phần tử %(row)s nào") % {"file": name, "row": ROW},
                f"<{ROOT}><{ROW}>…",
            )
        )


def _complete(number: int, fields: Mapping[str, str], errors: list[LineError]) -> Line | None:
    missing = [field for field in FIELDS if field not in fields]
    if missing:
        errors.append(
            LineError(
                number,
                _("Dòng %(line)d thiếu trường %(fields)s; dòng bị bỏ qua.")
                % {"line": number, "fields": ", ".join(missing[:5])},
            )
        )
        return None
    return _line(number, FIELDS, [fields[name] for name in FIELDS], errors)


def _without_repeats(lines: Iterator[Line], errors: list[LineError]) -> Iterator[Line]:
    """Keep the first line of a register of a point; a second one is an error."""
    seen: dict[tuple[str, str, str, str], int] = {}
    for line in lines:
        key = (line["MA_QUYEN"], line["MA_DDO"], line["LOAI_BCS"], line["NGAY_MOI"])
        first = seen.setdefault(key, line.number)
        if first == line.number:
            yield line
            continue
        errors.append(
            LineError(
                line.number,
                _("Dòng %(line)d lặp lại điểm đo %(point)s bộ %(register)s của dòng %(first)d.")
                % {
                    "line": line.number,
                    "point": line["MA_DDO"],
                    "register": line["LOAI_BCS"],
                    "first": first,
                },
            )
        )
