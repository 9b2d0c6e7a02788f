"""What keeps records from being rewritten in the database, and whether it is still there."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

RECORDS = ("audit_log", "custody_event", "test_transition", "vote")
"""Tables that only grow."""
GUARDED = (*RECORDS, "audit_head")

_TRIGGERS = text(
    "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND t.tgenabled = 'A' AND c.relname = ANY(:tables)"
)
_POWERS = text(
    """
    SELECT current_user AS role,
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_super,
           coalesce(array_agg(c.relname::text ORDER BY c.relname)
                    FILTER (WHERE pg_has_role(current_user, c.relowner, 'USAGE')), '{}') AS owned,
           coalesce(array_agg(c.relname::text ORDER BY c.relname)
                    FILTER (WHERE c.relname <> 'audit_head'
                              AND has_table_privilege(c.oid, 'UPDATE,DELETE,TRUNCATE')), '{}') AS writable
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = current_schema() AND c.relname = ANY(:tables)
    """
)


async def faults_of(session: AsyncSession) -> list[tuple[str, str]]:
    """Guards that are missing or switched off now, as code and sentence."""
    present = set(await session.scalars(_TRIGGERS, {"tables": list(GUARDED)}))
    return [
        ("guard_missing", f"The trigger {name} of {table}, which refuses rewriting, is missing or switched off.")
        for table in GUARDED
        for name in (f"{table}_rows", f"{table}_truncate")
        if name not in present
    ]


async def weaknesses_of(session: AsyncSession) -> list[str]:
    """Why, in this installation, the database itself does not keep the application from rewriting records."""
    powers = (await session.execute(_POWERS, {"tables": list(GUARDED)})).one()
    if powers.is_super:
        return [f"Anything against the application itself: its database role {powers.role} is a superuser."]
    if powers.owned:
        whose = f"its database role {powers.role} owns the records"
        return [f"Anything against the application itself: {whose}. Give DATABASE_OWNER_URL another role."]
    if powers.writable:
        return [f"That the application rewrote nothing: its role may change {', '.join(powers.writable)}."]
    return []
