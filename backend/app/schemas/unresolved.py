"""Bodies of ids in content whose meaning is not known."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from app.schemas.base import InputModel, OutputModel

AttackIdText = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.-]+$")]


class MeaningCandidate(OutputModel):
    """A technique that an id could mean."""

    attack_id: str
    name: str
    reason: str
    """`moved`: items named this technique before; `redirect`: a source says so; else the kind of alias."""
    items: int
    """Items that moved from there."""


class UnresolvedId(OutputModel):
    """An id that content names, and that our ATT&CK release does not know or knows several of."""

    attack_id: str
    name: str | None
    """As a source calls it."""
    ambiguous: bool
    """Several techniques are meant; a lead has to choose."""
    links: int
    templates: int
    rules: int
    others: int
    sources: list[str]
    candidates: list[MeaningCandidate]


class UnresolvedLink(OutputModel):
    """One item that names such an id."""

    id: UUID
    source: str
    kind: str
    item_id: UUID | None
    upstream_id: str
    name: str
    tactic: str | None
    resolution: str
    technique: str | None
    """What a lead chose."""
    moved_from: list[str]
    """Techniques that the same item named before."""


class MeaningChoice(InputModel):
    """What an id means; all of its links, or those that are narrowed to."""

    model_config = ConfigDict(json_schema_extra={"example": {"technique": "T1562.001", "moved_from": "T1562.001"}})

    technique: AttackIdText | None
    """A technique in force; null takes the choice back."""
    link_ids: Annotated[list[UUID], Field(min_length=1, max_length=1_000)] | None = None
    moved_from: AttackIdText | None = None
    """Only items that named this technique before."""


class MeaningChosen(OutputModel):
    """What a choice did."""

    attack_id: str
    technique: str | None
    links: int
