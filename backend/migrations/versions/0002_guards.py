"""What models cannot say: records that only grow, and the rights of the application's role."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = ("audit_log", "custody_event", "vote", "test_transition")


def upgrade() -> None:
    make_append_only()
    make_audit_head()
    make_content_statistics()
    grant_rights()


def downgrade() -> None:
    role = application_role()
    if role is not None:
        op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM {role}")
        op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM {role}")
        op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}")
        op.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}")
    op.execute("DROP FUNCTION IF EXISTS refresh_content_statistics()")
    op.execute("DROP FUNCTION IF EXISTS refuse_rewriting() CASCADE")
    op.execute("DROP FUNCTION IF EXISTS refuse_going_back() CASCADE")
    op.execute("DELETE FROM audit_head")


def application_role() -> str | None:
    """The role that the application connects as, quoted; None where it is the role that migrates."""
    role: str | None = op.get_bind().scalar(
        sa.text(
            "SELECT quote_ident(rolname) FROM pg_roles WHERE rolname <> current_user"
            " AND rolname = coalesce(nullif(current_setting('aegis.app_role', true), ''), 'aegis_app')"
        )
    )
    return role


def make_append_only() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    present = sa.inspect(op.get_bind()).get_table_names()
    for table in APPEND_ONLY:
        if table not in present:
            continue
        op.execute(
            f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
        # ALWAYS: a session in replication mode does not get past them either.
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_rows")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_truncate")


def make_audit_head() -> None:
    op.execute("INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, repeat('0', 64))")
    op.execute(
        """
        CREATE FUNCTION refuse_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND NEW.seq > OLD.seq THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'the audit trail only grows' USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER audit_head_rows BEFORE UPDATE OR DELETE ON audit_head"
        " FOR EACH ROW EXECUTE FUNCTION refuse_going_back()"
    )
    op.execute(
        "CREATE TRIGGER audit_head_truncate BEFORE TRUNCATE ON audit_head"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )
    op.execute("ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_rows")
    op.execute("ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_truncate")


CONTENT_TABLES = (
    "analytic",
    "content_link",
    "control",
    "countermeasure",
    "detection_rule",
    "detection_strategy",
    "object_domain",
    "technique",
    "technique_alias",
    "technique_tactic",
    "test_template",
)


def make_content_statistics() -> None:
    """Only a table's owner may ANALYZE it, and right after an import the planner must not think that it is empty."""
    op.execute(
        f"""
        CREATE FUNCTION refresh_content_statistics() RETURNS void LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            ANALYZE {", ".join(f"public.{table}" for table in CONTENT_TABLES)};
        END $$
        """
    )


def grant_rights() -> None:
    """Everything on ordinary rows, nothing but reading and adding on records, no ownership."""
    role = application_role()
    if role is None:
        return
    op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
    op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}")
    op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}")
    present = sa.inspect(op.get_bind()).get_table_names()
    for table in APPEND_ONLY:
        if table in present:
            op.execute(f"REVOKE UPDATE, DELETE ON {table} FROM {role}")
    op.execute(f"REVOKE INSERT, DELETE ON audit_head FROM {role}")
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}")
