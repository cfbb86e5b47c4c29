"""Journal numbers are handed out in packs of a thousand a session; gaps do not matter."""

from django.db import migrations

CACHE = "ALTER SEQUENCE ledger_journal_id_seq CACHE {}"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_invariants")]
    operations = [migrations.RunSQL(CACHE.format(1000), CACHE.format(1))]
