"""The record of uses of secrets loses rows older than the instant that a purge names, no others."""

from django.db import migrations

FORWARD = """
DROP TRIGGER use_append_only ON devices_secretuserecord;
CREATE TRIGGER use_append_only BEFORE UPDATE OR TRUNCATE ON devices_secretuserecord
FOR EACH STATEMENT EXECUTE FUNCTION devices_use_append_only();
CREATE FUNCTION devices_use_purged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at < nullif(current_setting('congto.uses_before', true), '')::timestamptz THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the record of uses of secrets is append-only within its term'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER use_purged BEFORE DELETE ON devices_secretuserecord
FOR EACH ROW EXECUTE FUNCTION devices_use_purged();
"""
BACKWARD = """
DROP TRIGGER use_purged ON devices_secretuserecord;
DROP FUNCTION devices_use_purged();
DROP TRIGGER use_append_only ON devices_secretuserecord;
CREATE TRIGGER use_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON devices_secretuserecord
FOR EACH STATEMENT EXECUTE FUNCTION devices_use_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0002_counters_and_uses")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
