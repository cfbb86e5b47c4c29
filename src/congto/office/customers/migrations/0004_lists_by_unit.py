

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0003_phone_index'),
        ('organisation', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['unit', 'code'], name='customer_unit'),
        ),
    ]
