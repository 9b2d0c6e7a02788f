"""The life of a test: states, moves, and who may do what to which row.

The same functions guard the services and fill `allowed_actions`. Source: docs/ARCHITECTURE.md, "The test's life".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from app.domain.actor import Actor
from app.domain.permissions import Permission, Side
from app.errors import AppError, Conflict, Forbidden, InvalidTransition


class State(StrEnum):
    """Where a test stands."""

    DRAFT = "draft"
    RED_EXECUTING = "red_executing"
    BLUE_EVALUATING = "blue_evaluating"
    IN_REVIEW = "in_review"
    VALIDATED = "validated"
    REJECTED = "rejected"


OPEN_STATES = frozenset({State.RED_EXECUTING, State.BLUE_EVALUATING, State.IN_REVIEW})
"""States in which a test marks its technique as in progress."""


class Action(StrEnum):
    """What can be done to a test; the words of `allowed_actions`."""

    EDIT = "edit"
    DELETE = "delete"
    START = "start"
    EDIT_RED = "edit_red"
    SUBMIT_RED = "submit_red"
    RETURN = "return"
    EDIT_BLUE = "edit_blue"
    SUBMIT_BLUE = "submit_blue"
    ATTRIBUTE = "attribute"
    RECORD_RULE_RESULT = "record_rule_result"
    ADD_EVIDENCE_RED = "add_evidence_red"
    ADD_EVIDENCE_BLUE = "add_evidence_blue"
    VOTE_RED = "vote_red"
    VOTE_BLUE = "vote_blue"
    REOPEN = "reopen"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    ANNUL = "annul"
    ASSIGN_RED = "assign_red"
    ASSIGN_BLUE = "assign_blue"
    CARRY_RED = "carry_red"
    CARRY_BLUE = "carry_blue"
    RETEST = "retest"


@dataclass(frozen=True, slots=True)
class TestFacts:
    """What the rules need to know of a test and its current round."""

    __test__ = False

    state: State
    created_by: UUID
    red_assignee: UUID | None = None
    blue_assignee: UUID | None = None
    round_no: int = 1
    archived: bool = False
    annulled: bool = False
    has_evidence: bool = False
    contributors: frozenset[UUID] = frozenset()
    """Everyone who worked on either side of the current round."""
    menders: Mapping[Side, frozenset[UUID]] = field(default_factory=dict)
    """Retests: by side, who wrote or ticked the remediation steps that it judges."""
    voters: Mapping[Side, UUID] = field(default_factory=dict)
    pending_carry: frozenset[Side] = frozenset()
    annul_requested_by: UUID | None = None
    attributing: bool = False
    """A blind test was revealed in this round: blue's frozen sightings are being attributed."""
    four_eyes: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """Guards of one action: the permission, the row (403), the state (409)."""

    permission: Permission
    states: frozenset[State]
    row: Callable[[Actor, TestFacts], AppError | None]
    also: Callable[[Actor, TestFacts], AppError | None] | None = None
    while_archived: bool = False


def _anyone(_actor: Actor, _facts: TestFacts) -> AppError | None:
    return None


def _own_draft(actor: Actor, facts: TestFacts) -> AppError | None:
    if actor.lead_of is Side.RED or actor.is_admin or actor.user_id == facts.created_by:
        return None
    return Forbidden("not_your_test", "Only its creator, a red lead or an admin may change this draft.")


def _on_side(side: Side) -> Callable[[Actor, TestFacts], AppError | None]:
    def check(actor: Actor, facts: TestFacts) -> AppError | None:
        if actor.is_admin:
            return None
        if actor.technician_of is not side:
            return Forbidden("wrong_side", f"This belongs to the {side} side.")
        assignee = facts.red_assignee if side is Side.RED else facts.blue_assignee
        if assignee is not None and assignee != actor.user_id:
            return Forbidden("not_the_assignee", "Somebody else is assigned; a lead can reassign the test.")
        return None

    return check


def _may_vote(side: Side) -> Callable[[Actor, TestFacts], AppError | None]:
    def check(actor: Actor, facts: TestFacts) -> AppError | None:
        if actor.is_token:
            return Forbidden("token_cannot_vote", "A vote needs a person; tokens cannot vote.")
        if not actor.is_admin and actor.lead_of is not side and side not in actor.deputy_for:
            return Forbidden("wrong_side", f"Only the {side} lead, a deputy or an admin votes on the {side} side.")
        if facts.four_eyes and actor.user_id in facts.contributors:
            return Forbidden("own_work", "You worked on this round, so somebody else has to judge it.")
        if facts.four_eyes and actor.user_id in facts.menders.get(side, frozenset()):
            return Forbidden("own_work", "You took part in the remediation, so somebody else has to judge its retest.")
        return None

    return check


def _vote_free(side: Side) -> Callable[[Actor, TestFacts], AppError | None]:
    def check(actor: Actor, facts: TestFacts) -> AppError | None:
        if side in facts.voters:
            return Conflict("already_voted", f"The {side} side has been judged in this round.")
        if actor.user_id in facts.voters.values():
            return Conflict("already_voted", "You have voted in this round; one person casts one vote.")
        return None

    return check


def _may_assign(side: Side) -> Callable[[Actor, TestFacts], AppError | None]:
    def check(actor: Actor, facts: TestFacts) -> AppError | None:
        if actor.is_admin or actor.lead_of is side:
            return None
        assignee = facts.red_assignee if side is Side.RED else facts.blue_assignee
        if actor.technician_of is side and assignee in {None, actor.user_id}:
            return None
        return Forbidden("not_permitted", f"The {side} lead assigns; a technician may claim what nobody has.")

    return check


def _no_votes_yet(_actor: Actor, facts: TestFacts) -> AppError | None:
    if facts.voters:
        return Conflict("voting_started", "A lead has voted; the records of this round are closed.")
    return None


def _deletable(_actor: Actor, facts: TestFacts) -> AppError | None:
    if facts.round_no > 1 or facts.has_evidence:
        return Conflict("has_history", "A test with a past round or evidence is archived, not deleted.")
    return None


def _carry_waits(side: Side) -> Callable[[Actor, TestFacts], AppError | None]:
    def check(_actor: Actor, facts: TestFacts) -> AppError | None:
        if side not in facts.pending_carry:
            return Conflict("nothing_to_carry", f"The {side} record of this round was not carried over.")
        return None

    return check


def _not_attributing(_actor: Actor, facts: TestFacts) -> AppError | None:
    if facts.attributing:
        return Conflict("frozen", "The sightings were frozen at the reveal; attribute them instead.")
    return None


def _only_attributing(_actor: Actor, facts: TestFacts) -> AppError | None:
    if not facts.attributing:
        return Conflict("not_revealed", "Only the sightings of a revealed blind test are attributed.")
    return None


def _annul_second(actor: Actor, facts: TestFacts) -> AppError | None:
    if facts.annulled:
        return InvalidTransition("already_annulled", "The test is annulled.")
    if facts.annul_requested_by is not None and facts.annul_requested_by == actor.user_id:
        return Conflict("second_person_needed", "Another lead or an admin has to confirm the annulment.")
    return None


def _not_annulled(_actor: Actor, facts: TestFacts) -> AppError | None:
    return InvalidTransition("annulled", "The test is annulled.") if facts.annulled else None


_ALL = frozenset(State)
_RULES: dict[Action, Rule] = {
    Action.EDIT: Rule(Permission.TEST_EDIT, frozenset({State.DRAFT}), _own_draft),
    Action.DELETE: Rule(Permission.TEST_EDIT, frozenset({State.DRAFT}), _own_draft, _deletable, while_archived=True),
    Action.START: Rule(Permission.TEST_RED, frozenset({State.DRAFT}), _on_side(Side.RED)),
    Action.EDIT_RED: Rule(Permission.TEST_RED, frozenset({State.RED_EXECUTING}), _on_side(Side.RED)),
    Action.SUBMIT_RED: Rule(Permission.TEST_RED, frozenset({State.RED_EXECUTING}), _on_side(Side.RED)),
    Action.RETURN: Rule(Permission.TEST_BLUE, frozenset({State.BLUE_EVALUATING}), _on_side(Side.BLUE)),
    Action.EDIT_BLUE: Rule(
        Permission.TEST_BLUE, frozenset({State.BLUE_EVALUATING}), _on_side(Side.BLUE), _not_attributing
    ),
    Action.ATTRIBUTE: Rule(
        Permission.TEST_BLUE, frozenset({State.BLUE_EVALUATING}), _on_side(Side.BLUE), _only_attributing
    ),
    Action.SUBMIT_BLUE: Rule(Permission.TEST_BLUE, frozenset({State.BLUE_EVALUATING}), _on_side(Side.BLUE)),
    Action.RECORD_RULE_RESULT: Rule(Permission.TEST_BLUE, frozenset({State.BLUE_EVALUATING}), _on_side(Side.BLUE)),
    Action.ADD_EVIDENCE_RED: Rule(
        Permission.EVIDENCE_UPLOAD,
        frozenset({State.RED_EXECUTING, State.BLUE_EVALUATING, State.IN_REVIEW}),
        _on_side(Side.RED),
        _no_votes_yet,
    ),
    Action.ADD_EVIDENCE_BLUE: Rule(
        Permission.EVIDENCE_UPLOAD,
        frozenset({State.BLUE_EVALUATING, State.IN_REVIEW}),
        _on_side(Side.BLUE),
        _no_votes_yet,
    ),
    Action.VOTE_RED: Rule(
        Permission.TEST_VOTE, frozenset({State.IN_REVIEW}), _may_vote(Side.RED), _vote_free(Side.RED)
    ),
    Action.VOTE_BLUE: Rule(
        Permission.TEST_VOTE, frozenset({State.IN_REVIEW}), _may_vote(Side.BLUE), _vote_free(Side.BLUE)
    ),
    Action.REOPEN: Rule(Permission.TEST_REOPEN, frozenset({State.REJECTED}), _anyone),
    Action.ARCHIVE: Rule(Permission.TEST_ARCHIVE, _ALL - {State.VALIDATED}, _anyone),
    Action.UNARCHIVE: Rule(Permission.TEST_ARCHIVE, _ALL, _anyone, while_archived=True),
    Action.ANNUL: Rule(Permission.TEST_ANNUL, frozenset({State.VALIDATED}), _anyone, _annul_second),
    Action.ASSIGN_RED: Rule(
        Permission.TEST_ASSIGN,
        frozenset({State.DRAFT, State.RED_EXECUTING, State.BLUE_EVALUATING}),
        _may_assign(Side.RED),
    ),
    Action.ASSIGN_BLUE: Rule(
        Permission.TEST_ASSIGN,
        frozenset({State.DRAFT, State.RED_EXECUTING, State.BLUE_EVALUATING}),
        _may_assign(Side.BLUE),
    ),
    Action.CARRY_RED: Rule(
        Permission.TEST_CARRY, frozenset({State.RED_EXECUTING}), _on_side(Side.RED), _carry_waits(Side.RED)
    ),
    Action.CARRY_BLUE: Rule(
        Permission.TEST_CARRY, frozenset({State.BLUE_EVALUATING}), _on_side(Side.BLUE), _carry_waits(Side.BLUE)
    ),
    Action.RETEST: Rule(Permission.TEST_CREATE, frozenset({State.VALIDATED}), _anyone, _not_annulled),
}


def refusal(action: Action, actor: Actor, facts: TestFacts) -> AppError | None:
    """Why this actor may not do this to this test now, or None when he may.

    The order is fixed: permission (403), row (403), archived or wrong state (409), further conditions (409).
    """
    rule = _RULES[action]
    if rule.permission not in actor.permissions:
        return Forbidden("not_permitted", "Your role does not permit this.")
    denied = rule.row(actor, facts)
    if denied is not None:
        return denied
    if action is Action.UNARCHIVE and not facts.archived:
        return InvalidTransition("not_archived", "The test is not archived.")
    if facts.archived and not rule.while_archived:
        return InvalidTransition("archived", "The test is archived; take it back first.")
    if facts.state not in rule.states:
        return InvalidTransition("wrong_state", f"This is not possible while the test is {facts.state}.")
    return rule.also(actor, facts) if rule.also else None


def ensure(action: Action, actor: Actor, facts: TestFacts) -> None:
    """Raise what `refusal` finds."""
    denied = refusal(action, actor, facts)
    if denied is not None:
        raise denied


_WIRE_NAMES = {
    Action.ASSIGN_RED: "assign",
    Action.ASSIGN_BLUE: "assign",
    Action.CARRY_RED: "carry",
    Action.CARRY_BLUE: "carry",
}


def allowed_actions(actor: Actor, facts: TestFacts) -> list[str]:
    """Everything this actor may do to the test now, as the API names it, in a stable order."""
    allowed = (_WIRE_NAMES.get(action, action.value) for action in Action if refusal(action, actor, facts) is None)
    return list(dict.fromkeys(allowed))


def verdict_of(decisions: Mapping[Side, str]) -> State | None:
    """What the votes so far decide: validated, rejected, or None while one is awaited."""
    if "reject" in decisions.values():
        return State.REJECTED
    if len(decisions) == len(Side):
        return State.VALIDATED
    return None


def waits_for(facts: TestFacts) -> str | None:
    """Who has the next step: `red`, `blue`, `red_lead`, `blue_lead`, `leads`, or None when nobody has."""
    if facts.archived:
        return None
    if facts.state is State.IN_REVIEW:
        missing = [side for side in Side if side not in facts.voters]
        return "leads" if len(missing) > 1 else f"{missing[0]}_lead"
    return {
        State.DRAFT: "red",
        State.RED_EXECUTING: "red",
        State.BLUE_EVALUATING: "blue",
        State.REJECTED: "leads",
    }.get(facts.state)
