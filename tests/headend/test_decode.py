"""`congto dlms decode` tells published frames as they were published."""

import json

import pytest

from congto.interfaces.cli.main import main
from dlms_captures import captures
from dlms_vectors import VECTORS
from green_book import AUTHENTICATION_KEY, ENCRYPTION_KEY, PROTECTED_GET_CLOCK, SERVER

KEYS = ["--key", ENCRYPTION_KEY.hex(), "--auth-key", AUTHENTICATION_KEY.hex()]
TITLE = ["--title", SERVER.hex()]

# pastebin.com/iKKsDimZ: a session by logical names, as its program logged it
LOG = """
- Send SNRM request.
- <- 10:17:06 7E A0 14 03 21 93 63 E7 81 80 08 05 02 03 F2 06 02 03 F2 03 F0 7E
- -> 10:17:06 7E A0 20 21 03 73 73 98 81 80 14 05 02 03 F2 06 02 03 F2 07 04 00 00 00 01 08 04 00 00 00 01 0A 75 7E  # UA
- <- 10:17:06 7E A0 2B 03 21 10 FB AF E6 E6 00 60 1D A1 09 06 07 60 85 74 05 08 01 01 BE 10 04 0E 01 00 00 00 06 5F 1F 04 00 00 1E 1D FF FF C5 E4 7E
- -> 10:17:06 7E A0 39 21 03 30 2E D2 E6 E7 00 61 82 00 29 A1 09 06 07 60 85 74 05 08 01 01 A2 03 02 01 00 A3 05 A1 03 02 01 00 BE 10 04 0E 08 00 06 5F 1F 04 00 00 10 1D 03 EF 00 07 44 36 7E
- <- 10:17:07 7E A0 19 03 21 32 6F D8 E6 E6 00 C0 01 C1 00 0F 00 00 28 00 00 FF 02 00 91 53 7E
"""  # noqa: E501  (lines of a log)


@pytest.fixture
def decode(capsys):
    """Run the command; return exit code and what it printed."""

    def run(*words):
        code = main(["dlms", "decode", *map(str, words)])
        return code, capsys.readouterr().out

    return run


def test_a_log_is_told_frame_by_frame(decode, tmp_path):
    log = tmp_path / "session.log"
    log.write_text(LOG)
    code, told = decode(log)
    assert code == 0
    for line in (
        "HDLC frame: 16 to 1, SNRM, poll/final",
        "  parameters: sends 1010 bytes in 1 frames, takes 1010 in 1",
        "HDLC frame: 1 to 16, I 0, awaits 1, poll/final",
        "  association response (AARE): accepted",
        "      longest message taken: 1007 bytes",  # 0x03EF
        "  GET request 1 (high priority, confirmed)",
        "    object: 0-0:40.0.0*255 Liên kết ứng dụng · Association",
        "      of: Association LN, attribute 2 object_list",
    ):
        assert line in told.splitlines()


@pytest.mark.parametrize("control", PROTECTED_GET_CLOCK)
def test_a_ciphered_message_is_opened_and_its_tag_checked(decode, control):
    code, told = decode(PROTECTED_GET_CLOCK[control], *KEYS, *TITLE)
    assert code == 0
    assert "invocation counter: 19088743" in told  # 0x01234567
    assert "object: 0-0:1.0.0*255 Đồng hồ · Clock" in told
    proved = "opened: authentication tag right" in told
    assert proved == bool(control & 0x10)


def test_a_wrong_key_is_told_in_one_sentence(decode):
    wrong = ["--key", bytes(16).hex(), "--auth-key", AUTHENTICATION_KEY.hex()]
    code, told = decode(PROTECTED_GET_CLOCK[0x30], *wrong, *TITLE)
    assert code == 1
    assert "! not opened: authentication-tag-wrong" in told
    assert "Đồng hồ" not in told


def test_without_a_key_the_envelope_is_told(decode):
    code, told = decode(PROTECTED_GET_CLOCK[0x30])
    assert code == 0
    assert "protection: suite 0, authenticated and encrypted" in told
    assert "closed: 25 bytes; --key opens them" in told  # 13 of the message and 12 of the tag


def test_keys_and_passwords_do_not_show(decode):
    for name in ("G AARQ with a password", "G initiate request with a dedicated key"):
        _, told = decode(VECTORS[name][0])
        assert "not shown" in told
        assert "12345678" not in told
        assert "00112233" not in told.replace(" ", "")


@pytest.mark.parametrize(
    "message",
    [
        "C101C1 000F 0000280000FF 07 00 0908 3132333435363738",  # the password is set
        "C104C1 01 000F 0000280000FF 07 00 01 0908 3132333435363738",
        "C301C1 000F 0000280000FF 02 01 0908 3132333435363738",  # the HLS secret is changed
        "C303C1 01 000F 0000280000FF 02 01 0908 3132333435363738",
        "D9 00000001 00 01 02 000F 0000280000FF 07 01 0908 3132333435363738",
    ],
)
def test_a_new_password_does_not_show(decode, message):
    code, told = decode(message)
    assert code == 0
    assert "not shown" in told
    assert "12345678" not in told


def test_a_password_read_from_a_meter_does_not_show(decode, tmp_path):
    log = tmp_path / "log"
    log.write_text("C001C1 000F 0000280000FF 07 00\nC401C1 00 0908 3132333435363738\n")
    _, told = decode(log)
    assert "value: not shown" in told
    assert "12345678" not in told


def test_a_command_is_told_by_name(decode):
    _, told = decode("C301C1 0046 000060030AFF 01 01 0F00")
    assert "of: Disconnect control, method 1 remote_disconnect" in told


def test_an_answer_is_named_by_its_request(decode, tmp_path):
    log = tmp_path / "log"
    log.write_text(
        "C001C1 0003 0100010800FF 02 00 // asked\n"
        "C401C1 00 0600000064\n"
        "C003C2 02 0003 0100010800FF 03 00 0008 0000010000FF 02 00\n"
        "C402C2 00 00000001 00 0A 02 00 02020F0016 1E0009\n"
        "C402C2 01 00000002 00 0D 0C 07EA0B190315000000FE5C00\n"
    )
    code, told = decode(log)
    assert code == 0, told
    lines = told.splitlines()
    answer = lines.index("GET response 1 (high priority, confirmed)")
    assert "Điện năng tác dụng chiều giao" in lines[answer + 1]
    assert lines[answer + 3] == "  value: 100 (uint32)"
    assert "  value 1: x 10^0 Wh" in lines
    assert "  value 2: 2026-11-25 21:00:00 +07:00 (octet-string)" in lines


def test_wrapper_frames_and_a_cut_one(decode):
    code, told = decode("0001 0001 0010 0008 C401C1000600 0064 0001 0001 0010 0008 C401")
    assert code == 1
    assert "wrapper frame: port 1 to port 16, 8 bytes" in told
    assert "! cut off: 10 bytes of a frame without its end" in told


@pytest.mark.parametrize(
    ("digits", "line"),
    [
        # K's SNRM with one bit of its check sequence wrong
        ("7EA00A00020023219318707E", "! frame that ends at byte 11: bad-checksum"),
        ("C401C1000600", "  ! value: truncated: 1 bytes left at byte 1 of 2; expected 4 more."),
        ("C409C1", "! message: unknown-tag: GET response of kind 9"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(decode, digits, line):
    code, told = decode(digits)
    assert code == 1
    assert any(one.startswith(line) for one in told.splitlines()), told


@pytest.mark.parametrize(
    "words", [["C40"], ["no-such-file"], ["7E", "--key", "0g"], ["--title", "00", "7E"]]
)
def test_what_was_given_wrongly_is_one_sentence(words, capsys):
    assert main(["dlms", "decode", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_binary_file_is_read(decode, tmp_path):
    capture = tmp_path / "line.bin"
    capture.write_bytes(bytes.fromhex("7EA00A00020023219318717E"))  # K's SNRM
    code, told = decode(capture)
    assert (code, told) == (0, "HDLC frame: 16 to 1/17, SNRM, poll/final\n")


@pytest.mark.parametrize("name", VECTORS)
def test_every_vector_is_told(decode, name):
    code, told = decode(VECTORS[name][0])
    assert code == 0, told
    assert type(VECTORS[name][1]).__name__ not in told  # in words of people, not of the code


@pytest.mark.shared
def test_json_holds_the_published_values(decode, shared, tmp_path):
    capture = captures(shared)["hdlc_kamstrup_omnipower"]
    line = tmp_path / "capture.hex"
    line.write_text(capture["frames"][-1])
    keys = ["--key", capture["key"], "--auth-key", capture["auth_key"]]
    code, told = decode(line, *keys, "--json")
    assert code == 0
    (frame,) = json.loads(told)
    (push,) = [one for one in frame["parts"][-1]["parts"] if one["name"].startswith("data")]
    rows = {one["name"].split()[0]: one["value"] for one in push["parts"] if "value" in one}
    for code_, value in capture["floats"].items():
        a, b, c, d, e, f = code_.split(".")
        assert rows[f"{a}-{b}:{c}.{d}.{e}*{f}"] == f"{value:.0f}"


def test_a_profile_is_told_a_row_a_line(decode):
    row = "0202 090C07EA0B190315000000FE5C00 0600000064"
    code, told = decode("C401C1 00 0102" + row + row)
    assert code == 0
    assert told.splitlines()[-1] == "    2: {2026-11-25 21:00:00 +07:00, 100}"


def test_a_signed_message_is_told_with_what_is_inside(decode):
    """Fields as the Green Book lists them; the signature is 64 zeros, which nobody checks here."""
    inside = "C0010000080000010000FF0200"
    fields = "08 0000000000000005 08 4D4D4D0000000001 08 4D4D4D0000BC614E 00 00"
    code, told = decode(f"DF {fields} 0D {inside} 40 {'00' * 64}")
    assert code == 0
    first, *others = told.splitlines()
    assert first == "signed message"
    assert "  from: MMM 4D4D4D0000000001" in others
    assert "  signature: 64 bytes, not checked" in others
    assert any("GET request" in line for line in others)


@pytest.mark.parametrize("wrapping", ["piece", "signature"])
def test_messages_in_messages_without_end_are_refused(decode, wrapping, tmp_path):
    """Each of two thousand in the next: no recursion is that deep."""
    apdu = b"\xc0"
    for _ in range(2_000):
        size = b"\x82" + len(apdu).to_bytes(2)
        if wrapping == "piece":
            apdu = b"\xe0\x80\x00\x01\x00\x00" + size + apdu
        else:
            apdu = b"\xdf" + bytes(5) + size + apdu + b"\x00"
    capture = tmp_path / "deep.bin"
    capture.write_bytes(apdu)
    code, told = decode(capture)
    assert code == 1
    assert "nested-too-deep" in told
