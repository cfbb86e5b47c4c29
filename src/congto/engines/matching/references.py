"""What the reference of a bank credit says: which partner, which day of collection."""

from __future__ import annotations

import polars as pl

REFERENCE = r"^([A-Z0-9]{1,16})-(\d{8})$"
"""Partner code, hyphen, day as YYYYMMDD: "P01-20261105". Contracts with partners fix the form."""


def read_references(lines: pl.DataFrame, partners: pl.DataFrame) -> pl.DataFrame:
    """Add partner_id and day where the whole reference names them, in the partner's own account.

    Only an exact reference explains a credit; amount alone, a part of the text, or a partner's
    reference on another partner's account never does. Both columns are null otherwise.

    Args:
        lines: one row per statement line, with bank_account and reference.
        partners: one row per partner: partner_id, partner_code, bank_account.
    """
    named = lines.with_columns(
        partner_code=pl.col("reference").str.extract(REFERENCE, 1),
        day=pl.col("reference").str.extract(REFERENCE, 2).str.to_date("%Y%m%d", strict=False),
    ).join(partners, on=["partner_code", "bank_account"], how="left", maintain_order="left")
    explained = pl.col("partner_id").is_not_null() & pl.col("day").is_not_null()
    return named.with_columns(
        pl.when(explained).then("partner_id"), pl.when(explained).then("day")
    ).drop("partner_code")
