"""A command moves along its arrows only, is sent once, and not without its second person."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION commands_arrow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('proposed', 'queued'), ('proposed', 'withdrawn'), ('proposed', 'expired'),
        ('queued', 'sending'), ('queued', 'withdrawn'), ('queued', 'expired'),
        ('queued', 'not_done'),
        ('sending', 'confirmed'), ('sending', 'not_done'), ('sending', 'uncertain')
    ) THEN
        RAISE EXCEPTION 'command %: from % to % is no way', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.sent_at IS DISTINCT FROM OLD.sent_at AND
        (OLD.sent_at IS NOT NULL OR NEW.state <> 'sending' OR OLD.state <> 'queued')
    THEN
        RAISE EXCEPTION 'command %: it is sent once', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state = 'sending' AND NEW.sent_at IS NULL THEN
        RAISE EXCEPTION 'command %: sending without its time', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER command_arrow BEFORE UPDATE ON commands_command
FOR EACH ROW EXECUTE FUNCTION commands_arrow();

CREATE FUNCTION commands_begin_proposed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'command %: commands are not deleted', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> 'proposed' OR NEW.sent_at IS NOT NULL THEN
        RAISE EXCEPTION 'a command begins as proposed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER command_begins_proposed BEFORE INSERT OR DELETE ON commands_command
FOR EACH ROW EXECUTE FUNCTION commands_begin_proposed();

-- Looked at when the transaction ends: the approval is written after the commands are released.
CREATE FUNCTION commands_second_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'queued' AND EXISTS (
        SELECT FROM commands_commandorder o JOIN control_proposal p ON p.id = o.proposal_id
        WHERE o.id = NEW.order_id AND p.state <> 'approved'
    ) THEN
        RAISE EXCEPTION 'command %: nobody else has approved it', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER command_second_person AFTER UPDATE ON commands_command
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION commands_second_person();
"""
BACKWARD = """
DROP TRIGGER command_second_person ON commands_command;
DROP FUNCTION commands_second_person();
DROP TRIGGER command_begins_proposed ON commands_command;
DROP FUNCTION commands_begin_proposed();
DROP TRIGGER command_arrow ON commands_command;
DROP FUNCTION commands_arrow();
"""


class Migration(migrations.Migration):
    dependencies = [("commands", "0001_initial"), ("control", "0003_jobs_and_list_indexes")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
