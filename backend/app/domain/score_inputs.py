"""Everything that scores follow from, as one frozen value that can be stored and judged again at any time.

The fields stand in groups that can be replaced one by one, so that a difference between two scores can be traced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from app.domain.result_sums import Summed
from app.domain.scoring import Weights


class TechniqueInput(NamedTuple):
    """An active technique."""

    attack_id: str
    name: str
    parent_id: str | None
    platforms: frozenset[str]


class ResultInput(NamedTuple):
    """A row of the current results, expired ones included."""

    environment: str
    platform: str | None
    expected: str | None
    """The test's own expectation; None: what is expected of the technique."""
    detection: str
    executed_at: float
    """Seconds since 1970, UTC."""
    procedure: str
    test: str
    """Id of the test."""


class WorkInput(NamedTuple):
    """Tests of a technique in an environment that are no results."""

    environment: str
    open: int
    inconclusive: int
    any: bool
    """Whether there is a test under way or validated, which makes a parent a unit of its own."""


class RulesInput(NamedTuple):
    """Detection rules of a technique in an environment."""

    environment: str
    active: int
    deployed: int
    evaluated: int
    fired: int


Placed = TypeVar("Placed", ResultInput, WorkInput, RulesInput)


class CountermeasuresInput(NamedTuple):
    """Countermeasures of a technique."""

    mapped: int
    implemented: int


@dataclass(frozen=True, slots=True)
class ScoreInputs:
    """All inputs of all scores of one domain. Ids are text; mappings go by technique id where nothing else is said."""

    domain: str
    # Passing of time
    as_of: datetime
    # Release and lineage
    attack_version: str | None
    techniques: Mapping[str, TechniqueInput]
    tactics: Mapping[str, tuple[str, ...]]
    """Techniques by the tactic's short name, in matrix order."""
    successors: Mapping[str, str]
    """Techniques that are gone, and where their results count."""
    # Scope and platforms
    environments: Mapping[str, frozenset[str] | None]
    """Platforms by environment; None: all."""
    scope: Mapping[str, Mapping[str, bool]]
    """Decisions by environment, then by technique."""
    # Expectation
    expected: str
    """Of a technique for which nobody decided another."""
    expectations: Mapping[str, Mapping[str, str]]
    """Decisions by environment, then by technique."""
    # Threat profile
    profile: Mapping[str, int] | None
    """Priorities 0–3 by technique; None while there is no profile."""
    # Weights and bounds
    weights: Weights
    valid_days: int
    # Test results (and annulments, which take some away)
    results: Mapping[str, Sequence[ResultInput]] | Summed
    """One by one where they are to be stored or traced; summed where only scores are asked for."""
    work: Mapping[str, Sequence[WorkInput]]
    # Rules
    rules: Mapping[str, Sequence[RulesInput]]
    # Countermeasures
    countermeasures: Mapping[str, CountermeasuresInput]

    @property
    def rows(self) -> Mapping[str, Sequence[ResultInput]]:
        """The results one by one. Raises TypeError where only their sums are known."""
        if isinstance(self.results, Summed):
            raise TypeError("summed results cannot be taken apart")
        return self.results


def in_environment(inputs: ScoreInputs, environment: str) -> ScoreInputs:
    """The same as far as one environment goes. Nothing is applicable in one that they do not know."""

    def only(rows: Mapping[str, Sequence[Placed]]) -> dict[str, list[Placed]]:
        found = {key: [row for row in there if row.environment == environment] for key, there in rows.items()}
        return {key: there for key, there in found.items() if there}

    return replace(
        inputs,
        environments={key: platforms for key, platforms in inputs.environments.items() if key == environment},
        scope={key: decided for key, decided in inputs.scope.items() if key == environment},
        expectations={key: decided for key, decided in inputs.expectations.items() if key == environment},
        results=only(inputs.rows),
        work=only(inputs.work),
        rules=only(inputs.rules),
    )


def dump_inputs(inputs: ScoreInputs) -> dict[str, Any]:
    """Inputs as JSON-ready values; `load_inputs` gives equal ones back."""
    return {
        "domain": inputs.domain,
        "as_of": inputs.as_of.isoformat(),
        "attack_version": inputs.attack_version,
        "techniques": {
            key: [t.attack_id, t.name, t.parent_id, sorted(t.platforms)] for key, t in inputs.techniques.items()
        },
        "tactics": [[name, list(members)] for name, members in inputs.tactics.items()],
        "successors": dict(inputs.successors),
        # A list: which environment comes first says whose expectation a technique shows.
        "environments": [
            [key, None if platforms is None else sorted(platforms)] for key, platforms in inputs.environments.items()
        ],
        "scope": {key: dict(decided) for key, decided in inputs.scope.items()},
        "expected": inputs.expected,
        "expectations": {key: dict(decided) for key, decided in inputs.expectations.items()},
        "profile": None if inputs.profile is None else dict(inputs.profile),
        "weights": asdict(inputs.weights),
        "valid_days": inputs.valid_days,
        "results": {key: [list(row) for row in rows] for key, rows in inputs.rows.items()},
        "work": {key: [list(row) for row in rows] for key, rows in inputs.work.items()},
        "rules": {key: [list(row) for row in rows] for key, rows in inputs.rules.items()},
        "countermeasures": {key: list(row) for key, row in inputs.countermeasures.items()},
    }


def load_inputs(stored: Mapping[str, Any]) -> ScoreInputs:
    """Inputs from what `dump_inputs` made of them."""
    return ScoreInputs(
        domain=stored["domain"],
        as_of=datetime.fromisoformat(stored["as_of"]),
        attack_version=stored["attack_version"],
        techniques={
            key: TechniqueInput(attack_id, name, parent, frozenset(platforms))
            for key, (attack_id, name, parent, platforms) in stored["techniques"].items()
        },
        tactics={name: tuple(members) for name, members in stored["tactics"]},
        successors=stored["successors"],
        environments={
            key: None if platforms is None else frozenset(platforms) for key, platforms in stored["environments"]
        },
        scope=stored["scope"],
        expected=stored["expected"],
        expectations=stored["expectations"],
        profile=stored["profile"],
        weights=Weights(**stored["weights"]),
        valid_days=stored["valid_days"],
        results={key: [ResultInput(*row) for row in rows] for key, rows in stored["results"].items()},
        work={key: [WorkInput(*row) for row in rows] for key, rows in stored["work"].items()},
        rules={key: [RulesInput(*row) for row in rows] for key, rows in stored["rules"].items()},
        countermeasures={key: CountermeasuresInput(*row) for key, row in stored["countermeasures"].items()},
    )
