"""`congto trial run`: a month or a year billed anew under a draft, nothing in the books touched.

A draft is a file (see docs/guides/try-a-draft.md) or given in words here; several may be joined.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from congto.interfaces.cli.boot import boot
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    from congto.vocabulary.trials import TrialRules


def main(arguments: list[str]) -> int:
    """Run one trial and print what it says."""
    given = _parser().parse_args(arguments)
    rules = rules_of(given)
    months = months_until(Period.parse_month(given.month), given.months)
    boot(migrate=False)
    result = run(months, rules)
    if given.xlsx:
        from congto.interfaces.files.trial_workbook import write_workbook

        write_workbook(given.xlsx, result)
    if given.json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    else:
        from congto.interfaces.cli.trial_tables import print_result

        print_result(result)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="congto trial", description=__doc__)
    parser.add_argument("action", choices=["run"])
    parser.add_argument("--month", required=True, help="the last month, as 2026-10")
    parser.add_argument("--months", type=int, default=1, help="how many months up to it (1)")
    parser.add_argument("--draft", type=Path, help="file of a trial or of a draft decision")
    parser.add_argument(
        "--change", action="append", default=[], help="'all:+3%%', 'production:-1.5%%', ..."
    )
    parser.add_argument("--structure", help="residential tiers of a structure, as 14-2025")
    parser.add_argument("--average", help="average price in đồng per kWh for --structure")
    parser.add_argument("--vat", help="one VAT rate for every day, as 10%%")
    parser.add_argument("--name", help="what the trial is called")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--xlsx", type=Path, help="write the result as a workbook")
    return parser


def rules_of(given: argparse.Namespace) -> TrialRules:
    """Return the draft of a file with what is given in words laid over it."""
    from congto.reference.drafts import in_words, read_draft

    words = (given.change, given.structure or "", given.average or "", given.vat or "")
    if given.draft is None:
        rules = in_words(*words)
        return replace(rules, name=given.name or rules.name)
    rules = read_draft(given.draft)
    if any(words):
        said = in_words(*words)
        rules = replace(
            rules,
            tiers=said.tiers or rules.tiers,
            changes=said.changes or rules.changes,
            vat=said.vat or rules.vat,
        )
    return replace(rules, name=given.name or rules.name)


def months_until(last: Period, count: int) -> tuple[Period, ...]:
    """Return so many months up to and with the last, oldest first."""
    if not 1 <= count <= 24:
        raise InvalidInputError(f"--months {count}", expected="1 to 24")
    number = last.start.year * 12 + last.start.month - 1
    return tuple(
        Period.month(one // 12, one % 12 + 1) for one in range(number - count + 1, number + 1)
    )


def run(months: tuple[Period, ...], rules: TrialRules) -> dict[str, Any]:
    """Make the bases that are missing or stale, rate both sides and return the report."""
    from congto.interfaces.cli.steps import step
    from congto.office.billing import trial, trial_base
    from congto.office.billing.trial_report import report
    from congto.reference.vn import price_book

    with step("Số liệu nền / Base") as say:
        for month in months:
            for done, total in trial_base.build_base(month):
                say(trial_base.name_of(month), done, total)
    with trial_base.held(months):
        bases = trial.bases_of(months)
        spans = trial.spans_of(bases)
        with step("Tính thử / Trial") as say:
            parts = []
            for part in trial.trial_spans(bases, price_book(), rules):
                parts.append(part)
                say("", len(parts), len(spans))
        return report(bases, price_book(), rules, trial.summed(parts))
