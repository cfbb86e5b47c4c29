"""States of a bill before issue, holds and their rules, invoice series, issuances.

Bills that were issued before this migration get their number here: a series for each unit and
year, counted in the order of the bills, and an issuance for each bill under the bill's own number,
because their journals name the bill as their source.
"""

import congto.office.storage.ranges
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


NUMBER_ISSUED_BILLS = """
CREATE TEMPORARY TABLE numbered ON COMMIT DROP AS
SELECT id, run_id, unit_id, extract(year FROM issued_on)::int AS year, issued_on, net_vnd, vat_vnd,
    row_number() OVER (PARTITION BY unit_id, extract(year FROM issued_on) ORDER BY id)::int AS no
FROM billing_bill WHERE state IN (4, 5, 6);
INSERT INTO billing_invoiceseries (form, symbol, unit_id, year, next_no)
SELECT '1', 'K' || lpad((year % 100)::text, 2, '0') || 'TAA', unit_id, year, max(no) + 1
FROM numbered GROUP BY unit_id, year;
INSERT INTO billing_issuance (id, run_id, unit_id, series_id, issued_on, first_no, bills, net_vnd,
    vat_vnd)
SELECT n.id, n.run_id, n.unit_id, s.id, n.issued_on, n.no, 1, n.net_vnd, n.vat_vnd
FROM numbered n JOIN billing_invoiceseries s ON s.unit_id = n.unit_id AND s.year = n.year;
UPDATE billing_bill b SET series_id = i.series_id, invoice_no = i.first_no, issuance_id = i.id
FROM billing_issuance i WHERE i.id = b.id;
SELECT setval(pg_get_serial_sequence('billing_issuance', 'id'), greatest(max(id), 1))
FROM billing_bill;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0002_issue_date_accounts_and_number_cache'),
        ('customers', '0005_purpose_refusal_and_segments'),
        ('meters', '0003_reading_sessions'),
        ('organisation', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BillHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=12)),
                ('gate', models.SmallIntegerField(choices=[(1, 'Sau tính tiền'), (2, 'Sau lập hóa đơn')])),
                ('signer', models.SmallIntegerField(choices=[(0, 'Nhân viên'), (1, 'Đội trưởng'), (2, 'Trưởng phòng'), (3, 'Phó giám đốc'), (4, 'Giám đốc')])),
                ('observed', models.CharField(max_length=240)),
                ('expected', models.CharField(max_length=240)),
                ('text', models.CharField(max_length=400)),
                ('state', models.CharField(choices=[('open', 'Chờ xử lý'), ('released', 'Đã duyệt phát hành'), ('reread', 'Đã yêu cầu đọc lại'), ('estimated', 'Đã tạm tính'), ('cancelled', 'Đã hủy hóa đơn'), ('replaced', 'Đã lập lại')], default='open', max_length=12)),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=400)),
            ],
            options={
                'ordering': ('bill', 'rule'),
            },
        ),
        migrations.CreateModel(
            name='HoldRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=12)),
                ('group', models.CharField(blank=True, help_text='Price group; empty: all', max_length=16)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(blank=True, null=True)),
                ('enabled', models.BooleanField(default=True)),
                ('limits', models.JSONField(help_text='Whole numbers by name; `ladder`: [times, signer] pairs')),
                ('confidence', models.CharField(max_length=20)),
                ('source', models.CharField(max_length=240)),
                ('known_at', models.DateTimeField()),
            ],
            options={
                'ordering': ('rule', 'group', 'valid_from'),
            },
        ),
        migrations.CreateModel(
            name='InvoiceSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form', models.CharField(default='1', help_text='KHMSHDon: 1 is a VAT invoice', max_length=1)),
                ('symbol', models.CharField(max_length=6)),
                ('year', models.SmallIntegerField()),
                ('next_no', models.IntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name='Issuance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('issued_on', models.DateField()),
                ('first_no', models.IntegerField()),
                ('bills', models.IntegerField()),
                ('net_vnd', models.BigIntegerField()),
                ('vat_vnd', models.BigIntegerField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='billingrun',
            name='billing_run_key',
        ),
        migrations.AddField(
            model_name='bill',
            name='invoice_no',
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name='bill',
            name='kind',
            field=models.SmallIntegerField(choices=[(1, 'Hóa đơn kỳ'), (2, 'Hóa đơn thay thế'), (3, 'Hóa đơn điều chỉnh')], default=1),
        ),
        migrations.AddField(
            model_name='bill',
            name='original',
            field=models.ForeignKey(db_constraint=False, db_index=False, help_text='The bill that this one replaces or adjusts', null=True, on_delete=django.db.models.deletion.PROTECT, to='billing.bill'),
        ),
        migrations.AddField(
            model_name='bill',
            name='past_day_wh',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), default=list, help_text='Wh a day of the 13 periods before, the newest first: what the gates compared', size=None),
        ),
        migrations.AddField(
            model_name='billingrun',
            name='issue',
            field=models.BooleanField(default=True, help_text='Issue what passes both gates at once; else leave it ready'),
        ),
        migrations.AddField(
            model_name='billingrun',
            name='session',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='meters.readingsession'),
        ),
        migrations.AddField(
            model_name='billline',
            name='part_from',
            field=models.DateField(help_text='Days of the line; null: the whole period', null=True),
        ),
        migrations.AddField(
            model_name='billline',
            name='part_to',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='billline',
            name='segment',
            field=models.SmallIntegerField(default=1, help_text='Purpose on a meter of mixed use'),
        ),
        migrations.AddField(
            model_name='runpartition',
            name='held',
            field=models.IntegerField(default=0, help_text='Bills that wait for people'),
        ),
        migrations.AlterField(
            model_name='bill',
            name='due_date',
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name='bill',
            name='issued_on',
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name='bill',
            name='run',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='billing.billingrun'),
        ),
        migrations.AlterField(
            model_name='bill',
            name='state',
            field=models.SmallIntegerField(choices=[(0, 'Thiếu số liệu'), (1, 'Lỗi tính tiền'), (2, 'Treo chờ kiểm tra'), (3, 'Chờ phát hành'), (4, 'Đã phát hành'), (5, 'Chờ hủy'), (6, 'Đã hủy')]),
        ),
        migrations.AddConstraint(
            model_name='billingrun',
            constraint=models.UniqueConstraint(fields=('period_from', 'period_to', 'session'), name='billing_run_key', nulls_distinct=False),
        ),
        migrations.AddField(
            model_name='billhold',
            name='bill',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='billing.bill'),
        ),
        migrations.AddField(
            model_name='billhold',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='holdrule',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=(('rule', '='), ('group', '='), (congto.office.storage.ranges.DateRange('valid_from', 'valid_to', django.contrib.postgres.fields.ranges.RangeBoundary()), '&&')), name='hold_rule_one_in_force'),
        ),
        migrations.AddField(
            model_name='invoiceseries',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='organisation.unit'),
        ),
        migrations.AddField(
            model_name='bill',
            name='series',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='billing.invoiceseries'),
        ),
        migrations.AddField(
            model_name='issuance',
            name='run',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='billing.billingrun'),
        ),
        migrations.AddField(
            model_name='issuance',
            name='series',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='billing.invoiceseries'),
        ),
        migrations.AddField(
            model_name='issuance',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='organisation.unit'),
        ),
        migrations.AddField(
            model_name='bill',
            name='issuance',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='billing.issuance'),
        ),
        migrations.RunSQL(NUMBER_ISSUED_BILLS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='bill',
            index=models.Index(condition=models.Q(('state__lt', 4)), fields=['unit', 'id'], name='bill_not_issued'),
        ),
        migrations.AddIndex(
            model_name='bill',
            index=models.Index(condition=models.Q(('original__isnull', False)), fields=['original'], name='bill_original'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.UniqueConstraint(condition=models.Q(('invoice_no__isnull', False)), fields=('series', 'invoice_no'), name='bill_invoice_number'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('invoice_no__isnull', False), ('issued_on__isnull', False), ('state__in', (4, 5))), ('state', 6), models.Q(('invoice_no__isnull', True), ('state__lt', 4)), _connector='OR'), name='bill_number_at_issue'),
        ),
        migrations.AddIndex(
            model_name='billhold',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['rule'], name='bill_hold_open'),
        ),
        migrations.AddConstraint(
            model_name='billhold',
            constraint=models.UniqueConstraint(fields=('bill', 'rule'), name='bill_hold_key'),
        ),
        migrations.AddConstraint(
            model_name='invoiceseries',
            constraint=models.UniqueConstraint(fields=('unit', 'year'), name='invoice_series_of_unit'),
        ),
        migrations.AddConstraint(
            model_name='invoiceseries',
            constraint=models.UniqueConstraint(fields=('form', 'symbol', 'unit'), name='invoice_series_symbol'),
        ),
    ]
