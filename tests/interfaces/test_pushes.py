"""Pushes: on the disk before they count, in the books once, refused ones kept by their reason."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError
from hypothesis import given, settings
from hypothesis import strategies as st

import world_devices
import world_meters as world
from congto.headend.dlms.apdu.notices import DataNotification
from congto.headend.dlms.data import octets, structure, u32
from congto.headend.dlms.faults import Fault
from congto.headend.dlms.obis import obis
from congto.headend.dlms.wrapper import wrap
from congto.headend.simulator.calendars import age_of, clock_bytes
from congto.headend.simulator.fleet import Fleet, Plan
from congto.headend.simulator.push import push_datagram
from congto.headend.transports.push_listener import Datagram, PushListener
from congto.interfaces.meters.push_keys import PushKeys
from congto.interfaces.meters.pushes import taking
from congto.interfaces.meters.pushes.book import OPEN, PushBook
from congto.interfaces.meters.pushes.listening import Batching, Listening
from congto.interfaces.meters.pushes.senders import BookSenders
from congto.interfaces.meters.pushes.taking import AWAY, NOT_PROVED, Taking, deliver
from congto.office.intake.models import Delivery
from congto.office.meterdata.models import RegisterReading
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 4, 17, 0, tzinfo=UTC)  # 00:00 of the 5th in Viet Nam
RATES = ("normal", "peak", "off_peak")
ANYWHERE = "10.0.0.9"
REASONS = (
    *(Fault.REPLAYED, Fault.BAD_TAG, Fault.UNKNOWN_KEY, Fault.TRUNCATED),
    NOT_PROVED,
)


@pytest.fixture
def book(tmp_path):
    with PushBook(tmp_path / "pushes").held() as found:
        yield found


@pytest.fixture
def devices(books, settings, tmp_path) -> Fleet:
    """Give meters M1 and M2 of the books, which push at midnight."""
    settings.DATA = tmp_path / "data"
    world.build()
    for number in (1, 2):
        world_devices.device(number)
    return Fleet(Plan(5, world_devices.SEED), lambda: age_of(MIDNIGHT))


def taking_of(book: PushBook, *, plain: bool = False) -> Taking:
    keys = PushKeys(lambda: NOW, "test")
    return Taking(PushListener(keys.opens), BookSenders(), book, plain=plain)


def pushed(fleet: Fleet, number: int) -> Datagram:
    return Datagram(push_datagram(fleet, fleet.meter(number)), ANYWHERE, 4059)


def plain(*items, at: datetime = MIDNIGHT) -> Datagram:
    apdu = DataNotification(7, clock_bytes(age_of(at)), structure(*items)).encode()
    return Datagram(wrap(1, 102, apdu), ANYWHERE, 4059)


def registers() -> list[tuple[str, int, date, int, int]]:
    fields = ("usage_point__code", "register", "read_on", "index_wh", "version")
    return list(RegisterReading.objects.order_by(*fields[:2]).values_list(*fields))


def measured(fleet: Fleet, number: int) -> list[int]:
    energies = fleet.meter(number).energies(age_of(MIDNIGHT))
    return [energies.total_wh, *energies.rates]


def test_the_registers_of_midnight_enter_the_books_once(devices, book) -> None:
    take = taking_of(book)
    take.take([pushed(devices, 1), pushed(devices, 2)], NOW)
    book.close()
    assert [brought for _, brought in deliver(book, NOW)] == [8]
    assert list(deliver(book, NOW)) == []
    day = date(2026, 11, 5)
    assert registers() == [
        (f"P{number}", register, day, wh, 1)
        for number in (1, 2)
        for register, wh in enumerate(measured(devices, number))
    ]
    assert Delivery.objects.get().source == "push"
    assert take.counts == {"taken": 2}


def test_what_cannot_be_believed_is_counted_by_reason_and_kept(devices, book) -> None:
    good = pushed(devices, 1)
    spoilt = Datagram(good.content[:-1] + bytes((good.content[-1] ^ 1,)), ANYWHERE, 1)
    unsigned = plain(structure(octets(obis("1-0:1.8.0*255")), u32(5)))
    take = taking_of(book)
    take.take([spoilt, pushed(devices, 5), unsigned, Datagram(b"\x00\x01", ANYWHERE, 1)], NOW)
    take.take([good, good], NOW)
    assert take.counts == Counter(dict.fromkeys(("taken", *REASONS), 1))
    kept = (book.folder / "refused_20261105.jsonl").read_text().splitlines()
    assert Counter(json.loads(line)["reason"] for line in kept) == dict.fromkeys(REASONS, 1)
    assert json.loads(kept[0])["raw"] == spoilt.content.hex()


def test_a_plain_push_counts_where_that_was_asked_for(devices, book) -> None:
    # M1's logical device name begins with its maker; 1.8.0 has the scaler 0 of its model.
    name = structure(octets(obis("0-0:42.0.0*255")), octets(b"CTOM1"))
    total = structure(octets(obis("1-0:1.8.0*255")), u32(1_234))
    stranger = structure(octets(obis("0-0:42.0.0*255")), octets(b"CTOM9"))
    take = taking_of(book, plain=True)
    take.take([plain(name, total), plain(stranger, total)], NOW)
    book.close()
    assert [brought for _, brought in deliver(book, NOW)] == [1]
    assert registers() == [("P1", 0, date(2026, 11, 5), 1_234, 1)]
    assert take.counts == {"taken": 1, "unknown_meter": 1}


def test_a_register_of_another_time_than_midnight_is_no_reading(devices, book) -> None:
    noon = Fleet(devices.plan, lambda: age_of(NOW))
    take = taking_of(book)
    take.take([pushed(noon, 1)], NOW)
    assert take.counts == {"empty": 1}
    assert book.close() is None


def test_a_killed_listener_loses_nothing_and_doubles_nothing(
    devices, tmp_path, monkeypatch
) -> None:
    folder = tmp_path / "killed"
    with PushBook(folder).held() as book:
        taking_of(book).take([pushed(devices, 1), pushed(devices, 2)], NOW)
        with (folder / OPEN).open("ab") as file:
            file.write(b'{"raw": "0001')  # killed while it wrote the next
    with PushBook(folder).held() as book:
        assert len(book.full()) == 1

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        for name in ("receive", "load"):
            with monkeypatch.context() as patch:
                patch.setattr(taking, name, die)
                with pytest.raises(KeyboardInterrupt):
                    list(deliver(book, NOW))
        files = deliver(book, NOW)
        next(files)  # loaded, and killed before the file is removed
        files.close()
    with PushBook(folder).held() as book:
        assert len(list(deliver(book, NOW))) == 1
        assert book.full() == []
    assert [row[-1] for row in registers()] == [1] * 8
    assert Delivery.objects.count() == 1


def test_a_push_is_tried_again_where_the_books_could_not_be_asked(devices, book) -> None:
    take = taking_of(book)
    senders, asked = take.senders, []

    class Away:
        def of_title(self, title: bytes):
            asked.append(title)
            if len(asked) == 2:
                raise OperationalError
            return senders.of_title(title)

    take.senders = Away()
    both = [pushed(devices, 1), pushed(devices, 2)]
    assert take.take(both, NOW) == 1
    assert book.count == 1
    assert take.take(both[1:], NOW) == 1
    assert take.counts == {"taken": 2, AWAY: 1}
    assert book.count == 2


def test_only_one_process_writes_the_book(book) -> None:
    with (
        pytest.raises(RefusedError, match="another process writes pushes"),
        PushBook(book.folder).held(),
    ):
        pass


def nobody(_: object) -> None:
    """Find no keys, and no meter."""


class Nobody:
    of_title = staticmethod(nobody)
    of_name = staticmethod(nobody)


@given(st.lists(st.binary(max_size=80), max_size=8), st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_no_message_whatever_stops_the_listener(tmp_path_factory, contents, seed) -> None:
    draw = random.Random(seed)  # noqa: S311  (a seed that hypothesis prints)
    whole = plain(structure(octets(obis("1-0:1.8.0*255")), u32(5))).content
    mutated = bytearray(whole)
    for _ in range(draw.randrange(1, 4)):
        mutated[draw.randrange(8, len(mutated))] = draw.randrange(256)
    book = PushBook(tmp_path_factory.mktemp("any"))

    take = Taking(PushListener(nobody), Nobody(), book, plain=True)
    sent = [wrap(1, 1, content) for content in contents] + [*contents, bytes(mutated)]
    take.take([Datagram(content, ANYWHERE, 1) for content in sent], NOW)
    assert sum(take.counts.values()) == len(sent)
    assert take.counts["taken"] == 0


def test_a_concentrator_forwards_pushes_over_tcp(devices, book) -> None:
    keys = PushKeys(lambda: NOW, "test")
    listener = PushListener(keys.opens)
    take = Taking(listener, BookSenders(), book)
    listening = Listening(listener, take, Batching(messages=2, seconds=60), lambda: NOW, keys)

    async def talk() -> None:
        port = await listener.listen("127.0.0.1", 0)
        await listener.listen_tcp("127.0.0.1", port)
        running = asyncio.create_task(listening.run())
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        both = pushed(devices, 1).content + pushed(devices, 2).content
        writer.write(both[:50])
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(both[50:])
        await writer.drain()
        for _ in range(400):
            if listening.files:
                break
            await asyncio.sleep(0.05)
        writer.close()
        await writer.wait_closed()
        listening.stop()
        await running

    asyncio.run(talk())
    assert (listening.files, listening.delivered) == (1, 8)
    assert len(registers()) == 8


def listening_process(url: str, port: int) -> subprocess.Popen[str]:
    command = (
        "from congto.interfaces.cli.main import main; import sys; sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["meters", "listen", "--port", str(port), "--messages", "4", "--every", "0.4"]
    key = django_settings.MASTER_KEYS.data / "master_key"
    environment = {**os.environ, "DATABASE_URL": url, "CONGTO_DATA": str(django_settings.DATA)}
    environment |= {"CONGTO_MASTER_KEY": f"file:{key}"}
    return subprocess.Popen(
        [sys.executable, "-c", command, *arguments, "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def on_the_disk(folder: Path) -> set[tuple[str, str, int]]:
    """Return the registers of every whole line of the book: meter, instant, Wh of the total."""
    lines = [
        line
        for path in folder.glob("*.jsonl")
        if not path.name.startswith("refused")
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
        if line.endswith("\n")
    ]
    return {
        (row["meter"], one["at"][:10], one["wh"])
        for row in map(json.loads, lines)
        for one in row["registers"]
        if one["register"] == "total"
    }


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.slow
def test_a_listener_killed_at_random_moments_keeps_what_was_on_the_disk(devices, books) -> None:
    """SIGKILL while pushes of midnights come in, twice; then a run that ends well."""
    seed = random.randrange(10**6)  # noqa: S311  (moments to kill at, not secrets)
    moments = random.Random(seed)  # noqa: S311  (moments to kill at, not secrets)
    folder, port, age = django_settings.DATA / "pushes", free_port(), age_of(MIDNIGHT)
    fleet = Fleet(devices.plan, lambda: age)
    kept: set[tuple[str, str, int]] = set()
    sent = 0
    for _kill in range(2):
        with (
            listening_process(books, port) as process,
            socket.socket(type=socket.SOCK_DGRAM) as out,
        ):
            process.stdout.readline()
            until = time.monotonic() + moments.uniform(0.2, 1.2)
            while time.monotonic() < until and sent < 20:
                for number in (1, 2):
                    out.sendto(push_datagram(fleet, fleet.meter(number)), ("127.0.0.1", port))
                age, sent = age + 86_400, sent + 1
                time.sleep(moments.uniform(0.02, 0.15))
            process.kill()
        kept |= on_the_disk(folder)
    with listening_process(books, port) as process:
        process.stdout.readline()
        until = time.monotonic() + 30
        while on_the_disk(folder) and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    told = f"seed {seed}, {sent} midnights sent"
    totals = RegisterReading.objects.filter(register=0)
    held = list(totals.values_list("meter__serial", "read_on", "index_wh", "version"))
    assert {(meter, str(on), wh) for meter, on, wh, _ in held} >= kept, told
    assert [version for *_, version in held] == [1] * len(held), told
    assert len({(meter, on) for meter, on, *_ in held}) == len(held) > 0, told
    assert on_the_disk(folder) == set(), told
    assert set(Delivery.objects.values_list("state", flat=True)) == {"loaded"}, told
