"""The matrix."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from app.domain.coverage import Status
from app.schemas.base import OutputModel

DomainName = Literal["enterprise", "mobile", "ics"]


class HeatmapTactic(OutputModel):
    """A column."""

    attack_id: str
    shortname: str
    name: str


class HeatmapCell(OutputModel):
    """A technique in one of its tactics. A parent's numbers include its sub-techniques'."""

    id: UUID
    attack_id: str
    tactic: str
    """Short name of the tactic."""
    parent: str | None
    """ATT&CK id of the parent of a sub-technique."""
    name: str
    value: float | None
    """Of the layer: coverage 0–1; score, d3fend and freshness 0–100; tests, detection_rules, actor, campaign and
    control counts; ladder 0–6. Null where nothing is known."""
    compare: float | None
    """Of the second layer, when one is asked for."""
    detail: dict[str, float | None]
    """What the value is made of, where that is more than one number: the components of a score; rules active,
    deployed, evaluated, fired; countermeasures mapped, implemented, planned; units on each rung of the ladder."""
    status: Status
    proven: bool
    """A current result stands behind it."""
    open_tests: int
    """Tests under way, drafts and rejected ones apart."""
    review_required: bool
    tests: int
    """Tests that are neither archived nor annulled; all platforms unless one is asked for."""
    units: int
    """Applicable units in scope: 0 or 1 for a leaf, for a parent its sub-techniques and, with tests, itself."""
    units_validated: int
    inconclusive: int
    expired: int
    """Results that are too old to count."""
    last_executed_at: datetime | None


class StatusCounts(OutputModel):
    """How many units of measure have each status."""

    validated: int
    partial: int
    not_covered: int
    in_progress: int
    not_evaluated: int
    out_of_scope: int
    not_applicable: int


class HeatmapTotals(OutputModel):
    """How much the answer holds."""

    techniques: int
    """Different techniques among the cells."""
    cells: int
    leaves: int
    """Techniques without sub-techniques, before the filters for status and value."""
    units: int
    """Leaves, and parents with tests of their own, before the filters for status and value."""


class Heatmap(OutputModel):
    """A layer over the matrix, whole."""

    domain: str
    attack_version: str | None
    """Release of ATT&CK; null while nothing is imported."""
    layer: str
    compare: str | None
    """The second layer."""
    as_of: datetime
    tactics: list[HeatmapTactic]
    cells: list[HeatmapCell]
    counts: StatusCounts
    """Units of measure per status under all filters but status and value."""
    totals: HeatmapTotals


class HeatmapCampaign(OutputModel):
    """Something that the matrix can be narrowed to. Not a campaign of ours."""

    id: UUID
    kind: Literal["campaign", "plan"]
    """A campaign that ATT&CK describes, or a publisher's plan that plays an adversary."""
    key: str
    """ATT&CK id, or the publisher's own key."""
    name: str
    first_seen: datetime | None
    last_seen: datetime | None
    techniques: int
    """How many techniques in force it uses; of a plan, those of the templates that it plays."""
