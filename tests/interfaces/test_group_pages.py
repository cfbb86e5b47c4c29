"""Pages of groups: energy by company, district and class with its coverage; figures by hand."""

import html
import re
from datetime import date

import polars as pl
import pytest

from congto.vocabulary.frames.usage import AGGREGATES
from world_console import make_world

DAY = date(2026, 10, 7)


@pytest.fixture
def world(db, tmp_path, settings):
    settings.DATA = tmp_path
    made = make_world()
    rows = [
        row(made.company, "company", None, 24_000, 48, 4),
        *(row(made.company, "company", hour, 1_000, 2, 0) for hour in range(24)),
        row(made.district, "district", None, None, 0, 0),
        row(made.district, "class", None, 10_000, 40, 0, "residential"),
        row(made.other, "class", None, 5_000, 40, 0, "residential"),
    ]
    (tmp_path / "aggregates").mkdir()
    frame = pl.DataFrame(rows, schema=AGGREGATES.columns)
    frame.write_parquet(tmp_path / "aggregates" / f"{DAY}.parquet")
    return made


def row(  # noqa: PLR0917  (the figures of a row, in their order)
    unit, level, hour, energy_wh, present, estimated, customer_class=None
):
    return {
        "level": level, "element": None, "unit": unit.pk, "customer_class": customer_class,
        "local_day": DAY, "hour": hour, "points": 2, "energy_wh": energy_wh, "estimated_wh": 0,
        "half_hours": 96, "present": present, "estimated": estimated, "coverage_permille": 500,
        "estimated_permille": 0,
    }  # fmt: skip


def text_of(answer):
    body = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).replace("\u00a0", " ").split())


def test_groups_show_coverage_beside_energy_and_never_zero_for_unknown(world, client):
    client.force_login(world.person("manager", "manager", world.root))
    assert "Công ty Điện lực Hoa Sen 2 24 50,0 % 4,1 %" in text_of(
        client.get(f"/meterdata/groups?level=company&day={DAY}")
    )
    assert "Điện lực Hoa Mai 2 – 0,0 % 0,0 %" in text_of(
        client.get(f"/meterdata/groups?level=district&day={DAY}")
    )
    assert "Sinh hoạt 4 15 41,6 % 0,0 %" in text_of(  # 80 of 192
        client.get(f"/meterdata/groups?level=class&day={DAY}")
    )
    page = f"/meterdata/groups/company/{world.company.pk}"
    assert "24 kWh · có số liệu 2,0 %" in text_of(client.get(f"{page}?zoom=day&day={DAY}"))
    assert "07/10 24 50,0 % 4,1 %" in text_of(client.get(f"{page}?zoom=month&day={DAY}"))
    assert "10/26 24" in text_of(client.get(f"{page}?zoom=year&day={DAY}"))


def test_a_group_outside_the_scope_is_no_page(world, client):
    client.force_login(world.person("stranger", "clerk", world.other))
    page = f"/meterdata/groups/company/{world.company.pk}"
    assert client.get(f"{page}?day={DAY}").status_code == 404
    assert "Sinh hoạt 2 5 41,6 % 0,0 %" in text_of(
        client.get(f"/meterdata/groups?level=class&day={DAY}")
    )
