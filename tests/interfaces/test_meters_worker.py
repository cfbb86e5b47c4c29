"""Workers read what plans ask for, and it is in the store: once, whatever fails."""

from datetime import timedelta

import world_campaigns as world
from congto.office.campaigns.models import Campaign, Session, Task, Visit
from congto.office.intake.models import Delivery
from congto.office.meters.models import UsagePoint
from congto.vocabulary.intervals import Channel
from world_campaigns import NOW, TODAY


def test_a_window_reads_the_half_hours_that_the_store_lacks(books: str) -> None:
    with world.simulated(3) as meters:
        world.build(3, meters.port)
        world.plan()
        figures = world.work()
        yesterday = TODAY - timedelta(days=1)
        for channel in (Channel.ACTIVE_IMPORT, Channel.ACTIVE_EXPORT, Channel.REACTIVE_IMPORT):
            found = world.stored(yesterday, channel)
            assert found == {
                f"P{n}": world.measured(meters, n, yesterday)[channel] for n in (1, 2, 3)
            }
        # Up to 10:00: twenty half-hours of today.
        today = world.stored(TODAY)["P1"]
        measured = world.measured(meters, 1, TODAY)[Channel.ACTIVE_IMPORT]
        assert today == measured[:20] + [None] * 28
    assert (figures.visits, figures.good) == (3, 3)
    assert Task.objects.filter(state="done").count() == Task.objects.count() == 3
    assert not Visit.objects.exists()
    session = Session.objects.get(device__meter__serial="M1")
    assert (session.outcome, session.half_hours) == ("good", 59 * 48 + 20)
    assert session.delivery.state == "loaded"
    assert Campaign.objects.get().total == 3
    assert UsagePoint.objects.count() == 6
    assert Delivery.objects.filter(source="headend").count() == 1
    assert session.ended_at > NOW
