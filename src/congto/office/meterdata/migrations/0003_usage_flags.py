from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('meterdata', '0002_reads_by_meter'),
    ]

    operations = [
        migrations.AddField(
            model_name='usage',
            name='flags',
            field=models.SmallIntegerField(db_default=0, default=0, help_text='Sum of vocabulary.quality.UsageFlag'),
        ),
    ]
