"""Files of devices and shipments: each maker's columns as data; no message shows a secret."""

import base64
import csv
import io
from importlib.resources import files

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap, aes_key_wrap_with_padding

from congto.headend.simulator.fleet import Fleet, Plan, write_shipment
from congto.headend.simulator.secrets import secrets_of
from congto.interfaces.files.devices.adapter import adapter_names, load_adapter
from congto.interfaces.files.devices.models import models_for
from congto.interfaces.files.devices.reader import read_devices
from congto.interfaces.meters.profiles import known_profiles
from congto.office.devices.choices import Path, SecretUse
from congto.office.devices.operations import Outcome, SecretBytes
from congto.vocabulary.errors import InvalidInputError

TRANSPORT = b"transport key 16"
KEY = bytes(range(16))


def csv_of(*rows: tuple[str, ...], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def test_the_simulators_shipment_file_is_read_with_all_keys() -> None:
    text = io.StringIO()
    fleet = Fleet(Plan(3, 7), lambda: 0)
    write_shipment(fleet.shipment("", 4059, framing="wrapper"), text)
    found = read_devices("shipment.csv", text.getvalue().encode())
    assert (found.adapter, found.refused) == ("congto-shipment", [])
    second = found.rows[1]
    made = secrets_of(7, 2)
    assert (second.line, second.serial, second.profile) == (3, "SIM0070000002", "congto-simulator")
    assert (second.host, second.port, second.logical_device) == ("127.0.0.2", 4059, 1)
    assert second.secrets == {
        SecretUse.PASSWORD: SecretBytes(made.password),
        SecretUse.UNICAST: SecretBytes(made.unicast),
        SecretUse.AUTHENTICATION: SecretBytes(made.authentication),
        SecretUse.MASTER: SecretBytes(made.master),
    }
    assert second.claims == {"framing": "wrapper", "client": "1", "mechanism": "gmac", "suite": "0"}


def test_a_list_of_devices_needs_only_serial_and_profile() -> None:
    found = read_devices(
        "list.csv",
        csv_of(
            ("profile", "serial", "path", "concentrator"), ("generic", "1", "concentrator", "K")
        ),
    )
    assert found.adapter == "congto"
    (row,) = found.rows
    assert (row.serial, row.profile, row.path, row.concentrator) == (
        "1",
        "generic",
        Path.CONCENTRATOR,
        "K",
    )
    assert (row.port, row.logical_device, row.secrets) == (None, 1, {})


def test_wrapped_keys_of_another_maker_are_unwrapped() -> None:
    header = ("Serial No", "Type", "ST", "LLS", "GUEK wrapped", "Carton")
    wrapped = aes_key_wrap(TRANSPORT, KEY).hex()
    content = csv_of(
        header, ("0042", "CTO-3P-1", "53494D07000000FF", "pass", wrapped, "9"), delimiter=";"
    )
    with pytest.raises(InvalidInputError, match="keys are wrapped; expected the transport key"):
        read_devices("s.csv", content)
    (row,) = read_devices("s.csv", content, transport_key=TRANSPORT).rows
    assert (row.serial, row.profile) == ("0042", "congto-simulator")
    assert row.secrets[SecretUse.UNICAST] == SecretBytes(KEY)
    assert row.secrets[SecretUse.PASSWORD] == SecretBytes(b"pass")
    (refused,) = read_devices("s.csv", content, transport_key=b"x" * 16).refused
    assert refused.problems[0].found == "unicast_key cannot be read"
    assert "transport key" in refused.problems[0].action


ADAPTER = """
source: a test
confidence: inference
delimiter: ","
encoding: utf-8
columns: {serial: number, password: pw, unicast_key: key}
required: [serial]
forms: {keys: base64, passwords: aes-kwp}
"""


def test_an_adapter_of_ones_own_is_a_file(tmp_path) -> None:
    (tmp_path / "maker.yaml").write_text(ADAPTER, encoding="utf-8")
    padded = aes_key_wrap_with_padding(TRANSPORT, b"12345").hex()
    content = csv_of(("number", "pw", "key"), ("1", padded, base64.b64encode(KEY).decode()))
    (row,) = read_devices("s.csv", content, transport_key=TRANSPORT, directory=tmp_path).rows
    assert row.secrets == {
        SecretUse.PASSWORD: SecretBytes(b"12345"),
        SecretUse.UNICAST: SecretBytes(KEY),
    }


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("serial: number", "serials: number", "key serials: unknown key"),
        ("confidence: inference", "confidence: sure", "found 'sure'"),
        ('delimiter: ","', 'delimiter: "x"', "found 'x'"),
        ("keys: base64", "keys: rot13", "found 'rot13'"),
        ("required: [serial]", "required: [host]", "found ['host']"),
        ("source: a test\n", "", "key source: the key is missing"),
    ],
)
def test_a_wrong_adapter_is_refused_by_file_and_key(tmp_path, old, new, said) -> None:
    (tmp_path / "maker.yaml").write_text(ADAPTER.replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidInputError) as refused:
        load_adapter("maker", tmp_path)
    assert said in refused.value.sentence()
    assert "maker.yaml" in refused.value.sentence()


def test_every_adapter_that_comes_with_congto_loads() -> None:
    assert [load_adapter(name).name for name in adapter_names()] == list(adapter_names())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no adapter knows all its columns"),
        (b"serial,colour\n1,red\n", "no adapter knows all its columns: serial,colour"),
        (b"profile,host\n", "no adapter knows all its columns"),
    ],
)
def test_a_file_that_no_adapter_knows_is_refused(content, said) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_devices("f.csv", content)
    assert said in refused.value.sentence()


def test_a_line_that_cannot_be_read_says_why_and_the_others_are_read() -> None:
    secret = "00112233445566778899AABBCCDDEEF"  # a digit short
    found = read_devices(
        "f.csv",
        csv_of(
            ("serial", "profile", "port", "path", "unicast_key"),
            ("1", "generic", "4O59", "radio", secret),
            ("2", "generic", "4059", "", ""),
            ("3", "generic"),
        ),
    )
    assert [row.serial for row in found.rows] == ["2"]
    first, third = found.refused
    assert (first.line, first.serial, first.outcome) == (2, "1", Outcome.REFUSED)
    assert [problem.found for problem in first.problems] == [
        "port 4O59",
        "unicast_key cannot be read",
        "path radio",
    ]
    assert secret not in str(found)
    assert (third.line, third.problems[0].found) == (4, "2 cells")


def test_a_file_with_another_encoding_or_a_double_column_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="byte 18 is not utf-8"):
        read_devices("f.csv", b"serial,profile\n\n1\xff,generic\n", adapter="congto")
    with pytest.raises(InvalidInputError, match="a column stands there twice"):
        read_devices("f.csv", b"serial,profile,profile\n", adapter="congto")
    with pytest.raises(InvalidInputError, match="column profile is missing"):
        read_devices("f.csv", b"serial\n1\n", adapter="congto")
    with pytest.raises(InvalidInputError, match="adapter 'acme'"):
        read_devices("f.csv", b"serial\n1\n", adapter="acme")


def test_a_profile_of_the_data_folder_goes_before_the_one_of_congto(settings, tmp_path) -> None:
    settings.DATA = tmp_path
    shipped = files("congto.headend.profiles").joinpath("generic.yaml").read_text("utf-8")
    (tmp_path / "profiles").mkdir()
    for name, port in (("generic", "4060"), ("maker-x", "4061")):
        text = shipped.replace('port: "4059"', f'port: "{port}"')
        (tmp_path / "profiles" / f"{name}.yaml").write_text(text, encoding="utf-8")
    models = models_for(["generic", "maker-x", "congto-simulator"])
    assert [models[name].port for name in ("generic", "maker-x", "congto-simulator")] == [
        4060,
        4061,
        4059,
    ]
    assert {"maker-x", "congto-simulator"} <= set(known_profiles())


def test_a_model_of_mode_c_needs_no_secret() -> None:
    model = models_for(["iec-mode-c"])["iec-mode-c"]
    assert (model.needs, model.certificates, model.port) == (frozenset(), frozenset(), 8000)
    assert model.facts == {"framing": "mode-c"}


def test_what_a_profile_needs_follows_from_how_it_associates() -> None:
    models = models_for(["congto-simulator", "generic", "absent"])
    assert models["congto-simulator"].needs == {SecretUse.UNICAST, SecretUse.AUTHENTICATION}
    assert models["generic"].needs == {SecretUse.PASSWORD}
    assert models["generic"].port == 4059
    assert "'absent'" in models["absent"]
