"""From stored rows to what a round shows: the bridge to `domain.outcomes`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.outcomes import (
    Detection,
    ExecutionOutcome,
    ExecutionResult,
    Seen,
    Sighting,
    outcome_of_execution,
    weakest,
)
from app.models.security_test import Execution, Observation


@dataclass(frozen=True, slots=True)
class RoundOutcome:
    """What the executions of a round show together."""

    detection: Detection
    by_execution: dict[int, ExecutionOutcome]
    first_executed_at: datetime | None
    """Start of the earliest conclusive execution, else of the earliest one."""

    @property
    def conflicts(self) -> list[int]:
        """Numbers of the executions that red calls a success and blue calls blocked."""
        return [no for no, outcome in self.by_execution.items() if outcome.conflict]

    @property
    def silent_block(self) -> bool:
        """Whether some execution was blocked without an alert."""
        return any(outcome.silent_block for outcome in self.by_execution.values())

    @property
    def unattributed(self) -> bool:
        """Whether some block is named by no observation."""
        return any(outcome.unattributed for outcome in self.by_execution.values())


def observations_of(execution: Execution, observations: Sequence[Observation]) -> list[Observation]:
    """The observations that belong to an execution; those that name none belong to all."""
    return [item for item in observations if item.execution_no in {None, execution.no}]


def outcome_of_round(
    executions: Sequence[Execution], observations: Sequence[Observation], *, actionable_severity: str
) -> RoundOutcome:
    """What a round shows. An execution without a result counts as unknown."""
    by_execution = {
        execution.no: outcome_of_execution(
            ExecutionResult(execution.result or ExecutionResult.UNKNOWN),
            [Sighting(Seen(o.outcome), o.reason, o.severity) for o in observations_of(execution, observations)],
            actionable_severity=actionable_severity,
        )
        for execution in executions
    }
    dated = [e for e in executions if e.started_at is not None]
    conclusive = [e for e in dated if by_execution[e.no].conclusive] or dated
    return RoundOutcome(
        detection=weakest(list(by_execution.values())),
        by_execution=by_execution,
        first_executed_at=min((e.started_at for e in conclusive if e.started_at), default=None),
    )
