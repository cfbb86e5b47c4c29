"""A journal may have a leg for every bill of an issuance."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0003_number_cache'),
    ]

    operations = [
        migrations.AlterField(
            model_name='posting',
            name='leg',
            field=models.IntegerField(),
        ),
    ]
