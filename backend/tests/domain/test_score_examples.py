"""The worked examples of docs/SCORING.md, "Scores", are what the code gives."""

from pathlib import Path

import pytest

from app.domain.coverage import Status
from app.domain.result_sums import Ageing, since_epoch, sum_results, total_results
from app.domain.score_units import NO_COMPONENTS, UnitScore
from app.domain.scores import Figure, figure_of
from app.domain.scoring import (
    COMPONENTS,
    DAY,
    Components,
    Evidence,
    Weights,
    components_of,
    points_of,
    score_of,
    wilson,
)

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "SCORING.md"


def table(heading: str) -> list[list[str]]:
    section = DOCUMENT.read_text(encoding="utf-8").split(f"\n### {heading}\n")[1].split("\n## ")[0].split("\n### ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def number(cell: str) -> object:
    return None if cell in {"left out", ""} else pytest.approx(float(cell), abs=5e-5)


def outcome(words: str) -> tuple[str, str | None, None, str, int]:
    detection, days, platform = words.split()
    return "e1", platform, None, detection, -since_epoch(float(days) * DAY)


@pytest.mark.parametrize(("results", "tests", "freshness", "platforms"), table("Results"))
def test_results(results: str, tests: str, freshness: str, platforms: str) -> None:
    ageing = Ageing.of(365)
    summed = sum_results([outcome(words) for words in results.split(", ") if words], moment=0, ageing=ageing)
    ours = frozenset({"Windows", "Linux"})
    found = components_of(
        Evidence(*total_results([(sums, "detected") for sums in summed], platforms=ours, ageing=ageing))
    )
    assert [found.tests, found.freshness, found.platform_diversity] == [*map(number, (tests, freshness, platforms))]


@pytest.mark.parametrize("row", table("Detection rules"))
def test_rules(row: list[str]) -> None:
    deployed, evaluated, fired = map(int, row[:3])
    found = components_of(Evidence(rules_deployed=deployed, rules_evaluated=evaluated, rules_fired=fired))
    assert found.detection_rules == number(row[3])


@pytest.mark.parametrize(("mapped", "implemented", "d3fend"), table("Countermeasures"))
def test_countermeasures(mapped: str, implemented: str, d3fend: str) -> None:
    evidence = Evidence(countermeasures_mapped=int(mapped), countermeasures_implemented=int(implemented))
    assert components_of(evidence).d3fend == number(d3fend)


@pytest.mark.parametrize("row", table("Weights"))
def test_weights(row: list[str]) -> None:
    components = Components(*(None if cell == "left out" else float(cell) for cell in row[:5]))
    weights = Weights(*map(float, row[5].split()))
    points = points_of(components, weights)
    assert score_of(points) == number(row[6])
    assert points is None or len(points) == len(COMPONENTS)


def unit(words: str) -> tuple[UnitScore, int]:
    score, proof, priority = words.split()
    points = (float(score), 0.0, 0.0, 0.0, 0.0)
    evidence = Evidence(met=1 if proof == "proven" else 0)
    return UnitScore(words, Status.VALIDATED, float(score), NO_COMPONENTS, points, evidence), int(priority[1:])


def shown(figure: Figure) -> str:
    return "" if figure.score is None else f"{figure.score:g} of {figure.n}"


@pytest.mark.parametrize(("units", "in_scope", "tested", "profile"), table("Means"))
def test_means(units: str, in_scope: str, tested: str, profile: str) -> None:
    scored, priorities = zip(*map(unit, units.split(", ")), strict=True)
    assert shown(figure_of(scored)) == in_scope
    assert shown(figure_of(one for one in scored if one.proven)) == tested
    assert shown(figure_of(scored, priorities)) == profile


@pytest.mark.parametrize(("met", "current", "low", "high"), table("Sample"))
def test_ranges(met: str, current: str, low: str, high: str) -> None:
    found = wilson(int(met), int(current))
    assert found is not None
    assert [f"{bound:.2f}" for bound in found] == [low, high]


def test_no_sample_supports_no_range() -> None:
    assert wilson(0, 0) is None
