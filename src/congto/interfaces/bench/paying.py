"""Clients that pay: many connections of one process, each request signed as a partner would."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from congto.interfaces.api.collect.signing import sign

if TYPE_CHECKING:
    from collections.abc import Iterator

PAID_AT = "2026-11-05T10:00:00+07:00"


class Bill(NamedTuple):
    """A bill to pay: its number, its customer's code, whole đồng."""

    number: int
    customer: str
    amount_vnd: int


class Sender(NamedTuple):
    """A partner with the key that it signs with."""

    code: str
    key: str
    secret: bytes


class Load(NamedTuple):
    """What to do: so many clients pay for so many seconds, a bill each time."""

    port: int
    clients: int
    seconds: float
    senders: list[Sender]
    bills: list[Bill]


@dataclass
class Told:
    """What was answered: code -> how often, milliseconds of each answer, seconds in all."""

    answers: Counter[str] = field(default_factory=Counter)
    ms: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def quantile_ms(self, share: float) -> float:
        """Return the time within which a share of the answers came."""
        ordered = sorted(self.ms)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def pay_for(load: Load) -> Told:
    """Pay until the time is over or every bill has been sent."""
    return asyncio.run(_all(load))


async def _all(load: Load) -> Told:
    told, left = Told(), iter(enumerate(load.bills))
    begun = time.perf_counter()
    until = begun + load.seconds
    await asyncio.gather(*(_client(load, left, until, told) for _ in range(load.clients)))
    told.seconds = time.perf_counter() - begun
    return told


async def _client(load: Load, left: Iterator[tuple[int, Bill]], until: float, told: Told) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
    try:
        for number, bill in left:
            begun = time.perf_counter()
            if begun > until:
                break
            writer.write(_request(load.senders[number % len(load.senders)], number, bill))
            told.answers[await _answer(reader)] += 1
            told.ms.append(1000 * (time.perf_counter() - begun))
    finally:
        writer.close()


def _request(sender: Sender, number: int, bill: Bill) -> bytes:
    body = json.dumps(
        {
            "customer": bill.customer,
            "items": [{"bill": bill.number, "amount_vnd": bill.amount_vnd}],
            "paid_at": PAID_AT,
            "channel": "app",
        }
    ).encode()
    path = f"/collect/v1/payments/B{number}"
    header = sign(*sender, int(time.time()), f"nonce{number:08}", "PUT", path, body)
    head = (
        f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {header}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _answer(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.split("content-length:")[1].split("\r\n")[0])
    body = await reader.readexactly(length)
    status = head.split()[1]
    return str(json.loads(body)["code"]) if status in {"200", "202"} else status
