"""Bodies of data sources and their runs."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.schemas.base import InputModel, OutputModel

RunStatus = Literal["queued", "running", "succeeded", "partial", "failed", "cancelled", "interrupted"]
PartName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9_.-]+$")]
"""A domain of ATT&CK, or what another source calls its parts; the source says which it has."""
WayName = Literal["auto", "taxii", "github", "offline", "bundled", "api"]
Release = Annotated[str, Field(pattern=r"^v?[0-9]{1,3}(\.[0-9]{1,3}){0,2}$")]
AttackIdText = Annotated[str, Field(min_length=1, max_length=40)]


class RunCounts(OutputModel):
    """`read` = added + updated + unchanged + skipped."""

    read: int
    added: int
    updated: int
    unchanged: int
    removed: int
    """Items that the publisher no longer has."""
    skipped: int
    """Items that could not be read; `problems` says why."""


class RunProblem(OutputModel):
    """One item that was left out."""

    path: str
    code: str
    message: str


class RunNote(OutputModel):
    """A way to the content that was tried and left."""

    way: str
    domain: str | None = None
    """Null when the way failed for everything asked for."""
    code: str
    reason: str


class RunError(OutputModel):
    """Why a run failed."""

    code: str
    message: str


class SyncRunStarted(OutputModel):
    """A run that was accepted."""

    id: UUID
    status: RunStatus


class SyncRunSummary(OutputModel):
    """One run."""

    id: UUID
    source: str
    status: RunStatus
    """`partial`: a part could not be had, or a file of it not be read. Skipped items alone stay `succeeded`."""
    phase: str
    done: int
    total: int | None
    """Null while it is not known how much there is."""
    counts: RunCounts
    way: str | None
    error: RunError | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    requested_by_id: UUID | None
    """Null when the schedule asked."""


class SyncRunDetail(SyncRunSummary):
    """One run with its report."""

    problems: list[RunProblem]
    notes: list[RunNote]
    report: dict[str, Any]
    """Counts by kind, releases, parts that were missing, the first changed items, whether it was only a preview, and
    for ATT&CK the upgrade report."""


class SourcePart(OutputModel):
    """What is held of one part of a source."""

    name: str
    wanted: bool
    release: str | None
    summary: bool
    """Texts are cut short until a full source replaces it."""
    way: str | None
    origin: str | None
    loaded_at: datetime | None


class DataSourceOut(OutputModel):
    """A publisher of content."""

    name: str
    title: str
    url: str
    licence: str
    ways: list[str]
    enabled: bool
    interval_hours: int
    """Hours between scheduled runs; 0 means only on request."""
    auto: bool
    """Whether the interval counts. The first sync of a source is always asked for by a person."""
    base_url: str | None
    """A mirror that stands in for `default_base_url`."""
    default_base_url: str
    """Where the settings say that it is fetched from."""
    domains: list[str]
    """The parts that are wanted."""
    parts: list[SourcePart]
    version: str | None
    """Release of the first wanted part that is held."""
    items: dict[str, int]
    """By kind, how many of its items we hold now; without links."""
    last_success_at: datetime | None
    next_run_at: datetime | None
    """Null while nothing is planned."""
    last_run: SyncRunSummary | None


class DataSourceUpdate(InputModel):
    """What of a source can be set; absent means unchanged."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"enabled": True, "interval_hours": 24, "domains": ["enterprise"]}}
    )

    enabled: bool | None = None
    auto: bool | None = None
    interval_hours: Annotated[int, Field(ge=0, le=8760)] | None = None
    base_url: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """Null: as the settings say. Its host has to be one that UPSTREAM_HOSTS or a setting names."""
    domains: Annotated[list[PartName], Field(min_length=1, max_length=50)] | None = None


class SyncRequest(InputModel):
    """What a run is to do; without a body, what the source's settings say."""

    model_config = ConfigDict(json_schema_extra={"example": {"domains": ["enterprise"], "force": False}})

    domains: Annotated[list[PartName], Field(min_length=1, max_length=50)] | None = None
    """Only these parts of the source."""
    way: WayName | None = None
    """Only this way; null for the configured order."""
    force: bool = False
    """Accept an older release and any number of withdrawn items, and read everything anew."""
    dry_run: bool = False
    """Fetch, read and compare, report what would change, and change nothing."""


class RepointRequest(InputModel):
    """Move tests from a revoked technique to its successor."""

    model_config = ConfigDict(json_schema_extra={"example": {"from_attack_id": "T1086", "to_attack_id": "T1059.001"}})

    from_attack_id: AttackIdText
    to_attack_id: AttackIdText
    test_ids: Annotated[list[UUID], Field(min_length=1, max_length=1_000)] | None = None
    """Only these; null for all that stand on the old technique."""


class RepointedTest(OutputModel):
    """A test that now counts for another technique."""

    id: UUID
    number: int
    name: str
    state: str
    technique_at_test: str
    """The id under which it was run stays."""


class RepointResult(OutputModel):
    """What was moved."""

    from_attack_id: str
    to_attack_id: str
    moved: int
    tests: list[RepointedTest]


class Banner(OutputModel):
    """Something that everybody signed in should know."""

    code: str
    level: Literal["info", "warning", "danger"]
    message: str


class AttackState(OutputModel):
    """Which ATT&CK is loaded."""

    domain: str
    release: str | None
    summary: bool
    way: str | None
    loaded_at: datetime | None


class SystemStatus(OutputModel):
    """How the installation stands."""

    version: str
    environment: Literal["development", "production"]
    four_eyes: Literal["strict", "off"]
    attack: list[AttackState]
    importing: bool
    demo: bool
    """Whether this installation holds the made-up demo organisation."""
    banners: list[Banner]
