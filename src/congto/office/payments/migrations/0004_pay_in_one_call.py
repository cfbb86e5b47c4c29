"""A payment of a partner is one call of one function: one round trip, one transaction.

`payments_pay` takes a payment once, whatever is repeated; `payments_settle` gives one that waited
its result; `payments_reverse` takes one back. Order of locks: attempt, bills by number, quota. The
quota comes last, so that its lock, which all payments of a partner share, is held the shortest.
All are PL/pgSQL: a session plans each statement once, a function in SQL would at every call. They
say so to PostgreSQL too, which would plan again for each number of bills: planning is half the work.
What is owed is what the ledger says of the bill's item.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION payments_owed(p_bills bigint[])
RETURNS TABLE (bill bigint, net bigint, vat bigint) LANGUAGE sql STABLE AS $$
    SELECT b, o.net, o.vat FROM unnest(p_bills) AS b
    CROSS JOIN LATERAL ( -- an item's few legs are looked up, whatever statistics there are
        SELECT coalesce(sum(p.amount_vnd) FILTER (WHERE a.kind = 'receivable'), 0)::bigint AS net,
            coalesce(sum(p.amount_vnd) FILTER (WHERE a.kind = 'receivable_vat'), 0)::bigint AS vat
        FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id WHERE p.item = b
    ) o
$$;

CREATE FUNCTION payments_day(p_partner bigint, p_now timestamptz,
    OUT terms payments_partnerterms, OUT day date, OUT late boolean) LANGUAGE plpgsql STABLE AS $$
DECLARE
    here timestamp := p_now AT TIME ZONE 'Asia/Ho_Chi_Minh';
BEGIN
    SELECT * INTO terms FROM payments_partnerterms t
    WHERE t.partner_id = p_partner AND t.valid_from <= here::date
        AND (t.valid_to IS NULL OR here::date < t.valid_to);
    late := coalesce(extract(hour FROM here) * 60 + extract(minute FROM here)
        >= terms.cutoff_minute, false);
    day := here::date + late::int;
END $$;

CREATE FUNCTION payments_lock_bills(p_bills bigint[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    locked int;
    there int;
BEGIN
    -- The way nearly every payment goes: nobody else holds the bills, and no savepoint is needed.
    SELECT count(*) INTO locked FROM (
        SELECT id FROM billing_bill WHERE id = ANY(p_bills) ORDER BY id FOR UPDATE SKIP LOCKED) l;
    SELECT count(*) INTO there FROM billing_bill WHERE id = ANY(p_bills);
    IF locked = there THEN
        RETURN true;
    END IF;
    PERFORM set_config('lock_timeout', '1s', true);
    PERFORM id FROM billing_bill WHERE id = ANY(p_bills) ORDER BY id FOR UPDATE;
    PERFORM set_config('lock_timeout', '0', true);
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END $$;

CREATE FUNCTION payments_judge(p_customer text, p_bills bigint[], p_amounts bigint[],
    p_exactness text, OUT answer text, OUT detail jsonb) LANGUAGE plpgsql AS $$
DECLARE
    found record;
    open_from date;
BEGIN
    SELECT count(*) FILTER (WHERE b.id IS NULL OR c.code <> p_customer OR b.state < 4) AS missing,
        count(*) FILTER (WHERE b.state = 6) AS cancelled,
        jsonb_agg(g.bill) FILTER (WHERE o.net + o.vat <= 0) AS paid,
        jsonb_agg(jsonb_build_object('bill', g.bill, 'amount_vnd', o.net + o.vat))
            FILTER (WHERE o.net + o.vat <> g.amount) AS expected,
        min(a.customer_id) AS customer, max(b.period_from) AS newest
    INTO found
    FROM unnest(p_bills, p_amounts) AS g (bill, amount)
    LEFT JOIN billing_bill b ON b.id = g.bill
    LEFT JOIN customers_agreement a ON a.id = b.agreement_id
    LEFT JOIN customers_customer c ON c.id = a.customer_id
    LEFT JOIN payments_owed(p_bills) o ON o.bill = g.bill;
    answer := CASE
        WHEN found.missing > 0 THEN 'NOT_FOUND'
        WHEN found.cancelled > 0 THEN 'INVOICE_CANCELLED'
        WHEN found.paid IS NOT NULL THEN 'ALREADY_PAID'
        WHEN found.expected IS NOT NULL THEN 'AMOUNT_MISMATCH'
    END;
    detail := CASE answer
        WHEN 'ALREADY_PAID' THEN jsonb_build_object('paid', found.paid)
        WHEN 'AMOUNT_MISMATCH' THEN jsonb_build_object('expected', found.expected)
    END;
    IF answer IS NOT NULL OR p_exactness = 'any' THEN
        RETURN;
    END IF;
    SELECT min(b.period_from) INTO open_from
    FROM customers_agreement a JOIN billing_bill b ON b.agreement_id = a.id
    CROSS JOIN LATERAL payments_owed(ARRAY[b.id]) o
    WHERE a.customer_id = found.customer AND b.state IN (4, 5) AND b.id <> ALL (p_bills)
        AND o.net + o.vat > 0;
    answer := CASE
        WHEN p_exactness = 'exact' AND open_from IS NOT NULL THEN 'MUST_PAY_ALL'
        WHEN open_from < found.newest THEN 'MUST_PAY_OLDEST_FIRST'
    END;
END $$;

CREATE FUNCTION payments_write(p_attempt payments_attempt, p_bills bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH owed AS MATERIALIZED (
        SELECT o.bill, o.net, o.vat, b.agreement_id, b.unit_id
        FROM payments_owed(p_bills) o JOIN billing_bill b ON b.id = o.bill
    ), paid AS (
        INSERT INTO payments_payment (partner_id, partner_txn_id, bill_id, agreement_id, unit_id,
            amount_vnd, paid_at, accounting_date, channel)
        SELECT p_attempt.partner_id, p_attempt.partner_txn_id, bill, agreement_id, unit_id,
            net + vat, (p_attempt.request->>'paid_at')::timestamptz, p_attempt.accounting_date,
            p_attempt.request->>'channel'
        FROM owed ORDER BY bill
        RETURNING id, bill_id
    ), written AS (
        INSERT INTO ledger_journal (kind, source, accounting_date)
        SELECT 2, id, p_attempt.accounting_date FROM paid RETURNING id, source
    ), collecting AS (
        SELECT k.id FROM payments_partner q JOIN ledger_account k
            ON k.code = CASE q.kind WHEN 'counter' THEN '111.' ELSE '1388.' END || q.code
        WHERE q.id = p_attempt.partner_id
    )
    INSERT INTO ledger_posting (journal_id, leg, account_id, party, item, amount_vnd)
    SELECT j.id, legs.leg, legs.account, legs.party, legs.item, legs.amount
    FROM written j JOIN paid ON paid.id = j.source JOIN owed o ON o.bill = paid.bill_id
    CROSS JOIN LATERAL (VALUES
        (1, (SELECT id FROM collecting), NULL::bigint, NULL::bigint, o.net + o.vat),
        (2, (SELECT id FROM ledger_account WHERE unit_id = o.unit_id AND kind = 'receivable'),
            o.agreement_id, o.bill, -o.net),
        (3, (SELECT id FROM ledger_account WHERE unit_id = o.unit_id AND kind = 'receivable_vat'),
            o.agreement_id, o.bill, -o.vat)
    ) AS legs (leg, account, party, item, amount)
    WHERE legs.amount <> 0;
END $$;

CREATE FUNCTION payments_pay(p_partner bigint, p_number text, p_body bytea, p_customer text,
    p_bills bigint[], p_amounts bigint[], p_paid timestamptz, p_channel text, p_now timestamptz)
RETURNS payments_attempt LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    it payments_attempt;
    on_day record;
    said record;
    total bigint := (SELECT sum(a) FROM unnest(p_amounts) a);
    locked boolean;
BEGIN
    on_day := payments_day(p_partner, p_now);
    -- Written as it will be if all is well; a second try waits here until the first has ended.
    INSERT INTO payments_attempt (partner_id, partner_txn_id, body, state, answer, request,
        amount_vnd, received_at, accounting_date, late, reversal_key)
    VALUES (p_partner, p_number, p_body, 'posted', 'OK', jsonb_build_object('customer', p_customer,
        'bills', to_jsonb(p_bills), 'amounts', to_jsonb(p_amounts), 'paid_at', p_paid,
        'channel', p_channel), total, p_now, on_day.day, on_day.late, '')
    ON CONFLICT (partner_id, partner_txn_id) DO NOTHING RETURNING * INTO it;
    IF it.id IS NULL THEN
        SELECT * INTO STRICT it FROM payments_attempt
        WHERE partner_id = p_partner AND partner_txn_id = p_number;
        IF it.body <> p_body THEN
            it.answer := 'ID_REUSED';
        END IF;
        RETURN it;
    END IF;
    IF (on_day.terms).id IS NULL
            OR (SELECT suspended FROM payments_partner WHERE id = p_partner) THEN
        RETURN payments_refuse(it, 'PARTNER_SUSPENDED', NULL);
    END IF;
    locked := payments_lock_bills(p_bills);
    IF locked THEN
        said := payments_judge(p_customer, p_bills, p_amounts, (on_day.terms).exactness);
        IF said.answer IS NOT NULL THEN
            RETURN payments_refuse(it, said.answer, said.detail);
        END IF;
    END IF;
    UPDATE payments_quota SET
        posted_vnd = posted_vnd + CASE WHEN locked THEN total ELSE 0 END,
        reserved_vnd = reserved_vnd + CASE WHEN locked THEN 0 ELSE total END
    WHERE partner_id = p_partner
        AND limit_vnd + credited_vnd - posted_vnd - reserved_vnd >= total;
    IF NOT FOUND THEN
        RETURN payments_refuse(it, 'QUOTA_EXCEEDED', NULL);
    END IF;
    INSERT INTO payments_quotaentry (partner_id, move, source, amount_vnd, at)
    VALUES (p_partner, CASE WHEN locked THEN 'post' ELSE 'reserve' END, it.id, total, p_now);
    IF locked THEN
        PERFORM payments_write(it, p_bills);
    ELSE
        UPDATE payments_attempt SET state = 'reserved', answer = 'PENDING' WHERE id = it.id
        RETURNING * INTO it;
    END IF;
    RETURN it;
END $$;

CREATE FUNCTION payments_refuse(p_attempt payments_attempt, p_answer text, p_detail jsonb)
RETURNS payments_attempt LANGUAGE plpgsql AS $$
DECLARE
    it payments_attempt;
BEGIN
    UPDATE payments_attempt SET state = 'rejected', answer = p_answer, detail = p_detail
    WHERE id = p_attempt.id RETURNING * INTO it;
    RETURN it;
END $$;

CREATE FUNCTION payments_settle(p_attempt bigint, p_now timestamptz)
RETURNS payments_attempt LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    it payments_attempt;
    on_day record;
    said record;
    bills bigint[];
BEGIN
    SELECT * INTO STRICT it FROM payments_attempt WHERE id = p_attempt FOR UPDATE;
    bills := ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(it.request->'bills'));
    IF it.state <> 'reserved' OR NOT payments_lock_bills(bills) THEN
        RETURN it;
    END IF;
    on_day := payments_day(it.partner_id, p_now);
    said := payments_judge(it.request->>'customer', bills,
        ARRAY(SELECT value::bigint FROM jsonb_array_elements_text(it.request->'amounts')),
        coalesce((on_day.terms).exactness, 'any'));
    UPDATE payments_quota SET reserved_vnd = reserved_vnd - it.amount_vnd,
        posted_vnd = posted_vnd + CASE WHEN said.answer IS NULL THEN it.amount_vnd ELSE 0 END
    WHERE partner_id = it.partner_id;
    INSERT INTO payments_quotaentry (partner_id, move, source, amount_vnd, at)
    SELECT it.partner_id, move, it.id, it.amount_vnd, p_now FROM unnest(
        CASE WHEN said.answer IS NULL THEN ARRAY['void', 'post'] ELSE ARRAY['void'] END) move;
    IF said.answer IS NOT NULL THEN
        RETURN payments_refuse(it, said.answer, said.detail);
    END IF;
    UPDATE payments_attempt SET state = 'posted', answer = 'OK', accounting_date = on_day.day,
        late = late OR on_day.day <> accounting_date
    WHERE id = it.id RETURNING * INTO it;
    PERFORM payments_write(it, bills);
    RETURN it;
END $$;

CREATE FUNCTION payments_reverse(p_partner bigint, p_number text, p_key text, p_now timestamptz)
RETURNS payments_attempt LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    it payments_attempt;
    today date := (payments_day(p_partner, p_now)).day;
    remitted boolean;
BEGIN
    SELECT * INTO it FROM payments_attempt
    WHERE partner_id = p_partner AND partner_txn_id = p_number FOR UPDATE;
    IF it.id IS NULL THEN
        RETURN NULL;
    END IF;
    IF it.state = 'reversed' THEN
        it.answer := CASE WHEN it.reversal_key = p_key THEN 'OK' ELSE 'ALREADY_REVERSED' END;
        RETURN it;
    END IF;
    IF it.state <> 'posted' OR today > it.accounting_date THEN
        it.answer := CASE WHEN it.state = 'posted' THEN 'CUTOFF_CLOSED' ELSE 'NOT_FOUND' END;
        RETURN it;
    END IF;
    PERFORM b.id FROM payments_payment p JOIN billing_bill b ON b.id = p.bill_id
    WHERE p.partner_id = p_partner AND p.partner_txn_id = p_number AND p.reverses_id IS NULL
    ORDER BY b.id FOR UPDATE OF b;
    -- A bill cancelled since has made what was paid on it a credit of the customer.
    IF EXISTS (SELECT FROM payments_payment p JOIN billing_bill b ON b.id = p.bill_id
            WHERE p.partner_id = p_partner AND p.partner_txn_id = p_number
                AND p.reverses_id IS NULL AND b.state NOT IN (4, 5)) THEN
        it.answer := 'IN_DISPUTE';
        RETURN it;
    END IF;
    -- Money that the bank has credited for the day is with us: it is owed to the partner then, and
    -- does not make its quota larger.
    SELECT EXISTS (SELECT FROM payments_quotaentry e WHERE e.partner_id = p_partner
        AND e.move = 'credit' AND e.day = it.accounting_date) INTO remitted;
    IF NOT remitted THEN
        UPDATE payments_quota SET posted_vnd = posted_vnd - it.amount_vnd
        WHERE partner_id = p_partner;
        INSERT INTO payments_quotaentry (partner_id, move, source, amount_vnd, at)
        VALUES (p_partner, 'reverse', it.id, it.amount_vnd, p_now);
    END IF;
    PERFORM payments_take_back(it, today);
    UPDATE payments_attempt SET state = 'reversed', reversal_key = p_key, reversed_at = p_now,
        detail = jsonb_build_object('quota_given_back', NOT remitted)
    WHERE id = it.id RETURNING * INTO it;
    RETURN it;
END $$;

CREATE FUNCTION payments_take_back(p_attempt payments_attempt, p_day date)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH back AS (
        INSERT INTO payments_payment (partner_id, partner_txn_id, bill_id, agreement_id, unit_id,
            amount_vnd, paid_at, accounting_date, channel, reverses_id)
        SELECT partner_id, partner_txn_id, bill_id, agreement_id, unit_id, -amount_vnd, paid_at,
            p_day, channel, id
        FROM payments_payment WHERE partner_id = p_attempt.partner_id
            AND partner_txn_id = p_attempt.partner_txn_id AND reverses_id IS NULL
        RETURNING id, reverses_id
    ), written AS (
        INSERT INTO ledger_journal (kind, source, accounting_date)
        SELECT 8, id, p_day FROM back RETURNING id, source
    )
    INSERT INTO ledger_posting (journal_id, leg, account_id, party, item, amount_vnd)
    SELECT w.id, p.leg, p.account_id, p.party, p.item, -p.amount_vnd
    FROM written w JOIN back ON back.id = w.source
    JOIN ledger_journal j ON j.kind = 2 AND j.source = back.reverses_id
    JOIN ledger_posting p ON p.journal_id = j.id;
END $$;

CREATE FUNCTION payments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER refused_request_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_refusedrequest
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();

-- What was signed in the last minutes, so that it is not taken twice; lost in a crash with no harm
-- to payments, which happen once whatever is repeated.
CREATE UNLOGGED TABLE payments_seensignature (signature bytea PRIMARY KEY, at timestamptz NOT NULL);
CREATE INDEX seen_signature_at ON payments_seensignature (at);

CREATE TRIGGER quota_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_quotaentry
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
"""

BACKWARD = """
DROP TABLE payments_seensignature;
DROP TRIGGER refused_request_append_only ON payments_refusedrequest;
DROP TRIGGER quota_entry_append_only ON payments_quotaentry;
DROP FUNCTION payments_refuse_change();
DROP FUNCTION payments_take_back(payments_attempt, date);
DROP FUNCTION payments_reverse(bigint, text, text, timestamptz);
DROP FUNCTION payments_settle(bigint, timestamptz);
DROP FUNCTION payments_refuse(payments_attempt, text, jsonb);
DROP FUNCTION payments_pay(bigint, text, bytea, text, bigint[], bigint[], timestamptz, text,
    timestamptz);
DROP FUNCTION payments_write(payments_attempt, bigint[]);
DROP FUNCTION payments_judge(text, bigint[], bigint[], text);
DROP FUNCTION payments_lock_bills(bigint[]);
DROP FUNCTION payments_day(bigint, timestamptz);
DROP FUNCTION payments_owed(bigint[]);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0003_terms_quota_attempts"),
        ("ledger", "0008_payments_reversed"),
        ("billing", "0001_initial"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
