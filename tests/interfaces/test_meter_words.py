"""What sessions, commands and their findings say of meters, on both screens."""

import ast
import re
from pathlib import Path

import pytest
from django.utils import translation

from congto.headend.campaigns.clock import Deed
from congto.interfaces.console import meter_words, seen_words
from congto.interfaces.console.fault_words import FAULT_WORDS
from congto.interfaces.console.finding_words import finding_text
from congto.interfaces.console.meter_words import OF_CARRIERS, OF_METERS, told
from congto.interfaces.meters import carry_image, carry_states, checking, reading, visiting
from spoken import template

SOURCE = Path(meter_words.__file__).parents[2]
SPEAKING = ("headend/dlms", "headend/profiles", "headend/transports", "headend/campaigns",
            "interfaces/meters")  # fmt: skip
TO_NOBODY = re.compile(
    r"push|simulator|loader|entry_parts|event_logs|hdlc_habits|model\.py|meters/pushes"
)
"""Readers of pushes and of profiles speak to logs and to who writes a profile: on no screen."""
RAISED = {
    "DlmsError", "InvalidInputError", "RefusedError", "_refused", "refusal", "_wrong_check", "_bad",
}  # fmt: skip
FIGURES = re.compile(r"(\{\}|[\W\d])*|\{\} (of|in) \{\}|\{\} x 10\^\{\}|\.0")
"""What holds no word, or only one between two figures."""
VIETNAMESE = re.compile(r"[à-ỹđĐ]")


def raised(path: Path) -> set[str]:
    """Return every text given to an error of a module."""
    texts: set[str] = set()

    def gather(node: ast.AST) -> None:
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        ):
            texts.add(template(node))
            return
        for part in ast.iter_child_nodes(node):
            gather(part)

    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISED:
            for part in (*node.args, *(one.value for one in node.keywords)):
                gather(part)
    return texts


def test_every_error_of_a_session_has_its_vietnamese():
    files = [one for room in SPEAKING for one in (SOURCE / room).rglob("*.py")]
    said = {text for one in files if not TO_NOBODY.search(str(one)) for text in raised(one)}
    known = {one.strip().rstrip(".") for one in OF_METERS}
    left = {one for one in said if one.strip().rstrip(".") not in known}
    assert len(said) > 250
    assert sorted(one for one in left if not FIGURES.fullmatch(one)) == []


def test_every_message_of_a_carrier_has_its_english():
    said = {*carry_states.WORDS.values(), *carry_image.WORDS.values()}
    files = [*(SOURCE / "interfaces/meters").glob("carry_*.py")]
    files += [SOURCE / "office/commands" / one for one in ("sending.py", "withdrawing.py")]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Known", "_"}:
                said |= {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}
    texts = {one for one in said if isinstance(one, str) and VIETNAMESE.search(one)}
    refusals = ("Thiếu", "ghi ", "Phiếu lệnh", "rút cả", "Không có", "quá hạn")
    kept = {re.sub(r"%\(\w+\)s", "{}", one) for one in texts if not one.startswith(refusals)}
    assert len(kept) > 30
    assert sorted(kept - set(OF_CARRIERS)) == []


def test_both_sides_of_a_phrase_hold_the_same():
    pairs = {**OF_METERS, **OF_CARRIERS}
    assert [one for one, said in pairs.items() if one.count("{}") != said.count("{}")] == []


def test_every_fault_of_a_task_has_words():
    faults = {visiting.UNREADY, visiting.UNCARRIED, visiting.INTERNAL, reading.REFUSED, *Deed}
    faults |= {checking.OTHER_METER, checking.NOT_REACHED}
    assert faults <= set(FAULT_WORDS)


@pytest.mark.parametrize(
    ("kept", "vietnamese"),
    [
        (
            "no-answer: no answer in 120 seconds; expected an answer.",
            "không trả lời trong 120 giây; cần một trả lời.",
        ),
        (
            (
                "authentication-tag-wrong: the authentication tag does not fit the message;"
                " expected a message sealed with the encryption and authentication key of this"
                " meter; Compare both keys and the system title with the meter's; nothing was"
                " accepted."
            ),
            (
                "mã xác thực không khớp bản tin; cần bản tin mã hóa bằng khóa mã hóa và khóa xác"
                " thực của công tơ này; đối chiếu hai khóa và system title với công tơ; chưa nhận"
                " gì."
            ),
        ),
        (
            (
                "unreachable: 10.1.2.3:4059: no answer in 30 seconds; expected a meter that listens"
                " there; Compare address and port with the meter's; is its modem online?."
            ),
            (
                "10.1.2.3:4059: không trả lời trong 30 giây; cần công tơ đang nghe ở đó;"
                " đối chiếu địa chỉ, cổng với công tơ; modem có trực tuyến không?."
            ),
        ),
        ("công tơ nhận khóa mới", "công tơ nhận khóa mới"),
        ("something new; of a maker.", "something new; of a maker."),
        ("", ""),
    ],
)
def test_a_sentence_of_a_session_in_both_languages(kept: str, vietnamese: str):
    with translation.override("vi"):
        assert told(kept) == vietnamese


def test_an_english_screen_has_the_sentence_as_it_was_said():
    with translation.override("en"):
        assert told("no-answer: no answer in 9 seconds; expected an answer.") == (
            "no answer in 9 seconds; expected an answer."
        )


def test_a_note_of_a_command_in_both_languages():
    note = "bộ giới hạn so sánh A, không phải W; không gửi gì"
    with translation.override("en"):
        assert told(note) == "the limiter compares A, not W; nothing was sent"
        assert told("rơ le kẹt: đã nhận lệnh nhưng tiếp điểm không đổi") == (
            "the relay is stuck: it took the command and its contact did not move"
        )
    with translation.override("vi"):
        assert told(note) == note


def test_the_finding_of_a_command_in_both_languages():
    text = "Lệnh số 7 (cắt điện) tới công tơ SIM1: không thực hiện. trạng thái không đổi"
    with translation.override("en"):
        assert finding_text(text) == (
            "Command 7 (disconnect) to meter SIM1: not carried out. the state did not change"
        )
    refused = text.replace("trạng thái không đổi", "no answer in 9 seconds; expected an answer.")
    with translation.override("vi"):
        assert finding_text(refused).endswith("không trả lời trong 9 giây; cần một trả lời.")


def test_what_was_read_back_is_said_in_words():
    relay = {"state": {"control": "connected", "closed": True}, "mode": "remote_ready_by_hand"}
    kept = {
        "order": "disconnect",
        "verdict": "confirmed",
        "why": "shown",
        "sent": True,
        "before": relay,
        "seen": [{"control": "disconnected", "closed": False}],
        "answer": "",
    }
    mode = "cắt từ xa, tại chỗ; đóng tại chỗ khi được phép"
    with translation.override("vi"):
        assert seen_words.lines_of(kept) == [
            ("đã gửi", "có"),
            ("trước", f"rơ le trạng thái đã đóng điện, tiếp điểm đóng, chế độ {mode}"),
            ("đọc lại", "trạng thái đã cắt điện, tiếp điểm mở"),
        ]
    with translation.override("en"):
        lines = dict(seen_words.lines_of(kept))
    assert not [one for pair in lines.items() for one in pair if VIETNAMESE.search(one)]
    assert lines["read back"] == "state disconnected, contact open"
