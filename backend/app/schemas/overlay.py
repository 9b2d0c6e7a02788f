"""A layer of ATT&CK Navigator as it comes in, and what becomes of it on our matrix."""

from typing import Annotated

from pydantic import ConfigDict, Field

from app.schemas.base import InputModel, OutputModel

Short = Annotated[str, Field(max_length=500)]
Number = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]


class NavigatorInput(InputModel):
    """Part of a layer file; what we have no use for is passed over, as the format asks."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class NavigatorVersions(NavigatorInput):
    """What the layer was made for."""

    attack: Short | None = None
    navigator: Short | None = None
    layer: Short | None = None


class NavigatorTechnique(NavigatorInput):
    """An annotated technique."""

    technique_id: Annotated[str, Field(alias="techniqueID", min_length=1, max_length=40)]
    tactic: Annotated[str, Field(max_length=100)] | None = None
    score: Number | None = None
    color: Short | None = None
    comment: Annotated[str, Field(max_length=20_000)] = ""
    enabled: bool = True


class NavigatorGradient(NavigatorInput):
    """Colours of scores."""

    colors: Annotated[list[Short], Field(max_length=20)]
    min_value: Annotated[Number, Field(alias="minValue")]
    max_value: Annotated[Number, Field(alias="maxValue")]


class NavigatorLegendItem(NavigatorInput):
    """A line of the legend."""

    label: Short
    color: Short


class NavigatorLayer(NavigatorInput):
    """A layer file of format 4, as ATT&CK Navigator saves one layer."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "A layer",
                "versions": {"attack": "18", "navigator": "5.2.0", "layer": "4.5"},
                "domain": "enterprise-attack",
                "techniques": [{"techniqueID": "T1059.001", "score": 75, "comment": "Seen twice."}],
            }
        }
    )

    name: Short
    description: Annotated[str, Field(max_length=20_000)] = ""
    domain: Short
    versions: NavigatorVersions | None = None
    techniques: list[NavigatorTechnique] = Field(default_factory=list, max_length=5_000)
    gradient: NavigatorGradient | None = None
    legend_items: list[NavigatorLegendItem] = Field(default_factory=list, alias="legendItems", max_length=100)


class OverlayCell(OutputModel):
    """An annotated technique in one of its tactics."""

    attack_id: str
    """Under our release: of a technique that was replaced by one other, that other's."""
    tactic: str
    name: str
    parent: str | None
    score: float | None
    color: str | None
    """`#rgb`, `#rrggbb` or `#rrggbbaa`; null for anything else."""
    comment: str
    enabled: bool


class OverlayGradient(OutputModel):
    """Colours of scores."""

    colors: list[str]
    min: float
    max: float


class OverlayLegendItem(OutputModel):
    """A line of the legend."""

    label: str
    color: str


class Overlay(OutputModel):
    """A layer laid over our matrix."""

    name: str
    description: str
    domain: str
    attack_version: str | None
    """Release of ATT&CK that the layer was made for."""
    cells: list[OverlayCell]
    unknown: list[str]
    """Techniques that our matrix does not have, at most 200."""
    unknown_count: int
    gradient: OverlayGradient | None
    legend: list[OverlayLegendItem]
