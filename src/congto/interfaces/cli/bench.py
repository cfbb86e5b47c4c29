"""`congto bench NAME --json`: one run of one benchmark with the limit it chases beside it."""

from __future__ import annotations

import argparse
import importlib
import json
import sys

BENCHES: dict[str, tuple[str, bool, int]] = {
    # name: (module, needs the database, customers by default)
    "rate": ("congto.interfaces.bench.rate", False, 8_000_000),
    "bill": ("congto.interfaces.bench.bill", True, 100_000),
    "trial": ("congto.interfaces.bench.trial", False, 8_000_000),
    "ingest": ("congto.interfaces.bench.ingest", False, 500_000),
    "concentrators": ("congto.interfaces.bench.concentrators", True, 20_000),
    "usage": ("congto.interfaces.bench.usage", False, 8_000_000),
    "headend": ("congto.interfaces.bench.headend", False, 5_000),
    "campaign": ("congto.interfaces.bench.campaign", True, 3_000),
    "gaps": ("congto.interfaces.bench.gaps", True, 1_000_000),
    "vee": ("congto.interfaces.bench.vee", True, 200_000),
    "einvoice": ("congto.interfaces.bench.einvoice", False, 10_000),
    "dlms_fuzz": ("congto.interfaces.bench.dlms_fuzz", False, 5_000_000),
    "pay": ("congto.interfaces.bench.pay", True, 40_000),
    "arrears": ("congto.interfaces.bench.arrears", True, 100_000),
    "reconcile": ("congto.interfaces.bench.reconcile", False, 1_000_000),
    "threeway": ("congto.interfaces.bench.threeway", False, 1_000_000),
    "statement": ("congto.interfaces.bench.statement", True, 300_000),
    "pdf": ("congto.interfaces.bench.pdf", False, 2_000),
}


def main(arguments: list[str]) -> int:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(prog="congto bench", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHES))
    parser.add_argument(
        "--customers",
        "--meters",
        "--frames",
        dest="customers",
        type=int,
        help="how many customers, meters or frames",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--months", type=int, help="months of a trial (12)")
    parser.add_argument("--seconds", type=int, help="seconds of payments (20)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    module, needs_database, default = BENCHES[given.name]
    if needs_database:
        from congto.interfaces.cli.boot import boot

        boot(migrate=False)
    customers = given.customers or default
    asked = {"months": given.months, "seconds": given.seconds}
    more = {name: value for name, value in asked.items() if value}
    figures = importlib.import_module(module).run(customers=customers, seed=given.seed, **more)
    if given.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for key, value in figures.items():
            shown = f"{value:,}" if isinstance(value, int) else value
            sys.stdout.write(f"{key:<24} {shown}\n")
    return 0
