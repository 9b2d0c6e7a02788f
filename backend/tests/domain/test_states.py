"""Every action × role × state, then the rules that depend on the row."""

from dataclasses import replace
from itertools import product
from uuid import UUID, uuid4

import pytest

from app.domain.actor import Actor
from app.domain.permissions import TOKEN_FORBIDDEN, Role, Side, permissions_of
from app.domain.states import (
    OPEN_STATES,
    Action,
    State,
    TestFacts,
    allowed_actions,
    ensure,
    refusal,
    verdict_of,
    waits_for,
)
from app.errors import AppError, Conflict, Forbidden, InvalidTransition

ME, OTHER, THIRD = uuid4(), uuid4(), uuid4()
RT, BT, RL, BL, AD, VI = Role.RED_TECH, Role.BLUE_TECH, Role.RED_LEAD, Role.BLUE_LEAD, Role.ADMIN, Role.VIEWER
DR, RE, BE, IR, VA, RJ = State
ALL = set(State)

# Who may do what where, on an unassigned test that he created and nobody has worked on.
TABLE: dict[Action, tuple[set[Role], set[State]]] = {
    Action.EDIT: ({RT, RL, AD}, {DR}),
    Action.DELETE: ({RT, RL, AD}, {DR}),
    Action.START: ({RT, AD}, {DR}),
    Action.EDIT_RED: ({RT, AD}, {RE}),
    Action.SUBMIT_RED: ({RT, AD}, {RE}),
    Action.RETURN: ({BT, AD}, {BE}),
    Action.EDIT_BLUE: ({BT, AD}, {BE}),
    Action.SUBMIT_BLUE: ({BT, AD}, {BE}),
    Action.ATTRIBUTE: ({BT, AD}, {BE}),
    Action.RECORD_RULE_RESULT: ({BT, AD}, {BE}),
    Action.ADD_EVIDENCE_RED: ({RT, AD}, {RE, BE, IR}),
    Action.ADD_EVIDENCE_BLUE: ({BT, AD}, {BE, IR}),
    Action.VOTE_RED: ({RL, AD}, {IR}),
    Action.VOTE_BLUE: ({BL, AD}, {IR}),
    Action.REOPEN: ({RL, BL, AD}, {RJ}),
    Action.ARCHIVE: ({RL, BL, AD}, ALL - {VA}),
    Action.UNARCHIVE: ({RL, BL, AD}, set()),
    Action.ANNUL: ({RL, BL, AD}, {VA}),
    Action.ASSIGN_RED: ({RT, RL, AD}, {DR, RE, BE}),
    Action.ASSIGN_BLUE: ({BT, BL, AD}, {DR, RE, BE}),
    Action.CARRY_RED: ({RT, AD}, {RE}),
    Action.CARRY_BLUE: ({BT, AD}, {BE}),
    Action.RETEST: ({RT, RL, AD}, {VA}),
}
SYSTEM_STATES = {Action.CARRY_RED: frozenset({Side.RED}), Action.CARRY_BLUE: frozenset({Side.BLUE})}


def actor(role: Role, *, user_id: UUID = ME, token: bool = False) -> Actor:
    permissions = permissions_of(role)
    return Actor(
        user_id=user_id,
        username="someone",
        role=role,
        permissions=permissions - TOKEN_FORBIDDEN if token else permissions,
        token_id=uuid4() if token else None,
    )


def facts(state: State, action: Action | None = None, **fields: object) -> TestFacts:
    made = TestFacts(
        state=state,
        created_by=ME,
        pending_carry=SYSTEM_STATES.get(action, frozenset()),  # type: ignore[arg-type]  # None is no key
        attributing=action is Action.ATTRIBUTE,
    )
    return replace(made, **fields)  # type: ignore[arg-type]  # names are checked at run time


def code(error: AppError | None) -> str | None:
    return error.code if error else None


def test_the_table_names_every_action() -> None:
    assert set(TABLE) == set(Action)


@pytest.mark.parametrize(("action", "role", "state"), list(product(Action, Role, State)))
def test_who_may_do_what_where(action: Action, role: Role, state: State) -> None:
    roles, states = TABLE[action]
    denied = refusal(action, actor(role), facts(state, action))
    if role not in roles:
        assert isinstance(denied, Forbidden)
    elif state not in states:
        assert isinstance(denied, InvalidTransition)
        assert denied.code == ("not_archived" if action is Action.UNARCHIVE else "wrong_state")
    else:
        assert denied is None


@pytest.mark.parametrize("action", list(Action))
def test_an_archived_test_can_be_deleted_or_taken_back_only(action: Action) -> None:
    roles, states = TABLE[action]
    for role, state in product(Role, State):
        denied = refusal(action, actor(role), facts(state, action, archived=True))
        if role not in roles:
            assert isinstance(denied, Forbidden)
        elif action is Action.UNARCHIVE or (action is Action.DELETE and state in states):
            assert denied is None
        else:
            assert isinstance(denied, InvalidTransition)


@pytest.mark.parametrize("action", [Action.EDIT, Action.DELETE])
def test_a_draft_belongs_to_its_creator_and_to_red_leads(action: Action) -> None:
    others = facts(State.DRAFT, created_by=OTHER)
    assert code(refusal(action, actor(RT), others)) == "not_your_test"
    assert refusal(action, actor(RL), others) is None
    assert refusal(action, actor(AD), others) is None


@pytest.mark.parametrize(
    ("fields", "expected"), [({"round_no": 2}, "has_history"), ({"has_evidence": True}, "has_history")]
)
def test_what_has_a_history_is_not_deleted(fields: dict[str, object], expected: str) -> None:
    assert code(refusal(Action.DELETE, actor(RT), facts(State.DRAFT, **fields))) == expected


@pytest.mark.parametrize(
    ("action", "role", "state", "assignee"),
    [
        (Action.START, RT, DR, "red_assignee"),
        (Action.EDIT_RED, RT, RE, "red_assignee"),
        (Action.SUBMIT_RED, RT, RE, "red_assignee"),
        (Action.ADD_EVIDENCE_RED, RT, IR, "red_assignee"),
        (Action.CARRY_RED, RT, RE, "red_assignee"),
        (Action.RETURN, BT, BE, "blue_assignee"),
        (Action.EDIT_BLUE, BT, BE, "blue_assignee"),
        (Action.SUBMIT_BLUE, BT, BE, "blue_assignee"),
        (Action.RECORD_RULE_RESULT, BT, BE, "blue_assignee"),
        (Action.ADD_EVIDENCE_BLUE, BT, IR, "blue_assignee"),
        (Action.CARRY_BLUE, BT, BE, "blue_assignee"),
    ],
)
def test_the_assignee_works_alone_beside_admins(action: Action, role: Role, state: State, assignee: str) -> None:
    mine, others = facts(state, action, **{assignee: ME}), facts(state, action, **{assignee: OTHER})
    assert refusal(action, actor(role), mine) is None
    assert code(refusal(action, actor(role), others)) == "not_the_assignee"
    assert refusal(action, actor(AD), others) is None


@pytest.mark.parametrize(
    ("action", "tech", "lead", "assignee"),
    [(Action.ASSIGN_RED, RT, RL, "red_assignee"), (Action.ASSIGN_BLUE, BT, BL, "blue_assignee")],
)
def test_technicians_claim_and_give_back_leads_assign(action: Action, tech: Role, lead: Role, assignee: str) -> None:
    assert refusal(action, actor(tech), facts(DR, **{assignee: ME})) is None
    assert code(refusal(action, actor(tech), facts(DR, **{assignee: OTHER}))) == "not_permitted"
    assert refusal(action, actor(lead), facts(DR, **{assignee: OTHER})) is None


@pytest.mark.parametrize("role", [RL, AD])
def test_nobody_votes_on_a_round_he_worked_on(role: Role) -> None:
    worked = facts(IR, contributors=frozenset({ME}))
    assert code(refusal(Action.VOTE_RED, actor(role), worked)) == "own_work"
    assert refusal(Action.VOTE_RED, actor(role), replace(worked, four_eyes=False)) is None


@pytest.mark.parametrize("role", [RL, BL, AD])
def test_tokens_cannot_vote(role: Role) -> None:
    for action in (Action.VOTE_RED, Action.VOTE_BLUE):
        assert isinstance(refusal(action, actor(role, token=True), facts(IR)), Forbidden)


def test_one_person_casts_one_vote_and_a_side_is_judged_once() -> None:
    judged = facts(IR, voters={Side.RED: OTHER})
    assert code(refusal(Action.VOTE_RED, actor(AD), judged)) == "already_voted"
    assert refusal(Action.VOTE_BLUE, actor(AD), judged) is None
    assert code(refusal(Action.VOTE_BLUE, actor(AD, user_id=OTHER), judged)) == "already_voted"
    assert isinstance(refusal(Action.VOTE_RED, actor(AD), judged), Conflict)


@pytest.mark.parametrize(("action", "role"), [(Action.ADD_EVIDENCE_RED, RT), (Action.ADD_EVIDENCE_BLUE, BT)])
def test_after_the_first_vote_nothing_is_added(action: Action, role: Role) -> None:
    assert code(refusal(action, actor(role), facts(IR, voters={Side.BLUE: OTHER}))) == "voting_started"


def test_annulling_takes_two_people_once() -> None:
    asked = facts(VA, annul_requested_by=OTHER)
    assert refusal(Action.ANNUL, actor(BL), asked) is None
    assert code(refusal(Action.ANNUL, actor(BL, user_id=OTHER), asked)) == "second_person_needed"
    assert code(refusal(Action.ANNUL, actor(BL), facts(VA, annulled=True))) == "already_annulled"
    assert code(refusal(Action.RETEST, actor(RL), facts(VA, annulled=True))) == "annulled"


@pytest.mark.parametrize(("action", "role", "state"), [(Action.CARRY_RED, RT, RE), (Action.CARRY_BLUE, BT, BE)])
def test_only_a_carried_record_is_confirmed(action: Action, role: Role, state: State) -> None:
    assert code(refusal(action, actor(role), facts(state))) == "nothing_to_carry"


@pytest.mark.parametrize(("role", "state"), list(product(Role, State)))
def test_allowed_actions_are_those_not_refused(role: Role, state: State) -> None:
    names = {Action.ASSIGN_RED: "assign", Action.ASSIGN_BLUE: "assign"}
    row = facts(state)
    expected = {names.get(action, action.value) for action in Action if refusal(action, actor(role), row) is None}
    allowed = allowed_actions(actor(role), row)
    assert (set(allowed), len(allowed)) == (expected, len(expected))


def test_ensure_raises_the_refusal() -> None:
    ensure(Action.START, actor(RT), facts(DR))
    with pytest.raises(InvalidTransition):
        ensure(Action.START, actor(RT), facts(VA))


@pytest.mark.parametrize(
    ("decisions", "verdict"),
    [
        ({}, None),
        ({Side.RED: "approve"}, None),
        ({Side.BLUE: "approve"}, None),
        ({Side.RED: "reject"}, State.REJECTED),
        ({Side.RED: "approve", Side.BLUE: "approve"}, State.VALIDATED),
        ({Side.RED: "approve", Side.BLUE: "reject"}, State.REJECTED),
        ({Side.RED: "reject", Side.BLUE: "reject"}, State.REJECTED),
    ],
)
def test_the_verdict_of_votes(decisions: dict[Side, str], verdict: State | None) -> None:
    assert verdict_of(decisions) is verdict


@pytest.mark.parametrize(
    ("row", "who"),
    [
        (facts(DR), "red"),
        (facts(RE), "red"),
        (facts(BE), "blue"),
        (facts(IR), "leads"),
        (facts(IR, voters={Side.RED: OTHER}), "blue_lead"),
        (facts(IR, voters={Side.BLUE: THIRD}), "red_lead"),
        (facts(VA), None),
        (facts(RJ), "leads"),
        (facts(IR, archived=True), None),
    ],
)
def test_who_has_the_next_step(row: TestFacts, who: str | None) -> None:
    assert waits_for(row) == who


def test_open_states_are_those_under_way() -> None:
    assert {RE, BE, IR} == OPEN_STATES
