"""Invented names and addresses, drawn from the word lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.sample import words
from congto.sample.randomness import stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

PHONES_KNOWN = 0.7
"""Share of customers with a phone number: always 0000 and six digits, which no phone has."""
HAMLETS = 9
HOUSE_NUMBERS = 400


def person_names(count: int, seed: int) -> pl.Series:
    """Draw names of women and men: family, middle and given name."""
    woman = stream(seed, "women").random(count) < 0.5
    women = (
        _weighted(words.FEMALE_MIDDLE, count, seed, "women's middle names"),
        _uniform(words.FEMALE_GIVEN, count, seed, "women's given names"),
    )
    men = (
        _weighted(words.MALE_MIDDLE, count, seed, "men's middle names"),
        _uniform(words.MALE_GIVEN, count, seed, "men's given names"),
    )
    frame = pl.DataFrame(
        {
            "family": _weighted(words.FAMILY_NAMES, count, seed, "family names"),
            "middle": np.where(woman, women[0], men[0]),
            "given": np.where(woman, women[1], men[1]),
        }
    )
    return frame.select(pl.concat_str("family", "middle", "given", separator=" ")).to_series()


def organisation_names(naming: pl.Series, commune: pl.Series, seed: int) -> pl.Series:
    """Draw names of organisations: a kind and a brand, or a kind and the commune's name.

    `naming` holds keys of words.BY_BRAND and words.BY_PLACE, or "person" (a brand is drawn, and
    not used); `commune` is the commune's bare name.
    """
    count = len(naming)
    draw = stream(seed, "organisations").random(count)
    kinds = pl.DataFrame(
        [
            (key, place, position, len(heads), head)
            for place, table in ((False, words.BY_BRAND), (True, words.BY_PLACE))
            for key, heads in table.items()
            for position, head in enumerate(heads)
        ],
        schema=["naming", "by_place", "position", "heads", "head"],
        orient="row",
    )
    size = kinds.group_by("naming").agg(pl.col("heads").first())
    brand = _pairs(words.BRAND_FIRST, words.BRAND_SECOND, count, seed)
    return (
        pl.DataFrame({"naming": naming, "commune": commune, "draw": draw, "brand": brand})
        .join(size, on="naming", how="left", maintain_order="left")
        .with_columns(position=(pl.col("draw") * pl.col("heads")).floor().cast(pl.Int64))
        .join(kinds.drop("heads"), on=["naming", "position"], how="left", maintain_order="left")
        .select(
            pl.col("head")
            + " "
            + pl.when("by_place").then(pl.col("commune")).otherwise(pl.col("brand"))
        )
        .to_series()
    )


def addresses(commune: pl.Series, urban: pl.Series, district: pl.Series, seed: int) -> pl.DataFrame:
    """Draw addresses; columns address and commune.

    In town "145 đường Hàng Dừa, khu phố 3, phường Tân Sen, khu vực Hoa Sen", in the country
    "Số 12, ấp 4, xã An Lúa, khu vực Cỏ Lau".
    """
    count = len(commune)
    frame = pl.DataFrame(
        {
            "place": commune,
            "urban": urban,
            "district": district,
            "house": stream(seed, "houses").integers(1, HOUSE_NUMBERS, size=count),
            "hamlet": stream(seed, "hamlets").integers(1, HAMLETS, size=count),
            "street": _uniform(words.STREETS, count, seed, "streets"),
        }
    )
    ward = pl.when("urban").then(pl.lit("phường ")).otherwise(pl.lit("xã ")) + pl.col("place")
    town = pl.format("{} đường {}, khu phố {}", "house", "street", "hamlet")
    country = pl.format("Số {}, ấp {}", "house", "hamlet")
    start = pl.when("urban").then(town).otherwise(country)
    return frame.select(
        address=pl.concat_str(start, ward, "khu vực " + pl.col("district"), separator=", "),
        commune=pl.when("urban").then(pl.lit("Phường ")).otherwise(pl.lit("Xã ")) + pl.col("place"),
    )


def phones(count: int, seed: int) -> pl.Series:
    """Draw phone numbers in a range that does not exist; null where none is known."""
    known = stream(seed, "phones known").random(count) < PHONES_KNOWN
    digits = stream(seed, "phones").integers(0, 1_000_000, size=count)
    frame = pl.DataFrame({"known": known, "digits": digits})
    number = "0000" + pl.col("digits").cast(pl.String).str.zfill(6)
    return frame.select(pl.when("known").then(number)).to_series()


def _weighted(table: Mapping[str, float], count: int, seed: int, name: str) -> NDArray[np.str_]:
    weights = np.array(list(table.values()))
    chosen: NDArray[np.str_] = stream(seed, name).choice(
        list(table), size=count, p=weights / weights.sum()
    )
    return chosen


def _uniform(table: Sequence[str], count: int, seed: int, name: str) -> NDArray[np.str_]:
    chosen: NDArray[np.str_] = stream(seed, name).choice(list(table), size=count)
    return chosen


def _pairs(first: Sequence[str], second: Sequence[str], count: int, seed: int) -> pl.Series:
    """Two words that differ, of which the pair is a brand ("Minh Phát")."""
    frame = pl.DataFrame(
        {
            "a": _uniform(first, count, seed, "brand, first word"),
            "b": _uniform(second, count, seed, "brand, second word"),
        }
    )
    other = pl.when(pl.col("a") == pl.col("b")).then(pl.lit("Phát")).otherwise(pl.col("b"))
    return frame.select(pl.col("a") + " " + other).to_series()
