"""Findings: what a gap's status follows from, when retests are due, and who may do what.

The status is never set by hand; it follows from results, steps, retests and accepted risks. Only two acts of leads
override it: closing as unproven and taking that back. Source: docs/METRICS.md, "Findings".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.errors import AppError, Conflict, Forbidden, InvalidTransition


class Status(StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    IN_REMEDIATION = "in_remediation"
    AWAITING_RETEST = "awaiting_retest"
    CLOSED_PROVEN = "closed_proven"
    CLOSED_UNPROVEN = "closed_unproven"
    RISK_ACCEPTED = "risk_accepted"
    CHRONIC = "chronic"


class Severity(StrEnum):
    """How much a finding matters."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class StepStatus(StrEnum):
    """Where a step stands; a dropped one is no longer needed."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


CLOSED: Final = (Status.CLOSED_PROVEN, Status.CLOSED_UNPROVEN)
OPEN: Final = (Status.OPEN, Status.IN_REMEDIATION, Status.AWAITING_RETEST, Status.CHRONIC)
"""Statuses in which a new result of the same cause joins the finding."""
LONGEST_ACCEPTANCE: Final = timedelta(days=365)
WARN_BEFORE: Final = timedelta(days=30)
DEFAULT_OWNERS: Final[Mapping[str, str]] = {
    "no_sensor": "Endpoint platform",
    "no_telemetry": "Log platform",
    "not_forwarded": "Log platform",
    "parsing": "Log platform",
    "no_rule": "Detection engineering",
    "rule_broken": "Detection engineering",
    "rule_suppressed": "Detection engineering",
    "allow_listed": "Detection engineering",
    "late": "Detection engineering",
    "low_severity": "Detection engineering",
    "not_triaged": "SOC shift",
    "by_design": "Security architecture",
    "other": "Security leads",
}
"""Who owns a gap of a cause until the organisation says otherwise."""
CAUSE_TITLES: Final[Mapping[str, str]] = {
    "no_sensor": "No sensor",
    "no_telemetry": "No telemetry",
    "not_forwarded": "Telemetry not forwarded",
    "parsing": "Events not parsed",
    "no_rule": "No detection rule",
    "rule_broken": "Detection rule broken",
    "rule_suppressed": "Detection rule suppressed",
    "allow_listed": "Activity on an allow list",
    "late": "Seen too late",
    "low_severity": "Severity of the alert too low",
    "not_triaged": "Alert not triaged",
    "by_design": "Not seen by design",
    "other": "Less seen than expected",
}
"""What a finding is called until somebody gives it a better title."""
_SEVERITY_OF: Final = {"not_detected": Severity.HIGH, "partially_detected": Severity.MEDIUM}


@dataclass(frozen=True, slots=True)
class Gap:
    """One failing procedure on a platform in an environment, with what its retests showed."""

    key: tuple[UUID, str, str | None, UUID]
    """Technique, procedure, platform, environment."""
    origin: UUID
    """The newest failing test."""
    failed_at: datetime
    """Up to when the gap is known to have been there: work before this moment did not close it."""
    proven_at: datetime | None = None
    """When the retest ran that showed it closed; None while none did."""
    automatic_conclusive: int = 0
    """Automatic retests that proved something."""
    retest_open: bool = False
    accepted: bool = False
    """Two people decided to live with it."""

    @property
    def environment_id(self) -> UUID:
        """Where the gap is."""
        return self.key[3]


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """What a finding's status follows from."""

    gaps: Sequence[Gap]
    steps: Sequence[tuple[StepStatus, datetime | None]]
    """Each step's status, and when it was done."""
    max_retests: int
    closed_by_hand: bool = False

    @property
    def unproven(self) -> list[Gap]:
        """The gaps that no retest showed closed."""
        return [gap for gap in self.gaps if gap.proven_at is None]


def remediated_at(facts: FindingFacts) -> datetime | None:
    """When the steps were all done, or None: it takes one step, none open, and one done after the last failure."""
    if any(status is StepStatus.OPEN for status, _ in facts.steps):
        return None
    done = [at for status, at in facts.steps if status is StepStatus.DONE and at is not None]
    last = max(done, default=None)
    if last is None or any(gap.failed_at >= last for gap in facts.unproven):
        return None
    return last


def proven_at(facts: FindingFacts) -> datetime | None:
    """When the last gap's proving retest ran; None while a gap is unproven or there is none."""
    if not facts.gaps or facts.unproven:
        return None
    return max(gap.proven_at for gap in facts.gaps if gap.proven_at is not None)


def status_of(facts: FindingFacts) -> Status:
    """The status that follows from the facts; the first rule that fits."""
    unproven = facts.unproven
    rules = (
        (facts.closed_by_hand or not facts.gaps, Status.CLOSED_UNPROVEN),
        (not unproven, Status.CLOSED_PROVEN),
        (all(gap.accepted for gap in unproven), Status.RISK_ACCEPTED),
        (any(_exhausted(gap, facts.max_retests) for gap in unproven), Status.CHRONIC),
        (remediated_at(facts) is not None, Status.AWAITING_RETEST),
        (any(status is not StepStatus.DROPPED for status, _ in facts.steps), Status.IN_REMEDIATION),
    )
    return next((status for holds, status in rules if holds), Status.OPEN)


def retests_due(facts: FindingFacts) -> list[Gap]:
    """The gaps that need an automatic retest now."""
    if facts.closed_by_hand or remediated_at(facts) is None:
        return []
    return [
        gap
        for gap in facts.unproven
        if not gap.retest_open and not gap.accepted and gap.automatic_conclusive < facts.max_retests
    ]


def _exhausted(gap: Gap, max_retests: int) -> bool:
    return 0 < max_retests <= gap.automatic_conclusive


def severity_of(detection: str) -> Severity:
    """How much a result below expectation matters until somebody says otherwise."""
    return _SEVERITY_OF.get(detection, Severity.LOW)


class Action(StrEnum):
    """What can be done to a finding; the words of `allowed_actions`."""

    EDIT = "edit"
    ADD_STEP = "add_step"
    ACCEPT_RISK = "accept_risk"
    CONFIRM_RISK = "confirm_risk"
    REFUSE_RISK = "refuse_risk"
    END_ACCEPTANCE = "end_acceptance"
    CLOSE = "close"
    REOPEN = "reopen"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What the rules need to know of a finding's row."""

    status: Status
    merged: bool = False
    requested_by: UUID | None = None
    """Who asked for the acceptance that waits for its second person."""
    requested_as: str | None = None
    """That person's role then."""
    accepted: bool = False
    """Some acceptance is in force."""


def _not_closed(_actor: Actor, facts: RowFacts) -> AppError | None:
    if facts.status in CLOSED:
        return InvalidTransition("finding_closed", "The finding is closed.")
    return None


def _no_request(actor: Actor, facts: RowFacts) -> AppError | None:
    if facts.requested_by is not None:
        return Conflict("acceptance_pending", "An acceptance waits for its second person.")
    return _not_closed(actor, facts)


def _second_person(actor: Actor, facts: RowFacts) -> AppError | None:
    if facts.requested_by is None:
        return InvalidTransition("no_request", "Nobody asked to accept this risk.")
    if facts.requested_by == actor.user_id or facts.requested_as == actor.role:
        return Conflict("second_person_needed", "It takes both leads, or an admin and a lead, to accept a risk.")
    return _not_closed(actor, facts)


def _requested(_actor: Actor, facts: RowFacts) -> AppError | None:
    return None if facts.requested_by else InvalidTransition("no_request", "Nobody asked to accept this risk.")


def _in_force(_actor: Actor, facts: RowFacts) -> AppError | None:
    return None if facts.accepted else InvalidTransition("not_accepted", "No acceptance is in force.")


def _closed_by_hand(_actor: Actor, facts: RowFacts) -> AppError | None:
    if facts.merged:
        return InvalidTransition("merged", "The finding went into another one.")
    if facts.status is not Status.CLOSED_UNPROVEN:
        return InvalidTransition("wrong_state", "Only a finding that was closed without proof is reopened.")
    return None


_RULES: dict[Action, Callable[[Actor, RowFacts], AppError | None]] = {
    Action.EDIT: _not_closed,
    Action.ADD_STEP: _not_closed,
    Action.ACCEPT_RISK: _no_request,
    Action.CONFIRM_RISK: _second_person,
    Action.REFUSE_RISK: _requested,
    Action.END_ACCEPTANCE: _in_force,
    Action.CLOSE: _not_closed,
    Action.REOPEN: _closed_by_hand,
    Action.MERGE: _not_closed,
}


def refusal(action: Action, actor: Actor, facts: RowFacts) -> AppError | None:
    """Why this actor may not do this to the finding now, or None when he may."""
    if Permission.FINDING_MANAGE not in actor.permissions:
        return Forbidden("not_permitted", "Your role does not permit this.")
    return _RULES[action](actor, facts)


def ensure(action: Action, actor: Actor, facts: RowFacts) -> None:
    """Raise what `refusal` finds."""
    denied = refusal(action, actor, facts)
    if denied is not None:
        raise denied


def allowed_actions(actor: Actor, facts: RowFacts) -> list[str]:
    """Everything this actor may do to the finding now, in a stable order."""
    return [action.value for action in Action if refusal(action, actor, facts) is None]


TECHNICIAN_FIELDS: Final = frozenset({"version", "status", "notes"})
"""What somebody who is no lead may change of a step that is assigned to him."""


def step_refusal(actor: Actor, facts: RowFacts, assignee: UUID | None, fields: frozenset[str]) -> AppError | None:
    """Why this actor may not change these fields of a step now, or None when he may."""
    if Permission.FINDING_MANAGE not in actor.permissions:
        if Permission.FINDING_WORK not in actor.permissions:
            return Forbidden("not_permitted", "Your role does not permit this.")
        if assignee != actor.user_id:
            return Forbidden("not_the_assignee", "The step is assigned to somebody else.")
        if not fields <= TECHNICIAN_FIELDS:
            return Forbidden("not_permitted", "Only leads plan steps; you may say how yours stands.")
    return _not_closed(actor, facts)
