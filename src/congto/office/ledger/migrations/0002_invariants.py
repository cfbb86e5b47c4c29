"""The ledger's two laws, kept by PostgreSQL whoever writes.

1. Append-only: no row of journal or posting is ever updated, deleted or truncated.
2. Every journal sums to zero: checked once per INSERT or COPY over its new rows (a transition
   table), so that a run of a million postings pays for one aggregate and not a million triggers.
   All legs of a journal must therefore be written by one statement.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % of % refused; write a reversing journal',
        TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_journal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE FUNCTION ledger_journals_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    journal bigint;
    difference numeric;
BEGIN
    SELECT journal_id, sum(amount_vnd) INTO journal, difference
        FROM new_postings GROUP BY journal_id HAVING sum(amount_vnd) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'journal % does not sum to zero: its legs leave % dong', journal, difference
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'write all legs of a journal in one statement, debits equal to credits';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER posting_balance AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_journals_balance();
"""

BACKWARD = """
DROP TRIGGER posting_balance ON ledger_posting;
DROP TRIGGER posting_append_only ON ledger_posting;
DROP TRIGGER journal_append_only ON ledger_journal;
DROP FUNCTION ledger_journals_balance();
DROP FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
