"""From loaded findings to bodies."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.clock import now
from app.domain.actor import Actor
from app.domain.findings import CLOSED, StepStatus, allowed_actions, step_refusal
from app.models.findings import Finding, FindingEvent, FindingStep, RiskAcceptance
from app.models.organisation import Approval, Environment
from app.reports.csv_text import csv_document
from app.schemas.findings import (
    FindingDetail,
    FindingEventOut,
    FindingRef,
    FindingSummary,
    StepOut,
)
from app.services.findings.effects import number_of
from app.services.findings.facts import Failure, Repetition, in_force
from app.services.findings.listing import FindingRow, is_overdue
from app.services.findings.reading import LoadedFinding, gap_of
from app.services.validation.aggregate import Person
from app.services.validation.effects import number_of as test_number


def _summary(row: FindingRow) -> dict[str, Any]:
    finding, counts = row.finding, row.steps
    done, waiting = counts.get(StepStatus.DONE, 0), counts.get(StepStatus.OPEN, 0)
    own = ("id", "title", "cause", "severity", "owner", "due_on", "external_ticket", "status", "status_since")
    times = ("opened_at", "remediated_at", "proven_at", "closed_at", "version")
    return {name: getattr(finding, name) for name in (*own, *times)} | {
        "number": number_of(finding),
        "tool": row.tool,
        "owner_person": row.owner_person,
        "overdue": row.overdue,
        "result_count": row.results,
        "environments": list(row.environments),
        "techniques": list(row.techniques),
        "step_counts": {"total": done + waiting, "open": waiting, "done": done},
        "accepted_until": row.accepted_until,
    }


def finding_summary(row: FindingRow) -> FindingSummary:
    """A finding in a list."""
    return FindingSummary.model_validate(_summary(row))


def finding_detail(loaded: LoadedFinding, actor: Actor, *, retest_limit: int) -> FindingDetail:
    """A finding, whole."""
    finding = loaded.row.finding
    people = loaded.people
    return FindingDetail.model_validate(
        _summary(loaded.row)
        | {
            "description": finding.description,
            "opened_by": _person(people, finding.opened_by_id),
            "closed_by": _person(people, finding.closed_by_id),
            "close_reason": finding.close_reason,
            "merged_into": _ref(loaded.merged_into) if loaded.merged_into else None,
            "retest_limit": retest_limit,
            "results": [_result(loaded, failure) for failure in loaded.failures],
            "retests": [_retest(item) for item in loaded.retests],
            "steps": [step_out(step, loaded, actor) for step in loaded.steps],
            "acceptances": [_acceptance(item, people, loaded.environments) for item in loaded.acceptances],
            "acceptance_request": (
                _request(loaded.request, people, loaded.environments) if loaded.request is not None else None
            ),
            "allowed_actions": allowed_actions(actor, loaded.facts),
        }
    )


def _person(people: Mapping[UUID, Person], user_id: UUID | None) -> Person | None:
    return people.get(user_id) if user_id else None


def _ref(finding: Finding) -> FindingRef:
    return FindingRef(id=finding.id, number=number_of(finding), title=finding.title, status=finding.status)


def _result(loaded: LoadedFinding, failure: Failure) -> dict[str, Any]:
    test, round_, gap = failure.test, failure.round, gap_of(loaded, failure)
    technique = loaded.techniques[test.technique_id]
    return {
        "test_id": test.id,
        "number": test_number(test),
        "name": test.name,
        "technique": technique.attack_id,
        "technique_name": technique.name,
        "environment": loaded.environments[test.environment_id],
        "platform": test.platform,
        "detection": round_.detection,
        "expected": round_.expected_at_decision,
        "miss_cause": round_.miss_cause,
        "executed_at": round_.first_executed_at,
        "decided_at": round_.decided_at,
        "proven_at": gap.proven_at,
        "accepted": gap.accepted,
        "retests_used": gap.automatic_conclusive,
    }


def _retest(item: Repetition) -> dict[str, Any]:
    test, round_ = item.test, item.round
    return {
        "test_id": test.id,
        "number": test_number(test),
        "name": test.name,
        "origin_id": item.origin_id,
        "generation": test.generation,
        "automatic": test.automatic,
        "state": test.state,
        "detection": round_.detection,
        "proves": item.proves,
        "executed_at": round_.first_executed_at,
        "decided_at": test.decided_at,
        "archived": test.archived_at is not None,
        "annulled": test.annulled_at is not None,
    }


def step_out(step: FindingStep, loaded: LoadedFinding, actor: Actor) -> StepOut:
    """One step, and what the asker may do with it."""
    people = loaded.people
    may = [
        name
        for name, fields in (("edit", {"title"}), ("set_status", {"status"}))
        if step_refusal(actor, loaded.facts, step.assignee_id, frozenset(fields)) is None
    ]
    own = ("id", "finding_id", "no", "title", "description", "side", "status", "due_on", "notes", "version")
    return StepOut.model_validate(
        {name: getattr(step, name) for name in (*own, "created_at", "done_at")}
        | {
            "assignee": _person(people, step.assignee_id),
            "overdue": is_overdue(step.due_on, closed=step.status != StepStatus.OPEN or loaded.facts.status in CLOSED),
            "created_by": people[step.created_by_id],
            "done_by": _person(people, step.done_by_id),
            "allowed_actions": may,
        }
    )


def _acceptance(
    item: RiskAcceptance, people: Mapping[UUID, Person], environments: Mapping[UUID, Environment]
) -> dict[str, Any]:
    own = ("id", "reason", "valid_from", "valid_until", "ended_at", "end_reason")
    return {name: getattr(item, name) for name in own} | {
        "environment": environments[item.environment_id] if item.environment_id else None,
        "requested_by": people[item.requested_by_id],
        "confirmed_by": people[item.confirmed_by_id],
        "in_force": in_force(item, now()),
    }


def _request(item: Approval, people: Mapping[UUID, Person], environments: Mapping[UUID, Environment]) -> dict[str, Any]:
    place = item.details.get("environment")
    return {
        "requested_by": people[item.requested_by_id],
        "requested_at": item.created_at,
        "reason": item.reason,
        "environment": environments[UUID(str(place))] if place else None,
        "until": item.details["until"],
        "expires_at": item.expires_at,
    }


def event_out(row: FindingEvent) -> FindingEventOut:
    """One entry of a finding's history."""
    return FindingEventOut(
        at=row.at,
        event=row.event,
        actor=row.actor_label,
        from_status=row.from_status,
        to_status=row.to_status,
        reason=row.reason,
        details=row.details,
    )


_COLUMNS = ("number", "title", "status", "severity", "cause", "owner", "due_on", "external_ticket", "opened_at")
_TIMES = ("remediated_at", "proven_at", "closed_at", "result_count")


def findings_table(rows: Sequence[FindingRow]) -> str:
    """A list of findings as CSV."""
    header = (*_COLUMNS, *_TIMES, "steps_done", "steps", "techniques", "environments")

    def cells(row: FindingRow) -> list[Any]:
        facts = _summary(row)
        counts = facts["step_counts"]
        return [
            *(_cell(facts[name]) for name in (*_COLUMNS, *_TIMES)),
            counts["done"],
            counts["total"],
            ", ".join(row.techniques),
            ", ".join(row.environments),
        ]

    return csv_document(header, (cells(row) for row in rows))


def _cell(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
