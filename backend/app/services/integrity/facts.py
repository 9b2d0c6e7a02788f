"""Compares the facts of decided rounds, votes, plans, evidence and custody with what the audit trail says of them.

In two passes. First the trail is read: whatever it says happened must be there and be the same. Then the tables are
read: whatever is there must stand in the trail. Only entries whose own hash is right are believed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.models.audit import AuditLog
from app.models.evidence import CustodyEvent, Evidence, EvidenceObject
from app.models.security_test import SecurityTest, TestRound, Vote
from app.services.audit import Entry
from app.services.evidence.custody import CUSTODY_NOUN, custody_digest
from app.services.integrity.findings import Findings, Place
from app.services.validation.blue import sightings_digests
from app.services.validation.effects import number_of
from app.services.validation.red import plan_digests
from app.services.validation.seal import canonical_records, part_digests, plan_of, seal_of
from app.services.validation.votes import decision_digests

DECISIONS = frozenset({"test.validated", "test.rejected"})
_PART_NAMES = {
    "test": "the plan",
    "round": "the round's own fields",
    "executions": "the executions",
    "observations": "the observations",
    "ledger": "the claimed times",
    "rule_results": "the rule results",
    "votes": "the votes",
    "evidence": "the evidence",
}

RoundKey = tuple[str, int]
"""A test's id as text, and the round's number."""


@dataclass(frozen=True, slots=True)
class _Rounds:
    """Rounds with their tests and votes, as they are in the tables."""

    by_key: dict[RoundKey, tuple[SecurityTest, TestRound]]
    votes: dict[UUID, dict[str, Vote]]


class FactCheck:
    """Both passes; `take` is given the trail batch by batch, `close` reads the tables."""

    def __init__(self, session: AsyncSession, settings: Settings) -> None:
        self.session = session
        self.settings = settings
        self.found = Findings()

    async def take(self, entries: Sequence[Entry]) -> None:
        """Compare what these entries say with the tables."""
        by_action: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            action = str(entry.body.get("action"))
            by_action[CUSTODY_NOUN if action.startswith(CUSTODY_NOUN) else action].append(entry)
        of_tests = [
            entry
            for action in (*sorted(DECISIONS), "test.vote_cast", "test.started", "test.revealed")
            for entry in by_action[action]
        ]
        if of_tests:
            await self._take_tests(of_tests)
        if by_action["evidence.uploaded"] or by_action["evidence.withdrawn"]:
            await self._take_evidence(by_action["evidence.uploaded"], by_action["evidence.withdrawn"])
        if by_action[CUSTODY_NOUN]:
            await self._take_custody(by_action[CUSTODY_NOUN])

    async def _take_tests(self, entries: Sequence[Entry]) -> None:
        rounds = await self._rounds({str(entry.body.get("subject_id")) for entry in entries})
        decided = [_key(entry) for entry in entries if entry.body["action"] in DECISIONS]
        present = [rounds.by_key[key] for key in dict.fromkeys(decided) if key in rounds.by_key]
        records = await canonical_records(self.session, present)
        for entry in entries:
            pair = rounds.by_key.get(_key(entry))
            if pair is None:
                self._round_missing(entry)
                continue
            test, round_ = pair
            action = entry.body["action"]
            if action in DECISIONS:
                self._compare_seal(entry, test, round_, records[round_.id])
            elif action == "test.vote_cast":
                self._compare_vote(entry, test, round_, rounds.votes.get(round_.id, {}))
            else:
                self._compare_digests(entry, test, round_)

    def _round_missing(self, entry: Entry) -> None:
        test_id, no = _key(entry)
        label = entry.body.get("subject_label") or test_id
        self.found.add(
            "round",
            "missing",
            f"Round {no} of {label} is gone; the trail says {entry.body['action']}.",
            Place(test_id, test_id, entry.seq),
        )

    def _compare_seal(self, entry: Entry, test: SecurityTest, round_: TestRound, record: dict[str, Any]) -> None:
        self.found.checked["rounds"] += 1
        details = _details(entry)
        name = f"Round {round_.no} of {number_of(test)}"
        where = Place(round_.id, test.id, entry.seq)
        signed = details.get("seal")
        if seal_of(record) != signed:
            now, then = part_digests(record), details.get("seal_parts") or {}
            changed = [_PART_NAMES[part] for part in _PART_NAMES if then and now[part] != then.get(part)]
            which = ", ".join(changed) or "its record"
            self.found.add("round", "altered", f"{name}: {which} changed after the decision.", where)
        if round_.seal != signed:
            self.found.add("round", "seal_altered", f"{name} carries another seal than the trail.", where)
        if test.current_round == round_.no and round_.sealed_plan not in (None, plan_of(test)):
            self.found.add("test", "plan_altered", f"{name}: the plan changed after the decision.", where)

    def _compare_vote(self, entry: Entry, test: SecurityTest, round_: TestRound, votes: dict[str, Vote]) -> None:
        self.found.checked["votes"] += 1
        details = _details(entry)
        side = str(details.get("side"))
        name = f"The {side} vote on round {round_.no} of {number_of(test)}"
        vote = votes.get(side)
        if vote is None:
            self.found.add("vote", "missing", f"{name} is gone.", Place(round_.id, test.id, entry.seq))
            return
        same = str(vote.user_id) == entry.body.get("actor_id")
        if not same or details.get("decision_digest") not in decision_digests(self.settings, vote):
            self.found.add("vote", "altered", f"{name} was changed.", Place(vote.id, test.id, entry.seq))

    def _compare_digests(self, entry: Entry, test: SecurityTest, round_: TestRound) -> None:
        """A blind test's plan and frozen sightings against what was signed before anybody could adjust them."""
        details = _details(entry)
        where = Place(test.id, test.id, entry.seq)
        plan = details.get("plan_digest")
        if plan is not None:
            self.found.checked["plans"] += 1
            planned = round_.sealed_plan or (plan_of(test) if test.current_round == round_.no else None)
            if planned is not None and plan not in plan_digests(self.settings, planned):
                message = f"The plan of the blind test {number_of(test)} is not the one that was signed."
                self.found.add("test", "plan_altered", message, where)
        sightings = details.get("sightings_digest")
        if sightings is not None and sightings not in sightings_digests(self.settings, round_.frozen_blue or {}):
            message = f"The frozen sightings of {number_of(test)} were changed after the reveal."
            self.found.add("round", "sightings_altered", message, where)

    async def _take_evidence(self, uploads: Sequence[Entry], withdrawals: Sequence[Entry]) -> None:
        ids = _uuids(_details(entry).get("evidence_id") for entry in (*uploads, *withdrawals))
        rows = await self.session.execute(
            select(Evidence, EvidenceObject)
            .join(EvidenceObject, EvidenceObject.id == Evidence.object_id)
            .where(Evidence.id.in_(ids))
            .execution_options(populate_existing=True)
        )
        stored = {str(evidence.id): (evidence, object_) for evidence, object_ in rows}
        for entry in (*uploads, *withdrawals):
            details = _details(entry)
            id_ = str(details.get("evidence_id"))
            name = f"Evidence {details.get('filename')} of {entry.body.get('subject_label')}"
            where = Place(id_, entry.body.get("subject_id"), entry.seq)
            pair = stored.get(id_)
            if pair is None:
                self.found.add("evidence", "missing", f"{name} has no row any more.", where)
            elif entry.body["action"] == "evidence.withdrawn":
                if pair[0].withdrawn_at is None:
                    self.found.add("evidence", "altered", f"{name} was withdrawn and counts again.", where)
            else:
                self.found.checked["evidence"] += 1
                wrong = _differences(*pair, entry)
                if wrong:
                    self.found.add("evidence", "altered", f"{name}: changed are {', '.join(wrong)}.", where)

    async def _take_custody(self, entries: Sequence[Entry]) -> None:
        ids = _uuids(_details(entry).get("event") for entry in entries)
        rows = await self.session.scalars(
            select(CustodyEvent).where(CustodyEvent.id.in_(ids)).execution_options(populate_existing=True)
        )
        events = {str(event.id): event for event in rows}
        tests = await self._tests_of_evidence({str(entry.body.get("subject_id")) for entry in entries})
        for entry in entries:
            self.found.checked["custody_events"] += 1
            details = _details(entry)
            event = events.get(str(details.get("event")))
            evidence_id = str(entry.body.get("subject_id"))
            name = f"The custody event {entry.body['action'].removeprefix(CUSTODY_NOUN)} of evidence {evidence_id}"
            where = Place(str(details.get("event")), tests.get(evidence_id), entry.seq)
            if event is None:
                self.found.add("custody_event", "missing", f"{name} is gone.", where)
            elif custody_digest(event) != details.get("digest"):
                self.found.add("custody_event", "altered", f"{name} was changed.", where)

    async def _rounds(self, test_ids: Iterable[str]) -> _Rounds:
        fresh = {"populate_existing": True}
        pairs = await self.session.execute(
            select(SecurityTest, TestRound)
            .join(TestRound, TestRound.test_id == SecurityTest.id)
            .where(SecurityTest.id.in_(_uuids(test_ids)))
            .execution_options(**fresh)
        )
        by_key = {(str(test.id), round_.no): (test, round_) for test, round_ in pairs}
        votes: dict[UUID, dict[str, Vote]] = defaultdict(dict)
        ids = [round_.id for _, round_ in by_key.values()]
        for vote in await self.session.scalars(select(Vote).where(Vote.round_id.in_(ids)).execution_options(**fresh)):
            votes[vote.round_id][vote.side] = vote
        return _Rounds(by_key, votes)

    async def _tests_of_evidence(self, evidence_ids: Iterable[str]) -> dict[str, str]:
        rows = await self.session.execute(
            select(Evidence.id, Evidence.test_id).where(Evidence.id.in_(_uuids(evidence_ids)))
        )
        return {str(id_): str(test_id) for id_, test_id in rows}


def _key(entry: Entry) -> RoundKey:
    no = _details(entry).get("round")
    return str(entry.body.get("subject_id")), no if isinstance(no, int) else 0


def _details(entry: Entry) -> dict[str, Any]:
    details = entry.body.get("details")
    return details if isinstance(details, dict) else {}


def _uuids(texts: Iterable[object]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(str(text)))
        except ValueError:
            continue
    return found


def _differences(evidence: Evidence, stored: EvidenceObject, entry: Entry) -> list[str]:
    """Names of the facts that are not as they were when the file came in."""
    details = _details(entry)
    present = {
        "sha256": stored.sha256,
        "size": stored.size,
        "filename": evidence.filename,
        "team": evidence.side,
        "late": evidence.late,
    }
    wrong = [name for name, value in present.items() if details.get(name) != value]
    if str(evidence.test_id) != entry.body.get("subject_id"):
        wrong.append("test")
    return wrong


def trail_of(kind: str, ids: Iterable[UUID], actions: Sequence[str]) -> Any:
    """The trail's entries about these subjects, by index."""
    return select(AuditLog.subject_id, AuditLog.action, AuditLog.body).where(
        AuditLog.subject_kind == kind,
        AuditLog.subject_id.in_([str(id_) for id_ in ids]),
        AuditLog.action.in_(actions),
    )
