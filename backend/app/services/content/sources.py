"""Data sources as people see and set them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.domain.actor import Actor
from app.domain.content import ATTACK_SOURCE, OPEN_RUN_STATUSES
from app.errors import Conflict, FieldError, Invalid
from app.models.content import DataSource, SyncRun
from app.models.knowledge import ObjectDomain
from app.services import audit
from app.services.content import runs
from app.services.content.mirrors import checked_base_url
from app.services.content.registry import SOURCES, ContentSource, source_named


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source's row, what the registry says of it, and its newest run."""

    row: DataSource
    entry: ContentSource
    last_run: SyncRun | None
    items: Mapping[str, int]
    """How many items of each kind its publisher has now, as far as we hold them."""

    @property
    def next_run_at(self) -> datetime | None:
        """When the schedule asks for it again; None when only people do.

        The first sync of a source is asked for by a person: an installation without a network stays quiet.
        """
        if not self.row.enabled or not self.row.auto or not self.row.interval_hours or self.last_run is None:
            return None
        return (self.last_run.started_at or self.last_run.created_at) + timedelta(hours=self.row.interval_hours)

    @property
    def version(self) -> str | None:
        """Release of the first wanted part that is held."""
        releases = (self.row.state.get(part, {}).get("release") for part in self.row.domains)
        return next((release for release in releases if release), None)


async def list_sources(session: AsyncSession) -> list[SourceView]:
    """All known sources that have a row, in the registry's order."""
    newest = await runs.newest_runs(session)
    rows = {row.name: row for row in await session.scalars(select(DataSource))}
    held = await _held(session)
    return [
        SourceView(rows[name], entry, newest.get(name), _items(entry, held))
        for name, entry in SOURCES.items()
        if name in rows
    ]


async def _held(session: AsyncSession) -> dict[str, dict[str, int]]:
    """By source and kind the number of items, without the links between them."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    rows = await session.execute(
        select(ObjectDomain.source, ObjectDomain.kind, func.count(ObjectDomain.upstream_id.distinct()))
        .where(ObjectDomain.kind != "link")
        .group_by(ObjectDomain.source, ObjectDomain.kind)
        .order_by(ObjectDomain.source, ObjectDomain.kind)
    )
    for source, kind, number in rows:
        found[source][kind] = number
    return found


def _items(entry: ContentSource, held: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    found = held.get(entry.publisher or entry.source.name, {})
    return {kind: number for kind, number in found.items() if not entry.kinds or kind in entry.kinds}


async def get_source(session: AsyncSession, name: str) -> SourceView:
    """Raise NotFound for an unknown source."""
    entry = source_named(name)
    row = await runs.source_row(session, name)
    newest = await runs.newest_runs(session)
    return SourceView(row, entry, newest.get(name), _items(entry, await _held(session)))


async def update_source(
    session: AsyncSession, actor: Actor, settings: Settings, name: str, changes: dict[str, Any]
) -> SourceView:
    """Set switches of a source; `changes` has only what was sent, and a base URL of None takes it back.

    Raises Invalid `unknown_part` or `base_url_refused`.
    """
    entry = source_named(name)
    refuse_unknown_parts(entry, changes.get("domains") or ())
    if changes.get("base_url"):
        changes["base_url"] = checked_base_url(settings, changes["base_url"])
    row = await session.get(DataSource, name, with_for_update=True, populate_existing=True)
    if row is None:
        row = await runs.source_row(session, name)
    before = {field: getattr(row, field) for field in ("enabled", "auto", "interval_hours", "domains", "base_url")}
    for field, value in changes.items():
        if value is not None or field == "base_url":
            setattr(row, field, list(dict.fromkeys(value)) if field == "domains" else value)
    row.updated_at, row.updated_by_id = now(), actor.user_id
    after = {field: getattr(row, field) for field in before}
    audit.record(
        session,
        actor,
        "data_source.updated",
        subject_kind="data_source",
        subject_id=name,
        subject_label=entry.source.title,
        before=before,
        after=after,
    )
    newest = await runs.newest_runs(session)
    return SourceView(row, entry, newest.get(name), _items(entry, await _held(session)))


def refuse_unknown_parts(entry: ContentSource, parts: Sequence[str]) -> None:
    """Raise Invalid `unknown_part` for a part that the source does not have."""
    unknown = sorted(set(parts) - set(entry.parts))
    if unknown:
        message = f"The source has no part {unknown[0]}, only {', '.join(entry.parts)}."
        raise Invalid("unknown_part", message, fields=[FieldError("domains", message, "unknown_part")])


async def request_sync(
    session: AsyncSession,
    actor: Actor,
    name: str,
    *,
    domains: Sequence[str] | None,
    way: str | None,
    force: bool,
    preview: bool = False,
) -> SyncRun:
    """Queue a run of a source with its own settings where nothing else was asked for.

    Raises Conflict `source_disabled` or `sync_running`, Invalid `unknown_part` or `unknown_way`.
    """
    entry = source_named(name)
    refuse_unknown_parts(entry, domains or ())
    if way not in {None, "auto", *entry.source.ways}:
        raise Invalid("unknown_way", f"The source has no such way: {', '.join(entry.source.ways)}.")
    row = await runs.source_row(session, name)
    if not row.enabled:
        raise Conflict("source_disabled", "The source is switched off.")
    parts = tuple(dict.fromkeys(domains or row.domains))
    wish = runs.Wish(parts, way=None if way == "auto" else way, force=force, preview=preview)
    return await runs.request_run(session, actor, name, wish)


async def due_sources(session: AsyncSession) -> list[str]:
    """Enabled sources whose next scheduled run has come; for the scheduler's tick."""
    moment = now()
    return [
        view.row.name
        for view in await list_sources(session)
        if (due := view.next_run_at) is not None
        and due <= moment
        and (view.last_run is None or view.last_run.status not in OPEN_RUN_STATUSES)
    ]


async def attack_release(session: AsyncSession, domain: str = "enterprise") -> str | None:
    """The release of ATT&CK that is loaded for a domain."""
    state = await session.scalar(select(DataSource.state).where(DataSource.name == ATTACK_SOURCE))
    release: str | None = (state or {}).get(domain, {}).get("release")
    return release
