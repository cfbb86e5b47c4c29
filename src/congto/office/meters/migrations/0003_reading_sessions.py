import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('meters', '0002_key_first_in_exclusions'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReadingSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('days', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), help_text='Days of the month, rising: 1, 2 or 3 cycles a month', size=None)),
            ],
            options={
                'ordering': ('code',),
            },
        ),
        migrations.AddField(
            model_name='readingbook',
            name='session',
            field=models.ForeignKey(blank=True, help_text='Null: one cycle a month on the reading day', null=True, on_delete=django.db.models.deletion.PROTECT, to='meters.readingsession'),
        ),
    ]
