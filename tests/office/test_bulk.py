"""Bulk reads: what is bound is what PostgreSQL sees."""

from datetime import UTC, date, datetime, time

import pandapower  # the import that once moved every bound instant by seven hours
import pytest

from congto.office.storage.bulk import bulk
from congto.vocabulary.periods import LOCAL_ZONE

pytestmark = pytest.mark.usefixtures("books")


def test_a_local_midnight_is_bound_as_the_instant_it_is() -> None:
    assert pandapower.__version__
    midnight = datetime.combine(date(2026, 10, 5), time(), LOCAL_ZONE)
    with bulk() as books:
        (seen,) = books.read("SELECT $1::timestamptz AS at", (midnight,))["at"]
    assert seen == datetime(2026, 10, 4, 17, tzinfo=UTC)
