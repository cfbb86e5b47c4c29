"""Bytes told: HDLC frames, wrapper frames or bare messages, found by how they begin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from congto.headend.cosem.trace.node import Node, unread
from congto.headend.cosem.trace.talk import Talk
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.hdlc.control import CONTROLS, Kind
from congto.headend.dlms.hdlc.frame import FLAG, Frame
from congto.headend.dlms.hdlc.parameters import parameters_of
from congto.headend.dlms.hdlc.reader import FrameReader
from congto.headend.dlms.hdlc.rejection import rejection_fault
from congto.headend.dlms.hdlc.segments import FROM_METER, TO_METER, Assembler
from congto.headend.dlms.wrapper import VERSION, WrapperReader

if TYPE_CHECKING:
    from congto.headend.cosem.trace.protection import Secrets
    from congto.headend.dlms.hdlc.address import Address

WRAPPER_HEAD = VERSION.to_bytes(2)
_CARRYING = {Kind.INFORMATION, Kind.UNNUMBERED}


class Trace:
    """Tells what went over a line, piece by piece as it was logged.

    A piece may end within an HDLC or wrapper frame; the next then goes on. Bare messages come
    whole.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._talk = Talk(secrets)
        self._frames = FrameReader()
        self._wrapper = WrapperReader()
        self._open: dict[tuple[Address, Address], Assembler] = {}
        self._place = 0

    def feed(self, octets: bytes) -> list[Node]:
        """Return the trees of what these bytes complete."""
        if self._frames.waiting > 1 or octets[:1] == bytes((FLAG,)):
            return self._hdlc(octets)
        if self._wrapper.waiting or octets[:2] == WRAPPER_HEAD:
            return self._wrapped(octets)
        return [self._talk.tell(octets)]

    def finish(self) -> list[Node]:
        """Return what is left unfinished."""
        cut = self._wrapper.waiting
        if self._frames.waiting > 1:
            cut = self._frames.waiting - 1
        told = (
            [Node("cut off", f"{cut} bytes of a frame without its end", fault=True)] if cut else []
        )
        told += [
            Node(
                "cut off", f"a message from {_address(source)} without its last segment", fault=True
            )
            for (source, _), message in self._open.items()
            if message.is_open
        ]
        return told

    def _wrapped(self, octets: bytes) -> list[Node]:
        try:
            frames = self._wrapper.feed(octets)
        except DlmsError as error:
            self._wrapper = WrapperReader()
            return [unread("wrapper frame", error)]
        return [
            Node(
                "wrapper frame",
                f"port {frame.source} to port {frame.destination}, {len(frame.apdu)} bytes",
                (self._talk.tell(frame.apdu),),
            )
            for frame in frames
        ]

    def _hdlc(self, octets: bytes) -> list[Node]:
        """Feed byte by byte: so each fault is told with the place where it showed."""
        told: list[Node] = []
        for byte in octets:
            noise = self._frames.noise
            found = self._frames.feed(bytes((byte,)))
            self._place += 1
            for item in found:
                if isinstance(item, Frame):
                    told.append(self._frame(item))
                else:
                    told.append(unread(f"frame that ends at byte {self._place}", item))
            if self._frames.noise > noise and not (told and told[-1].name == "noise"):
                told.append(Node("noise", f"bytes between frames, to byte {self._place}"))
        return told

    def _frame(self, frame: Frame) -> Node:
        control = CONTROLS[frame.control]
        ends = f"{_address(frame.source)} to {_address(frame.destination)}"
        numbers = ""
        if control.kind is Kind.INFORMATION:
            numbers = f" {control.sent}, awaits {control.awaited}"
        elif control.kind in {Kind.RECEIVE_READY, Kind.RECEIVE_NOT_READY}:
            numbers = f", awaits {control.awaited}"
        marks = ", poll/final" if control.poll else ""
        marks += ", segment" if frame.segmented else ""
        told = Node("HDLC frame", f"{ends}, {control.kind}{numbers}{marks}")
        return replace(told, parts=tuple(self._inside(frame, control.kind)))

    def _inside(self, frame: Frame, kind: Kind) -> list[Node]:
        information = frame.information
        try:
            if kind in {Kind.CONNECT, Kind.ACKNOWLEDGE}:
                return [_parameters(information)] if information else []
            if kind is Kind.REJECT:
                return [Node("why", rejection_fault(information).sentence())]
            if kind in _CARRYING and information:
                return self._message(frame)
        except DlmsError as error:
            return [unread("content", error)]
        return [Node("content", information.hex(" "))] if information else []

    def _message(self, frame: Frame) -> list[Node]:
        """Return the message that the frame ends; a segment alone tells its length."""
        ends = (frame.source, frame.destination)
        message = self._open.setdefault(ends, Assembler())
        if frame.information.startswith((FROM_METER, TO_METER)):
            message.clear()
        whole = message.add(frame.information, more=frame.segmented)
        if whole is None:
            return [Node("segment", f"{len(frame.information)} bytes")]
        for head, side in ((TO_METER, "to the meter"), (FROM_METER, "from the meter")):
            if whole.startswith(head):
                return [Node("LLC", side), self._talk.tell(whole[len(head) :])]
        return [self._talk.tell(whole)]


def _parameters(information: bytes) -> Node:
    found = parameters_of(information)
    return Node(
        "parameters",
        f"sends {found.information_transmit} bytes in {found.window_transmit} frames,"
        f" takes {found.information_receive} in {found.window_receive}",
    )


def _address(address: Address) -> str:
    if address.is_broadcast:
        return "all stations"
    return f"{address.upper}" if address.size == 1 else f"{address.upper}/{address.lower}"
