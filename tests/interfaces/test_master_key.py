"""The master key: made once, read by its owner only, from a file, the environment or a token."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from congto.interfaces.project.master_key import MasterKeys, MemoryKey, read_keys, write_keys
from congto.vocabulary.errors import InvalidInputError

SOFTHSM = [
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib64/softhsm/libsofthsm.so"),
    Path("/opt/homebrew/lib/softhsm/libsofthsm2.so"),
]
A, B = b"\x11" * 32, b"\x22" * 32


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONGTO_MASTER_KEY", "CONGTO_MASTER_KEY_FORMER"):
        monkeypatch.delenv(name, raising=False)


def test_a_key_is_made_on_first_use_for_its_owner_only(tmp_path: Path) -> None:
    keys = MasterKeys(tmp_path / "data")
    file = tmp_path / "data" / "master_key"
    assert not file.exists()
    name = keys().current.name
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(read_keys(file)[0]) == 32
    assert MasterKeys(tmp_path / "data")().current.name == name
    assert [one.name for one in file.parent.iterdir()] == ["master_key"]


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "master_key"
    write_keys(file, [A])
    file.chmod(0o640)
    with pytest.raises(InvalidInputError, match=r"may be read by others \(mode 640\).*mode 600"):
        MasterKeys(tmp_path)()


@pytest.mark.parametrize("content", ["", "11" * 31, "zz" * 32, "11" * 32 + "\nhello", "ê"])
def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path, content: str) -> None:
    file = tmp_path / "master_key"
    write_keys(file, [])
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInputError) as refused:
        MasterKeys(tmp_path)()
    assert "11" * 4 not in refused.value.sentence()
    assert "hello" not in refused.value.sentence()


def test_the_first_key_of_a_file_seals_and_all_open(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    write_keys(file, [A])
    os.environ["CONGTO_MASTER_KEY"] = f"file:{file}"
    try:
        keys = MasterKeys(tmp_path)
        sealed = keys().current.seal(b"secret", b"device 1")
        old = keys().current.name
        write_keys(file, [B, A])
        assert keys().current.name == MemoryKey(B).name  # a running process sees the new key
        assert keys().named(old).unseal(sealed, b"device 1") == b"secret"
        assert keys().named(old).unseal(sealed, b"device 2") is None
        assert keys().current.unseal(sealed, b"device 1") is None
    finally:
        del os.environ["CONGTO_MASTER_KEY"]


def test_the_environment_names_the_key_and_a_former_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONGTO_MASTER_KEY", f"hex:{A.hex()}")
    monkeypatch.setenv("CONGTO_MASTER_KEY_FORMER", f"hex:{B.hex()}")
    keys = MasterKeys(tmp_path)()
    assert [keys.current.name, *(one.name for one in keys.former)] == [
        MemoryKey(A).name,
        MemoryKey(B).name,
    ]
    assert not list(tmp_path.iterdir())
    assert A.hex() not in repr(keys)
    monkeypatch.setenv("CONGTO_MASTER_KEY", A.hex())
    with pytest.raises(InvalidInputError, match="names no source") as refused:
        MasterKeys(tmp_path)()
    assert A.hex() not in refused.value.sentence()


def test_a_missing_file_named_by_the_environment_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONGTO_MASTER_KEY", f"file:{tmp_path / 'absent'}")
    with pytest.raises(InvalidInputError, match="a new key opens nothing"):
        MasterKeys(tmp_path)()


TOKEN = """
import sys
from pathlib import Path
import pkcs11
from congto.interfaces.project.master_key import MasterKeys
from congto.interfaces.project.token_key import token_key
from congto.vocabulary.errors import InvalidInputError

token = pkcs11.lib(sys.argv[1]).get_token(token_label="congto")
with token.open(rw=True, user_pin="1234") as session:
    for label in ("master-1", "master-2"):
        session.generate_key(pkcs11.KeyType.AES, 256, label=label, store=True)
keys = MasterKeys(Path(sys.argv[2]))()
assert keys.current.name == "pkcs11:master-2", keys
sealed = keys.current.seal(b"secret of a meter", b"device 1")
assert len(sealed) == 12 + 17 + 16
assert keys.current.unseal(sealed, b"device 1") == b"secret of a meter"
assert keys.current.unseal(sealed, b"device 2") is None
assert keys.current.unseal(sealed[:-1] + b"?", b"device 1") is None
assert keys.current.unseal(b"short", b"device 1") is None
(former,) = keys.former
assert former.unseal(sealed, b"device 1") is None
assert former.unseal(former.seal(b"old", b"d"), b"d") == b"old"
try:
    token_key("token=congto;object=absent")
except InvalidInputError as error:
    assert "absent: NoSuchKey" in error.sentence(), error
else:
    raise AssertionError("a key that is not there")
print("sealed in the token")
"""


def test_a_key_in_a_token_seals_there(tmp_path: Path) -> None:
    """In a process of its own: a PKCS#11 library belongs to the process that loads it."""
    pytest.importorskip("pkcs11", reason="the extra congto[hsm] is not installed")
    library = next(filter(Path.exists, SOFTHSM), None)
    if library is None:
        pytest.skip("SoftHSM is not installed")
    config = tmp_path / "softhsm.conf"
    (tmp_path / "tokens").mkdir()
    config.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n", encoding="ascii")
    environment = os.environ | {
        "SOFTHSM2_CONF": str(config),
        "CONGTO_PKCS11_MODULE": str(library),
        "CONGTO_PKCS11_PIN": "1234",
        "CONGTO_MASTER_KEY": "pkcs11:token=congto;object=master-2",
        "CONGTO_MASTER_KEY_FORMER": "pkcs11:token=congto;object=master-1",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    subprocess.run(
        [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            "congto",
            "--so-pin",
            "12345678",
            "--pin",
            "1234",
        ],
        env=environment,
        check=True,
        capture_output=True,
    )
    done = subprocess.run(
        [sys.executable, "-c", TOKEN, str(library), str(tmp_path)],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "sealed in the token\n", done.stderr
