"""`congto ... | head` ends quietly, whichever command it is."""

import os
import subprocess
import sys

import pytest

LINES = "import sys; from congto.interfaces.cli import main; sys.exit(main.main({arguments}))"


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["manage", "help", "--commands"],
        ["--help"],
        ["dlms", "decode", "--help"],
    ],
)
def test_a_reader_that_has_seen_enough_gets_no_traceback(
    arguments: list[str], unbuffered: str
) -> None:
    code = LINES.format(arguments=arguments)
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    ) as command:
        command.stdout.close()
        said = command.stderr.read().decode()
        command.wait(60)
    assert "Traceback" not in said
    assert "BrokenPipe" not in said
    assert command.returncode in {0, 141}


def test_a_long_output_that_is_cut_off_says_so_by_its_exit_code() -> None:
    told = (
        "import sys, types; from congto.interfaces.cli import main;"
        "made = types.ModuleType('made');"
        "made.main = lambda _: [print('x' * 999) for _ in range(9999)] and 0;"
        "sys.modules['made'] = made; main.COMMANDS['made'] = ('made', '');"
        "sys.exit(main.main(['made']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", told], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as command:
        assert command.stdout.readline() == b"x" * 999 + b"\n"
        command.stdout.close()
        assert command.stderr.read() == b""
        assert command.wait(60) == 141
