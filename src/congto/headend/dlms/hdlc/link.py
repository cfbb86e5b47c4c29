"""One HDLC connection, either side: frames in and out, messages whole, once and in order.

The line is half duplex: the client gives the word with the poll bit, the meter gives it back with
the final bit. Whoever has the word sends its window of frames. There is no clock inside: the owner
calls `timeout` when an answer has not come in time, and the link repeats what may be lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.hdlc.control import CONTROLS, Control, Kind, control_byte
from congto.headend.dlms.hdlc.events import Apdu, Connected, Disconnected, Event, Faulted
from congto.headend.dlms.hdlc.frame import FLAG_BYTE, Frame, encode
from congto.headend.dlms.hdlc.parameters import (
    DEFAULTS,
    STANDARD,
    Parameters,
    Quirks,
    parameters_field,
    parameters_of,
)
from congto.headend.dlms.hdlc.reader import FrameReader
from congto.headend.dlms.hdlc.rejection import Why, rejection, rejection_fault
from congto.headend.dlms.hdlc.segments import (
    FROM_METER,
    TO_METER,
    Assembler,
    cut,
    without_llc,
)
from congto.headend.dlms.hdlc.states import TABLES, Action, Role, State
from congto.headend.dlms.hdlc.stations import Stations
from congto.headend.dlms.hdlc.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.headend.dlms.hdlc.address import Address


class HdlcLink:
    """A connection between a client and a meter.

    Use: write out what `connect`, `send`, `disconnect` and `timeout` return; hand over what came
    with `receive`, act on its events, then write out what `outgoing` returns. A meter answers
    between the two: `outgoing` gives the word back, with RR when there was no answer.

    Args:
        role: client or server (the meter).
        own: this end's address.
        peer: the other end's; None at a meter takes whichever client connects.
        parameters: what this end proposes or allows.
        quirks: habits of the make, and how patient this end is.
    """

    def __init__(
        self,
        role: Role,
        own: Address,
        peer: Address | None,
        parameters: Parameters = DEFAULTS,
        quirks: Quirks = STANDARD,
    ) -> None:
        self.role = role
        self.state = State.DISCONNECTED
        self.stations = Stations(role, own, peer)
        self.parameters = parameters
        self.quirks = quirks
        self.agreed = DEFAULTS
        self.busy = False
        """Set by the owner: take no information now, answer RNR."""
        self._table = TABLES[role]
        self._reader = FrameReader()
        bytes_max = self.quirks.apdu_bytes_max + len(TO_METER)
        self._message = Assembler(bytes_max)
        self._unnumbered = Assembler(bytes_max)
        self._window = Window()
        self._repeats = 0
        self._has_word = False
        self._gap = False
        self._peer_busy = False
        self._rejection = b""
        self._events: list[Event] = []
        self._frames: list[bytes] = []

    def connect(self) -> bytes:
        """Ask the meter for a connection (SNRM).

        Raises:
            DlmsError: UNEXPECTED at a meter or while connected.
        """
        self._expect(State.DISCONNECTED, "connect")
        if self.role is Role.SERVER:
            raise DlmsError(Fault.UNEXPECTED, "connect at a meter", expected="the client's SNRM")
        self._restart(State.CONNECTING)
        self._request()
        return self.outgoing()

    def send(self, apdu: bytes) -> bytes:
        """Take a message to send; return what goes out now (nothing while the other has the word).

        Raises:
            DlmsError: UNEXPECTED, not connected.
        """
        self._expect(State.CONNECTED, "send")
        self._window.put(cut(self._with_llc(apdu), self.agreed.information_transmit))
        return self.outgoing()

    def send_unnumbered(self, apdu: bytes) -> bytes:
        """Return UI frames with a message that nobody confirms, connected or not (push)."""
        control = control_byte(Kind.UNNUMBERED, poll=self.quirks.unnumbered_final)
        for field, more in cut(self._with_llc(apdu), self.agreed.information_transmit):
            self._put(control, field, segmented=more)
        return self._written()

    def receive(self, received: bytes) -> list[Event]:
        """Take bytes of the line; return what happened, in order. Never raises for what came."""
        events: list[Event] = []
        self._events = events
        for item in self._reader.feed(received):
            if isinstance(item, DlmsError):
                events.append(Faulted(item))
                continue
            try:
                self._handle(item)
            except DlmsError as fault:
                events.append(Faulted(fault))
        return events

    def outgoing(self) -> bytes:
        """Return what is to be written now; with the word, all that may be said."""
        if self._has_word and self.state is State.CONNECTED:
            self._speak()
        return self._written()

    @property
    def is_cut(self) -> bool:
        """Say whether a frame has begun whose rest has not come; a flag alone begins none."""
        return self._reader.waiting > 1

    def timeout(self) -> bytes:
        """Return what is to be repeated because no answer came; idle, the client asks with RR.

        A meter never repeats unasked: it returns nothing.

        Raises:
            DlmsError: SILENT after so many repeats in a row; the link is then disconnected.
        """
        self._reader.give_up()
        if self.role is Role.SERVER or self.state is State.DISCONNECTED:
            return b""
        self._repeats += 1
        if self._repeats > self.quirks.repeats_max:
            self._restart(State.DISCONNECTED)
            raise DlmsError(
                Fault.SILENT, f"no answer to {self.quirks.repeats_max} repeats", expected="a frame"
            )
        if self.state is State.CONNECTED:
            self._has_word = True
            self._gap = True
        else:
            self._request()
        return self.outgoing()

    def disconnect(self) -> bytes:
        """End the connection: the client's DISC; nothing when there is none, nor at a meter."""
        if self.state is State.DISCONNECTED:
            return b""
        if self.role is Role.SERVER:
            self._restart(State.DISCONNECTED)
            return b""
        self._restart(State.DISCONNECTING)
        self._request()
        return self.outgoing()

    # Frames out

    def _written(self) -> bytes:
        """Return the frames that wait, between flags."""
        frames = self._frames
        if not frames:
            return b""
        between = FLAG_BYTE if self.quirks.shared_flags else FLAG_BYTE + FLAG_BYTE
        out = FLAG_BYTE + between.join(frames) + FLAG_BYTE
        frames.clear()
        return out

    def _request(self) -> None:
        """Send the frame that the state awaits an answer to."""
        if self.state is State.DISCONNECTING:
            self._put(control_byte(Kind.DISCONNECT, poll=True))
            return
        field = b""
        if self.quirks.proposes:
            field = parameters_field(self.parameters, wide_lengths=self.quirks.wide_lengths)
        self._put(control_byte(Kind.CONNECT, poll=True), field)

    def _speak(self) -> None:
        """Send the window, or say what is awaited, and give the word away."""
        window = self._window
        if window.has_fields and not self._peer_busy:
            burst = window.burst(self.agreed.window_transmit)
            last = len(burst) - 1
            for place, (sent, field, more) in enumerate(burst):
                control = control_byte(
                    Kind.INFORMATION, poll=place == last, sent=sent, awaited=window.awaited
                )
                self._put(control, field, segmented=more)
        elif self.role is Role.SERVER or self._gap or self._message.is_open:
            kind = Kind.RECEIVE_NOT_READY if self.busy else Kind.RECEIVE_READY
            self._put(control_byte(kind, poll=True, awaited=window.awaited))
        else:
            return  # the client keeps the word until there is something to say
        self._gap = False
        self._has_word = False

    def _put(self, control: int, information: bytes = b"", *, segmented: bool = False) -> None:
        stations = self.stations
        if stations.peer is None:
            raise DlmsError(
                Fault.UNEXPECTED, "a frame to send but no client", expected="an address or a SNRM"
            )
        frame = Frame(stations.peer, stations.called, control, information, segmented)
        self._frames.append(encode(frame))

    def _with_llc(self, apdu: bytes) -> bytes:
        if not self.quirks.llc:
            return apdu
        return (TO_METER if self.role is Role.CLIENT else FROM_METER) + apdu

    # Frames in

    def _handle(self, frame: Frame) -> None:
        if self.stations.admits(frame, self.state):
            control = CONTROLS[frame.control]
            action = self._table.get((self.state, control.kind), Action.STRAY)
            self._ACTIONS[action](self, frame, control)

    def _open(self, frame: Frame, _control: Control) -> None:
        try:
            peer = parameters_of(frame.information)
        except DlmsError as fault:
            self._end(fault)
            return
        proposed = self.parameters if self.quirks.proposes else DEFAULTS
        self._start(proposed.agreed(peer))
        self._has_word = True

    def _accept(self, frame: Frame, _control: Control) -> None:
        self._start(self.parameters.agreed(parameters_of(frame.information)))
        field = parameters_field(self.agreed, wide_lengths=self.quirks.wide_lengths)
        self._put(control_byte(Kind.ACKNOWLEDGE, poll=True), field)

    def _refused(self, _frame: Frame, _control: Control) -> None:
        self._end(
            DlmsError(
                Fault.REFUSED,
                "the meter refuses the connection (DM)",
                action="Check the addresses and try again later",
            )
        )

    def _closed(self, _frame: Frame, _control: Control) -> None:
        self._end(None)

    def _dropped(self, _frame: Frame, _control: Control) -> None:
        self._end(
            DlmsError(
                Fault.UNEXPECTED,
                "the meter says that it is not connected (DM)",
                expected="the connection to last",
                action="Connect again",
            )
        )

    def _rejected(self, frame: Frame, _control: Control) -> None:
        self._end(rejection_fault(frame.information))

    def _release(self, _frame: Frame, _control: Control) -> None:
        self._end(None)
        self._put(control_byte(Kind.ACKNOWLEDGE, poll=True))

    def _absent(self, _frame: Frame, control: Control) -> None:
        if control.poll:
            self._put(control_byte(Kind.DISCONNECTED, poll=True))

    def _reject_unknown(self, frame: Frame, _control: Control) -> None:
        self._reject(frame, Why.CONTROL_UNKNOWN, Fault.UNKNOWN_TAG)

    def _reject_again(self, _frame: Frame, control: Control) -> None:
        if control.poll:
            self._put(control_byte(Kind.REJECT, poll=True), self._rejection)

    def _stray(self, _frame: Frame, control: Control) -> None:
        raise DlmsError(
            Fault.UNEXPECTED, f"a frame {control.kind}", expected=f"none while {self.state}"
        )

    def _take_unnumbered(self, frame: Frame, _control: Control) -> None:
        message = self._unnumbered.add(frame.information, more=frame.segmented)
        if message is not None:
            self._deliver(message, numbered=False)

    def _hear(self, frame: Frame, control: Control) -> None:
        """RR and RNR: what has arrived there, and whether more may be sent."""
        if self._confirmed(frame, control):
            self._repeats = 0
            self._peer_busy = control.kind is Kind.RECEIVE_NOT_READY
            self._has_word |= control.poll

    def _take(self, frame: Frame, control: Control) -> None:
        """I: take the awaited one, note a gap, pass over what came twice."""
        if not self._confirmed(frame, control):
            return
        server = self.role is Role.SERVER
        if server and len(frame.information) > self.agreed.information_receive:
            self._reject(frame, Why.INFORMATION_TOO_LONG, Fault.TOO_LARGE)
            return
        self._peer_busy = False
        ahead = (control.sent - self._window.awaited) & 7
        fresh = ahead == 0 and not self.busy
        gap = not fresh and (self.busy or ahead < self.agreed.window_receive)
        # A client that asked twice gets two answers. The second of them does not carry the word:
        # if it did, every later answer would be asked for twice as well.
        if control.poll and (server or fresh or gap):
            self._has_word = True
        self._gap |= gap
        if fresh:
            self._repeats = 0
            self._window.take()
            self._gather(frame)

    def _gather(self, frame: Frame) -> None:
        try:
            message = self._message.add(frame.information, more=frame.segmented)
        except DlmsError as fault:
            self._give_way(frame, fault)
            return
        if message is not None:
            self._deliver(message, numbered=True)

    def _give_way(self, frame: Frame, fault: DlmsError) -> None:
        """End a connection on which an endless message comes."""
        if self.role is Role.SERVER:
            self._reject(frame, Why.INFORMATION_TOO_LONG, fault.fault)
            return
        self._events.append(Faulted(fault))
        self._restart(State.DISCONNECTING)
        self._request()

    def _deliver(self, message: bytes, *, numbered: bool) -> None:
        apdu = without_llc(message) if self.quirks.llc else message
        self._events.append(Apdu(apdu, numbered))

    def _confirmed(self, frame: Frame, control: Control) -> bool:
        if self._window.confirm(control.awaited):
            return True
        if self.role is Role.SERVER:
            self._reject(frame, Why.NUMBER_INVALID, Fault.BAD_SEQUENCE)
            return False
        raise DlmsError(
            Fault.BAD_SEQUENCE,
            f"the meter awaits frame {control.awaited}",
            expected=f"a number up to {self._window.next}",
        )

    def _reject(self, frame: Frame, why: Why, fault: Fault) -> None:
        """Answer FRMR; only a new SNRM or DISC leads on."""
        window = self._window
        self._rejection = rejection(frame.control, window.next, window.awaited, why)
        self._restart(State.REJECTING)
        self._put(control_byte(Kind.REJECT, poll=True), self._rejection)
        raise DlmsError(fault, f"control byte {frame.control:#04x}: {why.name}")

    # States

    def _expect(self, state: State, what: str) -> None:
        if self.state is not state:
            raise DlmsError(
                Fault.UNEXPECTED, f"{what} while the link is {self.state}", expected=state
            )

    def _start(self, agreed: Parameters) -> None:
        self._restart(State.CONNECTED)
        self.agreed = agreed
        self._events.append(Connected(agreed))

    def _end(self, fault: DlmsError | None) -> None:
        self._restart(State.DISCONNECTED)
        self._events.append(Disconnected(fault))

    def _restart(self, state: State) -> None:
        """Go to a state with nothing left of what was before."""
        self.state = state
        self._window = Window()
        self._message.clear()
        self._frames.clear()
        self._repeats = 0
        self._has_word = self._gap = self._peer_busy = False

    _ACTIONS: ClassVar[dict[Action, Callable[[HdlcLink, Frame, Control], None]]] = {
        Action.OPEN: _open,
        Action.REFUSED: _refused,
        Action.CLOSED: _closed,
        Action.DROPPED: _dropped,
        Action.REJECTED: _rejected,
        Action.ACCEPT: _accept,
        Action.RELEASE: _release,
        Action.ABSENT: _absent,
        Action.REJECT: _reject_unknown,
        Action.REJECT_AGAIN: _reject_again,
        Action.TAKE: _take,
        Action.HEAR: _hear,
        Action.TAKE_UNNUMBERED: _take_unnumbered,
        Action.STRAY: _stray,
    }
