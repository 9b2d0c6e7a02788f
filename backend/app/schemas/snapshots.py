"""Snapshots and comparisons."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.domain.attribution import Cause
from app.domain.comparison import Change
from app.domain.coverage import Status
from app.schemas.base import InputModel, Name, OutputModel
from app.schemas.heatmap import DomainName, StatusCounts


class SnapshotCreate(InputModel):
    """A snapshot to take now."""

    name: Name | None = None
    """Default: its day."""
    note: Annotated[str, Field(max_length=2_000)] = ""
    domain: DomainName = "enterprise"


class FigureOutput(OutputModel):
    """A mean of scores, and on how much it stands."""

    score: float | None
    """0–100, not rounded; null where nothing has a score."""
    n: int
    """So many techniques were averaged."""
    proven: int
    """So many of them have a current result."""
    results: int
    """Current results behind them."""
    met: int
    """Results that met what was expected."""


class OrganizationFigures(OutputModel):
    """The organisation's three figures, always together."""

    profile: FigureOutput | None
    """On the threat profile; null while there is none."""
    in_scope: FigureOutput
    tested: FigureOutput


class SnapshotSummary(OutputModel):
    """A snapshot and its figures as they were told then."""

    id: UUID
    name: str
    note: str
    trigger: Literal["manual", "schedule"]
    domain: DomainName
    taken_at: datetime
    attack_version: str | None
    formula: int
    """Version of the formulas behind the figures."""
    organization: OrganizationFigures
    out_of_scope: int
    techniques: int
    units: int
    by_status: StatusCounts
    """Of the units of measure."""
    created_by: str | None
    """Null for a scheduled one."""


class SnapshotTactic(FigureOutput):
    """A tactic as it stood."""

    attack_id: str
    shortname: str
    name: str


class SnapshotTechnique(OutputModel):
    """A technique as it stood, with the id and name that it had."""

    id: UUID = Field(validation_alias="technique_id")
    attack_id: str
    name: str
    parent: str | None
    tactics: list[str]
    status: Status
    score: float | None
    proven: bool
    results: int
    met: int


class SnapshotDetail(SnapshotSummary):
    """A snapshot whole."""

    tactics: list[SnapshotTactic]
    technique_list: list[SnapshotTechnique]


class AttributionShare(OutputModel):
    """What one cause moved a score by."""

    cause: Cause
    points: float
    """All of them add up to the difference, exactly."""
    shown: float
    """To one decimal, by largest remainder, so that these add up to the shown difference."""


class Movement(OutputModel):
    """How far a score moved and why."""

    difference: float | None
    """To nine decimals; null where there was no score at one of the moments."""
    shown: float | None
    """To one decimal."""
    attribution: list[AttributionShare]
    """Causes that moved it, in the order in which inputs are replaced."""


class FigureMovement(Movement):
    """One figure at both moments."""

    base: FigureOutput | None
    head: FigureOutput | None


class FigureMovements(OutputModel):
    """The organisation's three figures at both moments."""

    profile: FigureMovement
    in_scope: FigureMovement
    tested: FigureMovement


class ComparedMoment(OutputModel):
    """What stands on one side."""

    kind: Literal["snapshot", "now"]
    id: UUID | None
    name: str | None
    as_of: datetime
    attack_version: str | None
    formula: int


class ChangeCounts(OutputModel):
    """Techniques by how they changed."""

    improved: int
    worsened: int
    new: int
    gone: int
    unchanged: int


class StatusesCompared(OutputModel):
    """Units of measure by status at both moments."""

    base: StatusCounts
    head: StatusCounts


class TacticMovement(FigureMovement):
    """One tactic at both moments."""

    shortname: str
    attack_id: str | None
    name: str
    changes: ChangeCounts


class StandingOutput(OutputModel):
    """A technique at one of the moments."""

    status: Status
    score: float | None
    proven: bool
    results: int = Field(validation_alias="current")


class TechniqueMovement(Movement):
    """One technique at both moments, found through its lineage."""

    id: UUID
    attack_id: str
    name: str
    parent: str | None
    tactics: list[str]
    was: list[str]
    """Its ids before, where they differ; several when they were merged."""
    was_named: list[str]
    """Its names before, where they differ."""
    change: Change
    base: StandingOutput | None
    head: StandingOutput | None


class SnapshotComparison(OutputModel):
    """Two moments held against each other."""

    domain: DomainName
    environment: UUID | None
    """Null: all active environments together, as they were at each moment."""
    base: ComparedMoment
    head: ComparedMoment
    figures: FigureMovements
    by_status: StatusesCompared
    changes: ChangeCounts
    tactics: list[TacticMovement]
    techniques: list[TechniqueMovement]
    """Those that changed, and the others too where asked for."""
