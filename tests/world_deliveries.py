"""A user who delivers, files for the utility of world_meters, and jobs run at once."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from django.contrib.auth.models import User

from congto.interfaces.jobs import readings_delivery
from congto.interfaces.jobs.kinds import register
from congto.interfaces.jobs.runner import run_job
from congto.office.control.choices import JobState
from congto.office.control.models import Grant, Job
from congto.office.organisation.models import Unit
from world_readings import day, flat, head, nem12

if TYPE_CHECKING:
    from django.test import Client

SECRET = "một hai ba bốn"


def deliverer(name: str = "hes", role: str = "clerk") -> User:
    user = User.objects.create_user(name, password=SECRET)
    Grant.objects.create(user=user, unit=Unit.objects.get(parent=None), role=role)
    return user


def signed(name: str = "hes", secret: str = SECRET) -> dict[str, str]:
    token = base64.b64encode(f"{name}:{secret}".encode()).decode()
    return {"HTTP_AUTHORIZATION": f"Basic {token}"}


def file_of(*days: tuple[str, str, str, list[str]]) -> str:
    """Return NEM12 of (point, meter, day as 20261005, values)."""
    records = []
    for point, meter, on, values in days:
        records += [head(point=point, meter=meter), day(on, values)]
    return nem12(*records)


PLAIN = file_of(("P1", "M1", "20261005", flat("0.250")), ("P2", "M2", "20261005", flat("0.100")))


def post(client: Client, text: str, number: str = "1", source: str = "hes-1", form: str = "nem12"):
    return client.post(
        f"/api/readings/v1/files?source={source}&delivery_id={number}&format={form}&name=day.csv",
        data=text.encode(),
        content_type="application/octet-stream",
        **signed(),
    )


def run_jobs() -> None:
    """Run what is queued."""
    register(readings_delivery.KIND)
    for job in Job.objects.filter(state=JobState.QUEUED).order_by("id"):
        run_job(job.pk)
