"""What was done, charged, given up or held is never changed or taken away."""

from django.db import migrations

TABLES = ("dunningstep", "interestcharge", "interestpayment", "writeoff", "deposit")
FORWARD = """
CREATE FUNCTION arrears_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
""" + "".join(
    f"""
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON arrears_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION arrears_refuse_change();
"""
    for table in TABLES
)
BACKWARD = (
    "".join(f"DROP TRIGGER {table}_append_only ON arrears_{table};" for table in TABLES)
    + "DROP FUNCTION arrears_refuse_change();"
)


class Migration(migrations.Migration):
    dependencies = [("arrears", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
