"""Counters of a secret only rise, and the record of uses is append-only."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION devices_counter_never_lowered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.upcoming < OLD.upcoming OR NEW.proved < OLD.proved THEN
        RAISE EXCEPTION 'secret % of device %: a counter would be lowered', OLD.use, OLD.device_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER counter_never_lowered BEFORE UPDATE ON devices_devicesecret
FOR EACH ROW EXECUTE FUNCTION devices_counter_never_lowered();
CREATE FUNCTION devices_use_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the record of uses of secrets is append-only'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER use_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON devices_secretuserecord
FOR EACH STATEMENT EXECUTE FUNCTION devices_use_append_only();
"""
BACKWARD = """
DROP TRIGGER use_append_only ON devices_secretuserecord;
DROP FUNCTION devices_use_append_only();
DROP TRIGGER counter_never_lowered ON devices_devicesecret;
DROP FUNCTION devices_counter_never_lowered();
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
