"""Rules of evidence: names, sides, lateness, and who may withdraw."""

import re
import unicodedata
from enum import StrEnum
from uuid import UUID

from app.domain.actor import Actor
from app.domain.permissions import Permission, Side
from app.domain.states import OPEN_STATES, Action, State, TestFacts, refusal
from app.errors import AppError, Conflict, Forbidden, InvalidTransition

MAX_FILENAME = 200
DANGER_SUFFIX = ".danger"
FALLBACK_NAME = "evidence"


class EvidenceSide(StrEnum):
    """What a file proves something for: a side of the test, or that a gap was closed."""

    RED = "red"
    BLUE = "blue"
    REMEDIATION = "remediation"


_ADD = {EvidenceSide.RED: Action.ADD_EVIDENCE_RED, EvidenceSide.BLUE: Action.ADD_EVIDENCE_BLUE}
_REMEDIATION_STATES = frozenset({State.VALIDATED, State.REJECTED})
_WORKING_STATE = {EvidenceSide.RED: State.RED_EXECUTING, EvidenceSide.BLUE: State.BLUE_EVALUATING}


def clean_filename(raw: str) -> str:
    """The name under which a file is shown: NFC, at most 200 characters, never empty.

    The last part of a path; without control, format (bidi, zero-width) and unassigned characters and without those that
    file systems treat specially. A long name keeps its suffix.
    """
    name = re.split(r"[/\\]", raw)[-1]
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    name = re.sub(r'[<>:"|?*]', "_", unicodedata.normalize("NFC", name))
    name = re.sub(r"\s+", " ", name).strip(" .") if name.strip(" .") else ""
    if len(name) > MAX_FILENAME:
        stem, dot, suffix = name.rpartition(".")
        keep = f"{dot}{suffix}" if stem and len(suffix) <= 20 else ""
        name = (stem if keep else name)[: MAX_FILENAME - len(keep)] + keep
    return name or FALLBACK_NAME


def delivered_name(filename: str, *, dangerous: bool) -> str:
    """The name of a download: a dangerous file gets a suffix that no system opens by itself."""
    return f"{filename}{DANGER_SUFFIX}" if dangerous else filename


def is_late(side: EvidenceSide, state: State) -> bool:
    """Whether a side adds this after its hand-over."""
    return side in _WORKING_STATE and state is not _WORKING_STATE[side]


def add_refusal(actor: Actor, facts: TestFacts, side: EvidenceSide) -> AppError | None:
    """Why this actor may not add evidence on that side now, or None.

    Proof of remediation belongs to no side: any technician adds it, once the test is decided.
    """
    if side in _ADD:
        return refusal(_ADD[side], actor, facts)
    if Permission.EVIDENCE_UPLOAD not in actor.permissions:
        return Forbidden("not_permitted", "Your role does not permit this.")
    if facts.archived or facts.annulled:
        return InvalidTransition("archived" if facts.archived else "annulled", "The test is closed.")
    if facts.state not in _REMEDIATION_STATES:
        return InvalidTransition("wrong_state", f"This is not possible while the test is {facts.state}.")
    return None


def withdraw_refusal(actor: Actor, facts: TestFacts, side: EvidenceSide, uploaded_by: UUID) -> AppError | None:
    """Why this actor may not withdraw a file of that side now, or None.

    Its side and the leads may until the first vote; after it the judged record stands. Proof of remediation is no part
    of a judged record: whoever added it, a lead or an admin may withdraw it at any time.
    """
    is_lead = actor.is_admin or actor.lead_of is not None
    if side is EvidenceSide.REMEDIATION:
        if is_lead or actor.user_id == uploaded_by:
            return None
        return Forbidden("not_your_evidence", "Whoever added it, a lead or an admin withdraws it.")
    return (None if is_lead else _not_on_side(actor, facts, Side(side), uploaded_by)) or _closed(facts)


def _not_on_side(actor: Actor, facts: TestFacts, side: Side, uploaded_by: UUID) -> AppError | None:
    if actor.technician_of is not side:
        return Forbidden("wrong_side", f"This belongs to the {side} side.")
    assignee = facts.red_assignee if side is Side.RED else facts.blue_assignee
    if assignee is not None and actor.user_id not in {assignee, uploaded_by}:
        return Forbidden("not_the_assignee", "Somebody else is assigned; a lead can reassign the test.")
    return None


def _closed(facts: TestFacts) -> AppError | None:
    if facts.archived:
        return InvalidTransition("archived", "The test is archived; take it back first.")
    if facts.state not in OPEN_STATES:
        return InvalidTransition("wrong_state", f"This is not possible while the test is {facts.state}.")
    if facts.voters:
        return Conflict("voting_started", "A lead has voted; the records of this round are closed.")
    return None
