"""From what the services load to what the API answers for tests. Pure functions."""

from typing import Any
from uuid import UUID

import orjson

from app.domain.blindness import MASK_NAME
from app.models.security_test import Execution, Observation
from app.reports.csv_text import csv_document
from app.schemas.security_test_views import (
    AnnulmentRequest,
    BlueRecord,
    EnvironmentRef,
    ExecutionOutput,
    ObservationOutput,
    PersonRef,
    RedRecord,
    RoundOutput,
    RuleResultOutput,
    SecurityTestDetail,
    TechniqueRef,
    VoteOutput,
)
from app.services.validation.access import is_sealed
from app.services.validation.aggregate import LoadedRound, LoadedTest, Person
from app.services.validation.effects import number_of


def _person(people: dict[UUID, Person], user_id: UUID | None) -> PersonRef | None:
    person = people.get(user_id) if user_id else None
    return PersonRef.model_validate(person) if person else None


def _known_person(people: dict[UUID, Person], user_id: UUID) -> PersonRef:
    return PersonRef.model_validate(people[user_id])


def _execution(run: Execution, loaded: LoadedRound) -> ExecutionOutput:
    outcome = loaded.outcome.by_execution.get(run.no) if loaded.outcome else None
    return ExecutionOutput.model_validate(
        {
            "no": run.no,
            "executed_at": run.started_at,
            "ended_at": run.ended_at,
            "host": run.target,
            "source_host": run.source_host,
            "user": run.principal,
            "privilege": run.privilege,
            "tool": run.tool,
            "command": run.command,
            "execution": run.result,
            "cleanup_done_at": run.cleanup_done_at,
            "detection": outcome.detection if outcome else None,
        }
    )


def _observation(item: Observation) -> ObservationOutput:
    return ObservationOutput.model_validate(
        {
            "outcome": item.outcome,
            "execution": item.execution_no,
            "tool": item.tool,
            "tool_id": item.tool_id,
            "tool_version": item.tool_version,
            "observed_at": item.observed_at,
            "source": item.source,
            "late": item.reason == "late",
            "reason": item.reason,
            "severity": item.severity,
            "reference": item.reference,
            "notes": item.notes,
        }
    )


def _frozen(stored: dict[str, Any] | None) -> list[ObservationOutput] | None:
    if stored is None:
        return None
    return [
        ObservationOutput.model_validate(item | {"execution": item["execution_no"], "late": item["reason"] == "late"})
        for item in stored["observations"]
    ]


def red_record(loaded: LoadedRound, people: dict[UUID, Person], *, masked: bool = False) -> RedRecord:
    """Red's record of a round; of a masked one nothing but that it was handed over."""
    round_ = loaded.round
    if masked:
        nothing: dict[str, object] = dict.fromkeys(RedRecord.model_fields)
        return RedRecord.model_validate(
            nothing
            | {"version": 1, "executions": [], "entered_later": False, "evidence_count": 0}
            | {"submitted_at": round_.red_submitted_at}
        )
    runs = [_execution(run, loaded) for run in loaded.executions]
    first = runs[0].model_dump(exclude={"no", "detection"}) if runs else dict.fromkeys(_FLAT)
    return RedRecord.model_validate(
        {
            **first,
            "version": round_.red_version,
            "summary": round_.red_summary,
            "executions": runs,
            "entered_later": round_.entered_later,
            "submitted_at": round_.red_submitted_at,
            "submitted_by": _person(people, round_.red_submitted_by_id),
            "carried_from_round": round_.red_carried_from,
            "carry_confirmed_at": round_.red_carry_confirmed_at,
            "evidence_count": loaded.evidence.get("red", 0),
        }
    )


_FLAT = (
    "executed_at",
    "ended_at",
    "host",
    "source_host",
    "user",
    "privilege",
    "tool",
    "command",
    "execution",
    "cleanup_done_at",
)


def blue_record(loaded: LoadedRound, people: dict[UUID, Person]) -> BlueRecord:
    """Blue's record of a round."""
    round_ = loaded.round
    return BlueRecord.model_validate(
        {
            "version": round_.blue_version,
            "summary": round_.blue_summary,
            "observations": [_observation(item) for item in loaded.observations],
            "triaged_at": loaded.times.get("triaged"),
            "contained_at": loaded.times.get("contained"),
            "miss_cause": round_.miss_cause,
            "further_causes": round_.further_causes,
            "unattributed_reason": round_.unattributed_reason,
            "clock_skew": round_.clock_skew,
            "frozen_at": round_.frozen_at,
            "frozen_observations": _frozen(round_.frozen_blue),
            "rule_results": [
                RuleResultOutput(
                    rule_id=result.rule_id,
                    rule_name=name,
                    result="triggered" if result.attributed else "false_positive" if result.fired else "not_triggered",
                    noise_count=result.noise_count,
                    notes=result.notes,
                )
                for result, name in loaded.rule_results
            ],
            "submitted_at": round_.blue_submitted_at,
            "submitted_by": _person(people, round_.blue_submitted_by_id),
            "carried_from_round": round_.blue_carried_from,
            "carry_confirmed_at": round_.blue_carry_confirmed_at,
            "evidence_count": loaded.evidence.get("blue", 0),
        }
    )


def round_output(loaded: LoadedRound, people: dict[UUID, Person], *, masked: bool) -> RoundOutput:
    """One round, or what blue may know of a sealed one."""
    round_ = loaded.round
    return RoundOutput.model_validate(
        {
            "no": round_.no,
            "opened_at": round_.red_submitted_at if masked else round_.created_at,
            "opened_by": None if masked else _known_person(people, round_.opened_by_id),
            "open_reason": "" if masked else round_.open_reason,
            "redo": round_.redo,
            "red": red_record(loaded, people, masked=masked),
            "blue": blue_record(loaded, people),
            "votes": [VoteOutput.model_validate(vote) for vote in loaded.votes],
            "detection": round_.detection,
            "verdict": round_.verdict,
            "decided_at": round_.decided_at,
            "seal": round_.seal,
        }
    )


def test_detail(loaded: LoadedTest) -> SecurityTestDetail:
    """A test, whole, or what blue may know of a sealed one."""
    test, current = loaded.test, loaded.current
    masked = loaded.masked
    round_ = current.round
    annulment = loaded.annulment
    shown = SecurityTestDetail.model_validate(
        {
            "id": test.id,
            "number": number_of(test),
            "name": test.name,
            "state": test.state,
            "state_since": test.state_since,
            "round": test.current_round,
            "technique": TechniqueRef.model_validate(loaded.technique),
            "technique_at_test": test.technique_at_test,
            "environment": EnvironmentRef.model_validate(loaded.environment),
            "platform": test.platform,
            "detection": loaded.detection,
            "expected": loaded.expected,
            "meets_expectation": loaded.meets_expectation,
            "in_doubt": loaded.doubts,
            "waits_for": loaded.waits_for,
            "red_assignee": _person(loaded.people, test.red_assignee_id),
            "blue_assignee": _person(loaded.people, test.blue_assignee_id),
            "created_by": _known_person(loaded.people, test.created_by_id),
            "created_at": test.created_at,
            "executed_at": round_.first_executed_at,
            "decided_at": test.decided_at,
            "archived": test.archived_at is not None,
            "annulled": test.annulled_at is not None,
            "blind": test.blind,
            "retest_of": test.retest_of_id,
            "tags": test.tags,
            "version": test.version,
            "description": test.description,
            "procedure": test.procedure_text,
            "procedure_key": test.procedure_key,
            "template_id": test.template_id,
            "template_name": loaded.template_name,
            "inputs": test.template_inputs,
            "attack_version": test.attack_version,
            "expected_own": test.expected,
            "expected_reason": test.expected_reason,
            "started_at": test.started_at,
            "updated_at": test.updated_at,
            "red": red_record(current, loaded.people, masked=masked),
            "sealed": is_sealed(test),
            "window_from": test.window_from,
            "window_to": test.window_to,
            "target_group": test.target_group,
            "revealed_at": test.revealed_at,
            "blue": blue_record(current, loaded.people),
            "votes": [VoteOutput.model_validate(vote) for vote in current.votes],
            "verdict": round_.verdict,
            "silent_block": round_.silent_block,
            "unattributed": round_.unattributed,
            "returned_count": round_.returned_count,
            "open_question": loaded.open_question,
            "archived_at": test.archived_at,
            "archive_reason": test.archive_reason,
            "annulled_at": test.annulled_at,
            "annul_reason": test.annul_reason,
            "annulment": AnnulmentRequest(
                requested_by=_known_person(loaded.people, annulment.requested_by_id),
                requested_at=annulment.created_at,
                reason=annulment.reason,
                expires_at=annulment.expires_at,
            )
            if annulment
            else None,
            "seal": round_.seal,
            "allowed_actions": loaded.allowed,
        }
    )
    return shown.model_copy(update=_mask(loaded)) if masked else shown


def _mask(loaded: LoadedTest) -> dict[str, object]:
    """What replaces everything that says what a sealed test is, who planned it and when."""
    told_at = loaded.test.handed_over_at
    return {
        "name": MASK_NAME,
        "technique": None,
        "technique_at_test": None,
        "platform": None,
        "expected": loaded.expected_of_all,
        "red_assignee": None,
        "created_by": None,
        "created_at": told_at,
        "updated_at": told_at,
        "started_at": None,
        "executed_at": None,
        "retest_of": None,
        "tags": [],
        "version": 1,
        "description": "",
        "procedure": "",
        "procedure_key": "",
        "template_id": None,
        "template_name": None,
        "inputs": {},
        "attack_version": "",
        "expected_own": None,
        "expected_reason": None,
    }


_TABLE = (
    "number",
    "name",
    "state",
    "round",
    "technique",
    "environment",
    "platform",
    "detection",
    "expected",
    "meets_expectation",
    "waits_for",
    "red_assignee",
    "blue_assignee",
    "created_at",
    "executed_at",
    "decided_at",
    "archived",
    "annulled",
    "tags",
)
_SHOWN_AS = {"technique": "attack_id", "environment": "name", "red_assignee": "username", "blue_assignee": "username"}


def tests_table(items: str) -> str:
    """A list of tests, as the database wrote it, as CSV."""

    def cell(row: dict[str, Any], column: str) -> Any:
        value = row[column]
        if isinstance(value, dict):
            return value[_SHOWN_AS[column]]
        return ", ".join(value) if isinstance(value, list) else value

    return csv_document(_TABLE, ([cell(row, column) for column in _TABLE] for row in orjson.loads(items)))
