"""More laws of the ledger that PostgreSQL keeps, whoever writes.

3. A leg belongs to a journal that is there, and debits or credits an account that journals of this
   kind are permitted to.
4. No journal counts in a month that is closed; months close in order, so one comparison tells.
5. Seals, closed months and the table of permitted legs are append-only too.

Who writes a journal holds an advisory lock, shared, from before its number is drawn until its
transaction ends: sealing and closing learn by it who is still writing. Numbers are therefore drawn
one by one again: a number kept in a session's cache would come after higher ones were sealed.
"""

from django.db import migrations

PERMITTED = (
    (1, "receivable", 1),
    (1, "receivable_vat", 1),
    (1, "revenue", -1),
    (1, "vat_payable", -1),
    (2, "cash", 1),
    (2, "partner_clearing", 1),
    (2, "receivable", -1),
    (2, "receivable_vat", -1),
    (3, "bank", -1),
    (3, "bank", 1),
    (3, "cash", -1),
    (3, "cash", 1),
    (3, "partner_clearing", -1),
    (3, "partner_clearing", 1),
    (3, "suspense", -1),
    (3, "suspense", 1),
    (4, "receivable", -1),
    (4, "receivable_vat", -1),
    (4, "revenue", 1),
    (4, "vat_payable", 1),
    (5, "receivable", -1),
    (5, "receivable_vat", -1),
    (5, "unapplied", 1),
    (6, "receivable", 1),
    (6, "receivable_vat", 1),
    (6, "unapplied", -1),
    (7, "receivable", -1),
    (7, "receivable", 1),
    (7, "receivable_vat", -1),
    (7, "receivable_vat", 1),
    (7, "revenue", -1),
    (7, "revenue", 1),
    (7, "vat_payable", -1),
    (7, "vat_payable", 1),
)
"""Kind of journal, kind of account, side (1 debit, -1 credit), as `rules.PERMITTED` has them."""

FORWARD = """
ALTER SEQUENCE ledger_journal_id_seq CACHE 1;

CREATE FUNCTION ledger_begin_writing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(2021092);
    RETURN NULL;
END $$;
CREATE TRIGGER journal_begin_writing BEFORE INSERT ON ledger_journal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_begin_writing();

CREATE FUNCTION ledger_period_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    open_from date := (SELECT max(month) + interval '1 month' FROM ledger_closedperiod);
    refused date := (SELECT min(accounting_date) FROM new_journals
                     WHERE accounting_date < open_from);
BEGIN
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION 'a journal cannot count on %: that month is closed', refused
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'let it count from ' || open_from || ' on';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_period_open AFTER INSERT ON ledger_journal
    REFERENCING NEW TABLE AS new_journals
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_period_open();

-- Without sequential scans: the plan is kept by the session, which may have made it while the
-- journals were few.
CREATE FUNCTION ledger_legs_permitted() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    refused record;
BEGIN
    SELECT p.journal_id, j.kind, a.code, p.side INTO refused
    FROM (SELECT DISTINCT journal_id, account_id, sign(amount_vnd)::int AS side
          FROM new_postings) p
    LEFT JOIN ledger_journal j ON j.id = p.journal_id
    LEFT JOIN ledger_account a ON a.id = p.account_id
    LEFT JOIN ledger_permittedleg ok
        ON ok.kind = j.kind AND ok.account_kind = a.kind AND ok.side = p.side
    WHERE ok.kind IS NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'journal % of kind % may not have side % of account %',
            refused.journal_id, coalesce(refused.kind::text, '(unknown)'), refused.side, coalesce(refused.code, '(unknown)')
            USING ERRCODE = 'integrity_constraint_violation',
                  HINT = 'ledger_permittedleg lists what each kind of journal may do';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_permitted AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_legs_permitted();

CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_seal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER period_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_closedperiod
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER permitted_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_permittedleg
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""

BACKWARD = """
DROP TRIGGER permitted_append_only ON ledger_permittedleg;
DROP TRIGGER period_append_only ON ledger_closedperiod;
DROP TRIGGER seal_append_only ON ledger_seal;
DROP TRIGGER posting_permitted ON ledger_posting;
DROP FUNCTION ledger_legs_permitted();
DROP TRIGGER journal_period_open ON ledger_journal;
DROP FUNCTION ledger_period_open();
DROP TRIGGER journal_begin_writing ON ledger_journal;
DROP FUNCTION ledger_begin_writing();
ALTER SEQUENCE ledger_journal_id_seq CACHE 1000;
"""


PERMIT = "INSERT INTO ledger_permittedleg (kind, account_kind, side) VALUES " + ", ".join(
    f"({kind}, '{account}', {side})" for kind, account, side in PERMITTED
)
FORBID = "DELETE FROM ledger_permittedleg"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_periods_permissions_seals")]
    operations = [
        migrations.RunSQL(PERMIT, FORBID),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
