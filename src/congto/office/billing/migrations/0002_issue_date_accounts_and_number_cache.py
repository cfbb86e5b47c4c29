"""The run remembers its issue date and the size of its books; numbers are handed out in packs.

A nextval costs 6 microseconds where each number is taken by itself and 0.6 where a session takes a
thousand at once; gaps do not matter, these are not invoice numbers.
"""

from django.db import migrations, models

CACHE = "ALTER SEQUENCE billing_bill_id_seq CACHE {}"


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="billingrun",
            name="issued_on",
            field=models.DateField(
                help_text="Kept while the run is open, so that a resumed run issues equal bills",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="runpartition",
            name="accounts",
            field=models.IntegerField(default=0, help_text="Usages of the period in the book"),
        ),
        migrations.RunSQL(CACHE.format(1000), CACHE.format(1)),
    ]
