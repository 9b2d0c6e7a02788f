"""One import in one transaction: stage, compare, guard, write, resolve, report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import SYSTEM, Actor
from app.domain.content import release_key
from app.errors import Conflict
from app.models.content import DataSource
from app.services import audit
from app.services.content import difference, links, scope, upgrade
from app.services.content.staging import Progress, Staged, driver_of, stage

DEFAULT_WITHDRAW_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    counts: dict[str, int]
    by_kind: dict[str, dict[str, int]]
    upgrade: dict[str, Any] | None
    """Null for the first full content, and when nothing changed."""
    links_resolved: int
    out_of_scope: int


async def import_staged(
    session: AsyncSession,
    staged: Staged,
    *,
    progress: Progress,
    origins: Mapping[str, Mapping[str, Any]],
    actor: Actor = SYSTEM,
    force: bool = False,
    max_withdraw_share: float = DEFAULT_WITHDRAW_SHARE,
) -> Imported:
    """Bring staged content into the tables of its source. The caller's transaction is the import.

    origins: by domain, what to remember beside the release: how it came, and how to see whether it changed.
    Raises Conflict `older_release` when it would take content back, and `too_many_withdrawn` when too much
    would vanish;
    `force` overrules both.
    """
    source = await locked_source(session, staged.source)
    if not force:
        refuse_older(source, staged)
    driver = await driver_of(session)
    await stage(driver, staged, progress)
    await progress("comparing", 0, None)
    diff = await difference.work_out(driver, staged, force=force)
    if not force:
        await difference.refuse_mass_withdrawal(driver, staged, max_withdraw_share)
    known = [part.domain for part in staged.parts if part.domain in source.state and not part.was_summary]
    report: dict[str, Any] | None = None
    resolved = excluded = 0
    if diff.changed:
        if known:
            await upgrade.remember(driver, staged.source, known)
        await difference.apply(driver, staged, progress)
        await links.write_matrix(driver, staged.source)
        await links.write_aliases(driver, staged.source)
        await progress("linking", 0, None)
        await links.write_links(driver, staged.source)
        resolved = await links.resolve_all(driver)
        excluded = await scope.exclude_untestable(driver)
        await progress("reporting", 0, None)
        if known:
            report = await upgrade.compare(driver, staged.source, known)
        await session.execute(text("SELECT refresh_content_statistics()"))
    counts = diff.totals()
    remember_parts(source, staged, origins)
    _audit(session, actor, staged, counts, force=force)
    by_kind = {kind: dict(row) for kind, row in diff.counts.items()}
    return Imported(counts, by_kind, report, resolved, excluded)


async def locked_source(session: AsyncSession, name: str) -> DataSource:
    """The source's row, locked to the end of the transaction."""
    statement = select(DataSource).where(DataSource.name == name).with_for_update()
    return (await session.execute(statement, execution_options={"populate_existing": True})).scalar_one()


def refuse_older(source: DataSource, staged: Staged) -> None:
    """Raise Conflict `older_release` when a part is older, or less complete, than what is stored."""
    for part in staged.parts:
        stored = source.state.get(part.domain)
        if stored is None:
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
