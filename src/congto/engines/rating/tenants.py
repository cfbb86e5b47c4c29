"""Declared people of tenants and dormitories as households: four people count as one."""

from __future__ import annotations

from congto.vocabulary.errors import InvalidInputError


def quarters_of_people(people: int) -> int:
    """Return household quarters (định mức) of declared people: 1 -> 1/4, 4 -> 1, 5 -> 1.25.

    Source: TT 16/2014/TT-BCT Art. 10(3) and 10(4)(c), kept by TT 60/2025/TT-BCT Art. 20(1)(a);
    more than four people by extension of the rule (single source). People not fully declared are
    no number here: all their kWh cost the 101-200 price (subgroup undeclared_tenants).
    """
    if people < 1:
        raise InvalidInputError(f"{people} people", expected="one person or more")
    return people
