"""CAMT.053 (ISO 20022 BankToCustomerStatement), versions 001.02 to 001.08, read entry by entry.

Elements are found by their names without the namespace, as versions differ in little else: the
state is text in 001.02 and `Sts/Cd` in 001.08; the amount of a detail is `AmtDtls/TxAmt/Amt` before
001.04 and `Amt` after. Only BOOK entries are money. `CdtDbtInd` already says the way the money
went; `RvslInd` turns nothing around.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from lxml import etree

from congto.interfaces.files.statements.entries import (
    Fault,
    Line,
    Statement,
    StatementFile,
    WrongValueError,
    amount_of,
    balance_of,
    collapsed,
    in_dong,
)

if TYPE_CHECKING:
    from congto.vocabulary.money import Dong

    Element = etree._Element  # noqa: SLF001  (the library's own type has no public name)

NOT_GIVEN = {"NOTPROVIDED", "NONREF"}
OPENING, CLOSING = {"OPBD", "PRCD"}, {"CLBD"}


@dataclass(slots=True)
class Gathered:
    """Entries of the statement that is being read."""

    entries: int = 0
    unbooked: int = 0
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_camt053(content: bytes) -> StatementFile:
    """Read a file; a broken entry costs itself, a file cut short the statement it was cut in."""
    statements: list[Statement] = []
    faults: list[Fault] = []
    gathered = Gathered()
    # No entity, network or DTD: the file comes from outside.
    reading = etree.iterparse(
        io.BytesIO(content), events=("end",), tag=("{*}Ntry", "{*}Stmt"),
        resolve_entities=False, no_network=True, load_dtd=False,
    )  # fmt: skip
    try:
        for _event, element in reading:
            if etree.QName(element).localname == "Ntry":
                _gather(element, gathered, len(statements) + 1)
            else:
                _finish(element, gathered, statements, faults)
                gathered = Gathered()
            element.clear()
    except etree.XMLSyntaxError as error:
        place = f"statement {len(statements) + 1}"
        lost = f", {gathered.entries} entries before it are not taken" if gathered.entries else ""
        faults.append(Fault(place, f"the file breaks here ({error.msg}){lost}"))
    return StatementFile("camt.053", tuple(statements), tuple(faults))


def _gather(entry: Element, gathered: Gathered, statement: int) -> None:
    gathered.entries += 1
    place = f"statement {statement}, entry {gathered.entries}"
    state = _text(entry, "Sts/Cd") or _text(entry, "Sts")
    if state != "BOOK":
        gathered.unbooked += 1
        return
    try:
        gathered.lines += _lines(entry, place)
    except WrongValueError as error:
        gathered.faults.append(Fault(place, str(error)))


def _finish(
    element: Element, gathered: Gathered, statements: list[Statement], faults: list[Fault]
) -> None:
    place = f"statement {len(statements) + 1}"
    try:
        account = _account(element)
        number = _text(element, "ElctrncSeqNb") or _text(element, "LglSeqNb")
        opening, closing = _balances(element)
    except WrongValueError as error:
        faults.append(Fault(place, f"{error}; its {gathered.entries} entries are not taken"))
        return
    statements.append(
        Statement(
            account, _text(element, "Id"), int(number) if number.isdecimal() else None,
            opening, closing, tuple(gathered.lines), tuple(gathered.faults), gathered.unbooked,
        )
    )  # fmt: skip


def _account(element: Element) -> str:
    account = _text(element, "Acct/Id/Othr/Id") or _text(element, "Acct/Id/IBAN")
    if not account:
        raise WrongValueError("no account (Acct/Id)")
    return account


def _balances(element: Element) -> tuple[Dong | None, Dong | None]:
    opening = closing = None
    for balance in element.iterfind("{*}Bal"):
        kind = _text(balance, "Tp/CdOrPrtry/Cd")
        if kind not in OPENING | CLOSING:
            continue
        amount = balance.find("{*}Amt")
        if amount is None:
            raise WrongValueError(f"balance {kind} without an amount")
        in_dong(amount.get("Ccy", ""))
        value = _sign(balance) * balance_of(amount.text or "")
        if kind in CLOSING:
            closing = value
        elif opening is None or kind == "OPBD":
            opening = value
    return opening, closing


def _lines(entry: Element, place: str) -> list[Line]:
    """Return one line per detail where the details sum up to the entry, else the entry as one."""
    total = _sign(entry) * _amount(entry, "Amt")
    booked = _day(entry)
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    parts = [_detail_amount(detail, entry) for detail in details]
    if len(details) > 1 and None not in parts and sum(part or 0 for part in parts) == total:
        return [
            _line(f"{place}.{number}", booked, part or 0, entry, [detail])
            for number, (detail, part) in enumerate(zip(details, parts, strict=True), start=1)
        ]
    return [_line(place, booked, total, entry, details)]


def _line(place: str, booked: date, amount: Dong, entry: Element, details: list[Element]) -> Line:
    texts, references, numbers = [], [], []
    for detail in details:
        returned = _text(detail, "RtrInf/Rsn/Cd")
        texts += [f"RETURN {returned}"] if returned else []
        texts += [one.text or "" for one in detail.iterfind("{*}RmtInf/{*}Ustrd")]
        references += [
            _text(detail, "RmtInf/Strd/CdtrRefInf/Ref"), _text(detail, "Refs/EndToEndId")
        ]  # fmt: skip
        numbers += [_text(detail, "Refs/AcctSvcrRef"), _text(detail, "Refs/TxId")]
    numbers.insert(0 if len(details) != 1 else 1, _text(entry, "AcctSvcrRef"))
    texts = [one for one in texts if one] or [_text(entry, "AddtlNtryInf")]
    return Line(
        place, booked, amount, _first(references), _first(numbers), collapsed(" ".join(texts))
    )


def _first(found: list[str]) -> str:
    return next((one for one in found if one and one not in NOT_GIVEN), "")


def _amount(element: Element, path: str) -> Dong:
    found = element.find(_path(path))
    if found is None:
        raise WrongValueError("no amount")
    in_dong(found.get("Ccy", ""))
    return amount_of(found.text or "")


def _detail_amount(detail: Element, entry: Element) -> Dong | None:
    """Return the signed amount of a detail, its own way or the entry's; null where it has none."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        if detail.find(_path(path)) is not None:
            way = detail if detail.find("{*}CdtDbtInd") is not None else entry
            return _sign(way) * _amount(detail, path)
    return None


def _sign(element: Element) -> int:
    way = _text(element, "CdtDbtInd")
    if way not in {"CRDT", "DBIT"}:
        raise WrongValueError(f"CdtDbtInd {way[:10]!r}; expected CRDT or DBIT")
    return 1 if way == "CRDT" else -1


def _day(entry: Element) -> date:
    text = _text(entry, "BookgDt/Dt") or _text(entry, "BookgDt/DtTm")[:10]
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongValueError(f"booking date {text[:20]!r}; expected 2026-11-05") from error


def _text(element: Element, path: str) -> str:
    return (element.findtext(_path(path)) or "").strip()


def _path(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))
