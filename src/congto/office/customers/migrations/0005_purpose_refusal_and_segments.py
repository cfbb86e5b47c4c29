import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0004_lists_by_unit'),
    ]

    operations = [
        migrations.AddField(
            model_name='agreement',
            name='purpose',
            field=models.CharField(blank=True, choices=[('residential', 'Sinh hoạt'), ('production', 'Sản xuất'), ('business', 'Kinh doanh, dịch vụ'), ('administrative', 'Hành chính sự nghiệp'), ('wholesale', 'Bán buôn')], db_default='', default='', help_text='Purpose of use as signed; empty: not recorded', max_length=16),
        ),
        migrations.AddField(
            model_name='priceassignment',
            name='peak_for_all',
            field=models.BooleanField(db_default=False, default=False, help_text='The buyer refused the three-rate meter: all energy at the peak price'),
        ),
        migrations.CreateModel(
            name='PriceSegment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.SmallIntegerField(help_text='1, 2, ... in the order of the agreement')),
                ('group', models.CharField(choices=[('residential', 'Sinh hoạt'), ('production', 'Sản xuất'), ('business', 'Kinh doanh, dịch vụ'), ('administrative', 'Hành chính sự nghiệp'), ('wholesale', 'Bán buôn')], max_length=16)),
                ('subgroup', models.CharField(blank=True, max_length=60, null=True)),
                ('voltage', models.CharField(blank=True, max_length=12, null=True)),
                ('household_quarters', models.IntegerField(default=4)),
                ('share_bp', models.IntegerField(help_text='Share in hundredths of a percent', null=True)),
                ('fixed_kwh', models.IntegerField(help_text='kWh of a period', null=True)),
                ('assignment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='segments', to='customers.priceassignment')),
            ],
            options={
                'ordering': ('assignment', 'segment'),
                'constraints': [models.UniqueConstraint(fields=('assignment', 'segment'), name='price_segment_key'), models.CheckConstraint(condition=models.Q(('share_bp__isnull', True), ('fixed_kwh__isnull', True), _connector='OR'), name='price_segment_one_measure')],
            },
        ),
    ]
