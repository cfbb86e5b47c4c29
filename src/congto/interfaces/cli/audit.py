"""`congto audit bills`: bills of a month rated again by the scalar engine; differences listed.

Exit 1 when any bill differs.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from congto.interfaces.cli.boot import boot
from congto.vocabulary.periods import Period


def main(arguments: list[str]) -> int:
    """Audit a month's bills, or a sample of them."""
    parser = argparse.ArgumentParser(prog="congto audit", description=__doc__)
    parser.add_argument("what", choices=["bills"])
    parser.add_argument("--month", required=True, help="year and month, as 2026-10")
    parser.add_argument("--every", type=int, default=1, help="audit one bill in so many (1: all)")
    parser.add_argument("--json", action="store_true", help="print differences as JSON lines")
    given = parser.parse_args(arguments)
    if given.every < 1:
        parser.error(f"--every {given.every}: expected 1 or more")
    month = Period.parse_month(given.month)
    boot()
    from congto.office.billing.audit import audited
    from congto.office.control.queries import Scope

    bills = wrong = 0
    for _last, count, found in audited(month, Scope.everything(), every=given.every):
        bills += count
        wrong += len({one.bill for one in found})
        for one in found:
            words = f"{one.agreement} bill {one.bill}, {one.what}: {one.billed}; {one.expected}"
            line = json.dumps(asdict(one), ensure_ascii=False) if given.json else words
            sys.stdout.write(f"{line}\n")
    sys.stderr.write(f"{bills} bills audited, {wrong} differ\n")
    return 1 if wrong else 0
