"""Every source that content can come from: one folder among the importers, one line here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.domain.content import DOMAINS
from app.errors import NotFound
from app.importers.atomic_red_team.source import DEFINITION as ATOMIC_RED_TEAM
from app.importers.attack.source import INTELLIGENCE
from app.importers.attack.source import SOURCE as ATTACK
from app.importers.base import Source
from app.importers.caldera.source import DEFINITION as CALDERA
from app.importers.compliance.source import DEFINITION as COMPLIANCE
from app.importers.content import ContentDefinition
from app.importers.d3fend.source import DEFINITION as D3FEND
from app.importers.elastic.source import DEFINITION as ELASTIC
from app.importers.gtfobins.source import DEFINITION as GTFOBINS
from app.importers.lolbas.source import DEFINITION as LOLBAS
from app.importers.sigma.source import DEFINITION as SIGMA
from app.models.content import DataSource
from app.services.content.archives import gatherer
from app.services.content.attack import INTELLIGENCE_KINDS, gather_attack, gather_intelligence
from app.services.content.gathering import Gathered, GatherRequest
from app.services.content.staging import Progress


@dataclass(frozen=True, slots=True)
class ContentSource:
    """A publisher and how its content is got and parsed."""

    source: Source
    parts: tuple[str, ...]
    """What of it can be chosen."""
    default_parts: Callable[[Settings], Sequence[str]]
    interval_hours: Callable[[Settings], int]
    gather: Callable[[GatherRequest, Progress], Awaitable[Gathered]]
    base_setting: str
    """The setting that says where it is fetched from, unless its row names a mirror."""
    definition: ContentDefinition | None = None
    """Null for ATT&CK, which comes as bundles."""
    upload_suffixes: tuple[str, ...] = field(default=())
    publisher: str | None = None
    """Whose rows it brings, where that is another source's: a further way to a part of its content."""
    kinds: frozenset[str] = frozenset()
    """That part: these kinds of item; empty for everything."""


ARCHIVE_INTERVAL_HOURS: Final = 168
ARCHIVES: Final[tuple[ContentDefinition, ...]] = (
    ATOMIC_RED_TEAM,
    CALDERA,
    LOLBAS,
    GTFOBINS,
    SIGMA,
    ELASTIC,
    D3FEND,
    COMPLIANCE,
)
"""Sources that come as archives. One more is one more folder among the importers, and its name here."""


def _of_archives(definition: ContentDefinition) -> ContentSource:
    parts = tuple(part.name for part in definition.parts)
    return ContentSource(
        definition.source,
        parts,
        lambda _settings: parts,
        lambda _settings: ARCHIVE_INTERVAL_HOURS,
        gatherer(definition),
        "d3fend_api_url" if definition is D3FEND else "github_api_url",
        definition,
        (".tar.gz", ".tgz", ".zip"),
    )


SOURCES: Final[Mapping[str, ContentSource]] = {
    entry.source.name: entry
    for entry in (
        ContentSource(
            ATTACK,
            DOMAINS,
            lambda settings: settings.attack_domains,
            lambda settings: settings.mitre_sync_interval_hours,
            gather_attack,
            "github_raw_url",
            None,
            (".json", ".json.gz"),
        ),
        ContentSource(
            INTELLIGENCE,
            DOMAINS,
            lambda settings: settings.attack_domains,
            # The intel scan asks for it.
            lambda _settings: 0,
            gather_intelligence,
            "github_raw_url",
            None,
            (".json", ".json.gz"),
            ATTACK.name,
            INTELLIGENCE_KINDS,
        ),
        *map(_of_archives, ARCHIVES),
    )
}


def source_named(name: str) -> ContentSource:
    """Raise NotFound for a source that we do not know."""
    if name not in SOURCES:
        raise NotFound("source_not_found", "There is no such data source.")
    return SOURCES[name]


async def ensure_sources(session: AsyncSession, settings: Settings) -> None:
    """Give every known source its row, with the settings' values as the first ones."""
    rows = [
        {
            "name": name,
            "interval_hours": entry.interval_hours(settings),
            "domains": list(entry.default_parts(settings)),
        }
        for name, entry in SOURCES.items()
    ]
    await session.execute(insert(DataSource).on_conflict_do_nothing(), rows)
