"""Scores, their weights, and the threat profile."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.domain.coverage import Status
from app.schemas.base import InputModel, OutputModel, Reason, UtcTime

Weight = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Component = Literal["tests", "detection_rules", "d3fend", "freshness", "platform_diversity"]


class ScorePart(OutputModel):
    """One component of a score."""

    component: Component
    value: float | None
    """0–100; null when it is left out. Of a mean: the mean over those that have it."""
    weight: float
    points: float | None
    """What it adds to the score; the points of the five add up to it. Null when there is no score."""
    reason: str


class ScoreRange(OutputModel):
    """The range of the share of results that meet the expectation, supported by the sample (Wilson, 95 %)."""

    low: float
    high: float


class ScoreSample(OutputModel):
    """What a score rests on."""

    tests: int
    """Tests that are neither archived nor annulled, whatever their state."""
    results: int
    """Current results."""
    met: int
    sighted: int
    missed: int
    expired: int
    """Results too old to be current."""
    detection_rate: float | None
    """Met ÷ current, 0–1; null without a current result."""
    interval: ScoreRange | None
    procedures_tested: int
    """Of the procedures that the sources know, so many have a current result; LOLBAS and GTFOBins apart."""
    procedures_known: int
    procedures_apart: int
    """Procedures of LOLBAS and GTFOBins, outside that share."""


class Score(OutputModel):
    """A score, 0–100, that can be taken apart."""

    score: float | None
    """Null when nothing counts, or when what counts carries no weight."""
    proven: bool
    """A current result stands behind it; else it is claimed."""
    n: int
    """So many scores were averaged: units of measure, or techniques of an actor or the threat profile."""
    n_proven: int
    breakdown: list[ScorePart]
    sample: ScoreSample
    as_of: datetime


class OrganizationScores(OutputModel):
    """The organisation's three figures."""

    domain: str
    headline: Literal["profile", "in_scope"]
    """Which of them speaks for the organisation: the threat profile's as soon as there is one."""
    profile: Score | None
    """On the threat profile; null while there is none."""
    in_scope: Score
    tested: Score
    out_of_scope: int
    """Units of measure that decisions keep out of every figure."""
    as_of: datetime


class TechniqueScoreOut(Score):
    """The score of one technique."""

    attack_id: str
    name: str
    status: Status
    is_leaf: bool
    units: list["UnitScoreOut"]
    """Of a parent: the units that its score is the mean of. Empty for a leaf."""


class UnitScoreOut(OutputModel):
    """A unit of measure in its parent's score."""

    attack_id: str
    name: str
    general: bool
    """The parent's own tests, rules and countermeasures."""
    status: Status
    score: float | None
    proven: bool


class TacticScore(OutputModel):
    """The mean over the units of a tactic; a technique counts in each of its tactics."""

    attack_id: str
    shortname: str
    name: str
    score: float | None
    proven: bool
    n: int
    n_proven: int
    breakdown: list[ScorePart]
    sample: ScoreSample
    as_of: datetime


class TacticScores(OutputModel):
    """Tactics in matrix order."""

    domain: str
    as_of: datetime
    items: list[TacticScore]
    total: int
    limit: int
    offset: int


class ActorScore(Score):
    """How we stand against one actor."""

    actor_id: UUID
    attack_id: str
    name: str
    techniques: int
    """Active techniques of the domain that it uses, each family once."""
    out_of_scope: int
    """Those of them that no figure counts: out of scope, or on none of our platforms."""


class CampaignScore(Score):
    """How we stand against one campaign, or one plan that plays an adversary."""

    campaign_id: UUID
    kind: Literal["campaign", "plan"]
    key: str
    """ATT&CK id of a campaign, upstream key of a plan."""
    name: str
    techniques: int
    """Active techniques of the domain that it uses, each family once."""
    out_of_scope: int
    """Those of them that no figure counts: out of scope, or on none of our platforms."""


class ControlScore(Score):
    """How we stand on the techniques that one compliance control is mapped to."""

    id: UUID
    control_id: str
    """As its framework writes it, such as AC-2(1)."""
    key: str
    """Framework, version and control, such as `nist_800_53:rev5:AC-2`."""
    name: str
    framework: str
    """Key of the framework."""
    techniques: int
    """Active techniques of the domain that it is mapped to, each family once."""
    out_of_scope: int
    """Those of them that no figure counts: out of scope, or on none of our platforms."""


class ScoringWeights(InputModel):
    """How much each component counts; only the ratio matters, and at least one must be above 0."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "tests": 40,
                "detection_rules": 20,
                "d3fend": 15,
                "freshness": 15,
                "platform_diversity": 10,
                "reason": "Tests say more than anything else.",
            }
        }
    )

    tests: Weight
    detection_rules: Weight
    d3fend: Weight
    freshness: Weight
    platform_diversity: Weight
    reason: Annotated[str, Field(max_length=2_000)] = ""


class ScoringDecision(OutputModel):
    """Weights that held, or hold."""

    tests: float
    detection_rules: float
    d3fend: float
    freshness: float
    platform_diversity: float
    reason: str
    valid_from: datetime | None
    """Null for the first weights, which the environment gave."""
    valid_until: datetime | None
    """Null for those that hold."""
    decided_by: str | None


class ScoringConfig(ScoringDecision):
    """The weights that hold, and the decisions before."""

    formula: int
    """Version of the formulas."""
    history: list[ScoringDecision]
    """Newest first, at most 50."""


class ScoreMove(OutputModel):
    """A score before and after."""

    attack_id: str
    name: str
    before: float | None
    after: float | None


class ScoringPreview(OutputModel):
    """What other weights would change. Nothing is stored."""

    domain: str
    as_of: datetime
    current: "PreviewFigures"
    preview: "PreviewFigures"
    tactics: list[ScoreMove]
    techniques: list[ScoreMove]
    """The techniques whose score would move most, at most 20."""


class PreviewFigures(OutputModel):
    """The organisation's three figures under some weights."""

    profile: float | None
    in_scope: float | None
    tested: float | None


class ThreatProfileItem(InputModel):
    """An actor or a technique, and how much it matters to us."""

    actor: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9-]+$")] | None = None
    """Id or ATT&CK id."""
    technique: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")] | None = None
    """ATT&CK id, or id."""
    priority: Annotated[int, Field(ge=0, le=3)]
    """0 not relevant, 3 highest."""
    reason: Reason
    until: UtcTime | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.actor is None) == (self.technique is None):
            raise ValueError("name an actor or a technique")
        return self


class ThreatProfileChange(InputModel):
    """The whole profile; what is not named ends."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [{"actor": "G0016", "priority": 3, "reason": "Named in our sector's advisory."}],
                "reason": "Yearly review.",
            }
        }
    )

    items: Annotated[list[ThreatProfileItem], Field(max_length=200)]
    reason: Annotated[str, Field(max_length=2_000)] = ""


class ThreatProfileEntryOut(OutputModel):
    """An entry of the threat profile."""

    id: UUID
    kind: Literal["actor", "technique"]
    actor: str | None
    """ATT&CK id of the actor."""
    technique: str | None
    """ATT&CK id of the technique."""
    subject_id: UUID
    name: str
    priority: int
    reason: str
    valid_from: datetime
    until: datetime | None
    """As decided; null: until further notice."""
    decided_by: str | None
    in_force: bool
    ended_at: datetime | None
    ended_reason: str | None
