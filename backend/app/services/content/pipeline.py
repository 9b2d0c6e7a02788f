"""One import in one transaction: stage, compare, guard, write, resolve, report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import SYSTEM, Actor
from app.domain.content import ATTACK_SOURCE, release_key
from app.errors import Conflict
from app.models.content import DataSource
from app.models.organisation import Environment
from app.services import audit, coverage
from app.services.content import difference, held, item_links, links, scope, stubs, upgrade
from app.services.content.staging import Driver, Progress, Staged, driver_of, stage

DEFAULT_WITHDRAW_SHARE: Final = 0.25
MAX_LISTED: Final = 200
"""Changed items of each sort that a report names."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    counts: dict[str, int]
    by_kind: dict[str, dict[str, int]]
    upgrade: dict[str, Any] | None
    """Null for the first content, for the full content after a summary, and when nothing changed."""
    links_resolved: int
    out_of_scope: int
    changes: dict[str, Any]
    """The first items that were added, updated, removed, or that name other techniques now."""
    stubs: int
    """Techniques that content names and nobody knows, made by this import."""
    held: int
    """Templates in use that say something else now and wait for a lead's release."""
    warnings: list[dict[str, str]]
    """What would stop a real import; only a preview goes on."""


async def import_staged(
    session: AsyncSession,
    staged: Staged,
    *,
    progress: Progress,
    origins: Mapping[str, Mapping[str, Any]],
    actor: Actor = SYSTEM,
    force: bool = False,
    preview: bool = False,
    max_withdraw_share: float = DEFAULT_WITHDRAW_SHARE,
) -> Imported:
    """Bring staged content into the tables of its source. The caller's transaction is the import.

    origins: by domain, what to remember beside the release: how it came, and how to see whether it changed.
    preview: work out and report everything, and write nothing; the caller rolls back.
    Raises Conflict `older_release` when it would take content back, and `too_many_withdrawn` when too much
    would vanish; `force` overrules both.
    """
    source = await locked_source(session, staged.source)
    warnings: list[dict[str, str]] = []
    driver = await driver_of(session)
    await stage(driver, staged, progress)
    await progress("comparing", 0, None)
    if staged.source == ATTACK_SOURCE:
        await stubs.adopt(driver, staged.source)
    diff = await difference.work_out(driver, staged, force=force)
    moved = await item_links.prepare(driver, staged.source)
    counts = diff.totals()
    by_kind = {kind: dict(row) | ({"moved": moved[kind]} if kind in moved else {}) for kind, row in diff.counts.items()}
    changes = await difference.listed_changes(driver, MAX_LISTED)
    changes["moved"] = await item_links.listed_moves(driver, MAX_LISTED)
    try:
        if not force:
            refuse_older(source, staged)
            await difference.refuse_mass_withdrawal(driver, staged, max_withdraw_share)
    except Conflict as error:
        warnings.append({"code": error.code, "message": error.message})
        if not preview:
            # Whoever has to decide about force sees what it would do.
            would = {"would_be": counts, "by_kind": by_kind, "changes": changes, "warnings": warnings}
            raise Conflict(error.code, error.message, extra={"report": would}) from error
    if preview:
        return Imported(counts, by_kind, None, 0, 0, changes, 0, 0, warnings)
    write = _write_attack if staged.source == ATTACK_SOURCE else _write_items
    redirected = await item_links.write_redirects(driver, staged.source, complete=not staged.incomplete)
    changed = diff.changed or redirected
    written = await write(session, driver, source, staged, redirected, progress) if changed else _Written()
    keeper = source if staged.recorded_by is None else await locked_source(session, staged.recorded_by)
    remember_parts(keeper, staged, origins)
    _audit(session, actor, staged, counts, force=force)
    return Imported(
        counts,
        by_kind,
        written.report,
        written.resolved,
        written.excluded,
        changes,
        written.stubs,
        written.held,
        warnings,
    )


@dataclass(slots=True)
class _Written:
    report: dict[str, Any] | None = None
    resolved: int = 0
    excluded: int = 0
    stubs: int = 0
    held: int = 0


async def _write_attack(
    session: AsyncSession, driver: Driver, source: DataSource, staged: Staged, _redirected: bool, progress: Progress
) -> _Written:
    written = _Written()
    # The first full content says everything anew: against a summary that would be no news of the publisher's.
    known = [part.domain for part in staged.parts if part.domain in source.state and part.was_summary <= part.summary]
    if known:
        await upgrade.remember(driver, staged.source, known)
    await difference.apply(driver, staged, progress)
    if not staged.only:
        await links.write_matrix(driver, staged.source)
        await links.write_aliases(driver, staged.source)
    await progress("linking", 0, None)
    await links.write_links(driver, staged.source)
    written.resolved = await links.resolve_all(driver)
    written.stubs = await stubs.create(driver)
    written.excluded = await scope.exclude_untestable(driver)
    await progress("reporting", 0, None)
    if known:
        written.report = await upgrade.compare(driver, staged.source, known)
    await _finish(session, driver)
    return written


async def _write_items(
    session: AsyncSession, driver: Driver, _source: DataSource, staged: Staged, redirected: bool, progress: Progress
) -> _Written:
    written = _Written()
    await held.remember(driver)
    await difference.apply(driver, staged, progress)
    if "rule" in staged.files:
        await item_links.write_places(driver)
    written.held = await held.hold(driver)
    await progress("linking", 0, None)
    await item_links.write(driver, staged.source)
    # What one source says of renamed techniques may tell what another one means.
    written.resolved = await links.resolve_all(driver, None if redirected else staged.source)
    written.stubs = await stubs.create(driver)
    await _finish(session, driver)
    return written


async def _finish(session: AsyncSession, driver: Driver) -> None:
    """Statistics of the tables, and the counts of techniques that won or lost content; their locks come last."""
    await session.execute(text("SELECT refresh_content_statistics()"))
    cursor = await driver.execute("SELECT DISTINCT technique_id FROM touched")
    techniques = [row[0] for row in await cursor.fetchall()]
    if not techniques:
        return
    for environment_id in (await session.scalars(select(Environment.id).order_by(Environment.id))).all():
        await coverage.refresh_stats(session, techniques, environment_id)


async def locked_source(session: AsyncSession, name: str) -> DataSource:
    """The source's row, locked to the end of the transaction."""
    statement = select(DataSource).where(DataSource.name == name).with_for_update()
    return (await session.execute(statement, execution_options={"populate_existing": True})).scalar_one()


def refuse_older(source: DataSource, staged: Staged) -> None:
    """Raise Conflict `older_release` when a part is older, or less complete, than what is stored."""
    for part in staged.parts:
        stored = source.state.get(part.domain)
        if stored is None or not part.ordered:
            continue
        have, come = release_key(stored.get("release")), release_key(part.release)
        if come < have:
            raise Conflict(
                "older_release",
                f"ATT&CK {part.release or 'of unknown release'} is older than the stored {stored.get('release')}"
                f" ({part.domain}). Ask for the sync with force to go back.",
            )
        if part.summary and not stored.get("summary"):
            raise Conflict(
                "summary_over_full",
                f"The bundled summary never replaces fetched content ({part.domain}), unless forced.",
            )


def remember_parts(source: DataSource, staged: Staged, origins: Mapping[str, Mapping[str, Any]]) -> None:
    """Write into the source's row what is held now."""
    moment = now().isoformat()
    state = dict(source.state)
    for part in staged.parts:
        state[part.domain] = {
            **origins.get(part.domain, {}),
            "release": part.release,
            "summary": part.summary,
            "loaded_at": moment,
        }
    source.state = state
    source.last_success_at = now()


def _audit(session: AsyncSession, actor: Actor, staged: Staged, counts: Mapping[str, int], *, force: bool) -> None:
    audit.record(
        session,
        actor,
        "content.imported",
        subject_kind="data_source",
        subject_id=staged.source,
        subject_label=staged.source,
        details={
            "releases": {part.domain: part.release for part in staged.parts},
            "counts": dict(counts),
            "force": force,
        },
    )
