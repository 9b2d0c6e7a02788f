"""Names, lateness and withdrawal of evidence."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.actor import Actor
from app.domain.evidence import (
    EvidenceSide,
    add_refusal,
    clean_filename,
    delivered_name,
    is_late,
    withdraw_refusal,
)
from app.domain.permissions import Role, Side, permissions_of
from app.domain.states import State, TestFacts

ME = uuid4()


def actor(role: Role, user_id: UUID = ME) -> Actor:
    return Actor(user_id=user_id, username="me", role=role, permissions=permissions_of(role))


def facts(state: State, **values: object) -> TestFacts:
    return TestFacts(state=state, created_by=uuid4(), **values)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("report.pdf", "report.pdf"),
        ("C:\\Users\\me\\report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..", "evidence"),
        ("", "evidence"),
        ("   ", "evidence"),
        ("\u202egpj.exe", "gpj.exe"),
        ("a\u200bb\u00adc.txt", "abc.txt"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"),
        ('q"uo|te?.txt', "q_uo_te_.txt"),
        ("Übung.txt", "Übung.txt"),
        ("trailing. ", "trailing"),
        ("a\u2028 \u3000b", "a b"),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
        ("x" * 300, "x" * 200),
        ("." + "x" * 300, "x" * 200),
        ("\ud800x", "x"),
    ],
)
def test_clean_names(raw: str, clean: str) -> None:
    assert clean_filename(raw) == clean


@given(st.text(max_size=600))
def test_a_clean_name_stays_and_is_bounded(raw: str) -> None:
    name = clean_filename(raw)
    assert 1 <= len(name) <= 200
    assert clean_filename(name) == name
    assert not set(name) & set('/\\<>:"|?*\x00\r\n')


def test_dangerous_files_get_a_suffix() -> None:
    assert delivered_name("a.exe", dangerous=True) == "a.exe.danger"
    assert delivered_name("a.png", dangerous=False) == "a.png"


@pytest.mark.parametrize("state", State)
def test_late_is_after_the_sides_own_state(state: State) -> None:
    assert is_late(EvidenceSide.RED, state) is (state is not State.RED_EXECUTING)
    assert is_late(EvidenceSide.BLUE, state) is (state is not State.BLUE_EVALUATING)
    assert is_late(EvidenceSide.REMEDIATION, state) is False


@pytest.mark.parametrize(
    ("role", "test", "code"),
    [
        (Role.RED_TECH, facts(State.VALIDATED), None),
        (Role.BLUE_TECH, facts(State.REJECTED), None),
        (Role.ADMIN, facts(State.VALIDATED), None),
        (Role.RED_LEAD, facts(State.VALIDATED), "not_permitted"),
        (Role.RED_TECH, facts(State.IN_REVIEW), "wrong_state"),
        (Role.RED_TECH, facts(State.REJECTED, archived=True), "archived"),
        (Role.RED_TECH, facts(State.VALIDATED, annulled=True), "annulled"),
    ],
)
def test_proof_of_remediation_comes_after_the_decision(role: Role, test: TestFacts, code: str | None) -> None:
    denied = add_refusal(actor(role), test, EvidenceSide.REMEDIATION)
    assert (denied and denied.code) == code


OTHER = uuid4()


@pytest.mark.parametrize(
    ("role", "test", "side", "uploaded_by", "code"),
    [
        (Role.RED_TECH, facts(State.RED_EXECUTING), "red", OTHER, None),
        (Role.RED_TECH, facts(State.RED_EXECUTING), "blue", OTHER, "wrong_side"),
        (Role.RED_TECH, facts(State.RED_EXECUTING, red_assignee=OTHER), "red", OTHER, "not_the_assignee"),
        (Role.RED_TECH, facts(State.RED_EXECUTING, red_assignee=OTHER), "red", ME, None),
        (Role.BLUE_TECH, facts(State.IN_REVIEW), "blue", OTHER, None),
        (Role.VIEWER, facts(State.IN_REVIEW), "blue", OTHER, "wrong_side"),
        (Role.BLUE_LEAD, facts(State.IN_REVIEW), "red", OTHER, None),
        (Role.ADMIN, facts(State.IN_REVIEW, voters={Side.RED: OTHER}), "red", ME, "voting_started"),
        (Role.ADMIN, facts(State.VALIDATED), "red", ME, "wrong_state"),
        (Role.ADMIN, facts(State.IN_REVIEW, archived=True), "red", ME, "archived"),
        (Role.RED_TECH, facts(State.VALIDATED), "remediation", ME, None),
        (Role.RED_TECH, facts(State.VALIDATED), "remediation", OTHER, "not_your_evidence"),
        (Role.RED_LEAD, facts(State.VALIDATED), "remediation", OTHER, None),
    ],
)
def test_withdrawal(role: Role, test: TestFacts, side: str, uploaded_by: UUID, code: str | None) -> None:
    denied = withdraw_refusal(actor(role), test, EvidenceSide(side), uploaded_by)
    assert (denied and denied.code) == code
