"""One hash for each table of content, the same wherever the same content was imported.

Rows are named by what their publisher calls them, never by this database's ids, and times of the import are left out.
Tables are those of the models, so that a new one is compared unless it is named here as a table of people's work.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Table, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession

import app.models  # noqa: F401  every table
from app.models.base import Base

OF_PEOPLE: Final = frozenset(
    {
        "access_token", "approval", "audit_head", "audit_log", "audit_stream", "countermeasure_status",
        "coverage_snapshot", "coverage_snapshot_technique", "current_result", "custody_event", "data_source", "deputy",
        "environment_platform", "evidence", "evidence_object", "execution", "finding", "finding_event",
        "finding_result", "finding_retest", "finding_step", "idempotency_key", "integrity_run", "job_run",
        "ledger_time", "login_throttle", "mfa_factor", "notification", "observation", "one_time_link", "result_sum",
        "risk_acceptance", "role_change", "rule_deployment", "rule_result", "security_test", "security_tool",
        "setting", "sync_run", "technique_change", "technique_overlay", "test_contribution", "test_round",
        "test_transition", "threat_profile_entry", "user_account", "user_session", "vote",
    }
)  # fmt: skip
"""What people of one installation do, its runs, and its journal of what was new to it: no content."""
OF_THE_ROW: Final = frozenset(
    {
        "id", "created_at", "updated_at", "intel_changed_at",
        "review_required", "reviewed_at", "reviewed_by_id", "review_note",
    }
)  # fmt: skip
"""Ids and times of this database, and what its people made of the content."""
WHETHER_ONLY: Final = frozenset({"withdrawn_at"})
"""Times of the import of which only counts that there is one."""

Rows = Mapping[str, list[dict[str, Any]]]
Names = dict[UUID, str]


def content_tables() -> list[Table]:
    """Every table of content, those first that others point to."""
    assert Base.metadata.tables.keys() >= OF_PEOPLE, "a table of people's work has another name now"
    return [table for table in Base.metadata.sorted_tables if table.name not in OF_PEOPLE]


async def content_rows(session: AsyncSession) -> Rows:
    """All rows of all tables of content, without this database's ids and times."""
    tables = content_tables()
    found = {table.name: (await session.execute(select(table))).mappings().all() for table in tables}
    names: Names = {}
    for table in tables:
        if "id" in table.c:
            key = _natural_key(table)
            names |= {
                row["id"]: f"{table.name} {_text([_said(row[column], names) for column in key])}"
                for row in found[table.name]
            }
    return {
        table.name: [
            {column.name: _value(column, row[column.name], names) for column in _compared(table)}
            for row in found[table.name]
        ]
        for table in tables
    }


def hashes(rows: Rows) -> dict[str, str]:
    """SHA-256 of each table, whatever the order of its rows."""
    return {
        name: sha256("\n".join(sorted(map(_text, found))).encode()).hexdigest() for name, found in rows.items() if found
    }


def _natural_key(table: Table) -> list[str]:
    keys = [
        sorted(column.name for column in constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    return min(keys)


def _compared(table: Table) -> list[Column[Any]]:
    return [column for column in table.c if column.name not in OF_THE_ROW]


def _value(column: Column[Any], value: Any, names: Names) -> Any:
    if column.name in WHETHER_ONLY:
        return value is not None
    return _said(value, names)


def _said(value: Any, names: Names) -> Any:
    if isinstance(value, UUID):
        # What is not content has no place in a row of content: a KeyError says so.
        return names[value]
    return value.isoformat() if isinstance(value, datetime) else value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=bytes.hex)
