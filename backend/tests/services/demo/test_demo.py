"""The demo organisation's year, lived once in a database of its own."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.clock import frozen_at
from app.config import Settings
from app.database import SessionFactory, make_engine, make_session_factory, session_scope
from app.domain.attribution import Cause
from app.models.audit import AuditLog
from app.models.content import DataSource, SyncRun
from app.models.coverage import CurrentResult
from app.models.evidence import Evidence
from app.models.findings import Finding, FindingResult
from app.models.identity import UserAccount
from app.models.knowledge import ContentLink, Technique, TechniqueChange
from app.models.organisation import Approval, RuleDeployment, TechniqueOverlay
from app.models.security_test import RuleResult, SecurityTest, TestRound, TestTransition, Vote
from app.models.snapshots import CoverageSnapshot
from app.security import CHEAP_COST, passwords_for
from app.seed import seed_database
from app.services import audit, coverage
from app.services.demo import PEOPLE, build_demo, first_moment
from app.services.demo.plan import PLAN
from app.services.executive import executive_report
from app.services.snapshots import compare_moments
from app.services.validation.seal import canonical_records, seal_of
from app.storage import make_store
from tests.conftest import TEST_SECRET_KEY
from tests.support.databases import TestServer

NEW_TECHNIQUES = [
    "T1036.012",
    "T1059.013",
    "T1204.005",
    "T1213.006",
    "T1518.002",
    "T1546.018",
    "T1562.013",
    "T1677",
    "T1678",
    "T1679",
    "T1680",
    "T1681",
]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
async def lived(postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SessionFactory]:
    urls = postgres_server.clone()
    folder: Path = tmp_path_factory.mktemp("demo")
    settings = Settings(
        _env_file=None,
        aegis_data_dir=folder,
        database_url=urls.app,
        database_owner_url=urls.owner,
        secret_key=TEST_SECRET_KEY,
        attack_source="bundled",
    )
    with frozen_at(first_moment(NOW)):
        await seed_database(settings.model_copy(update={"attack_source": "offline"}))
    engine = make_engine(urls.app, statement_timeout_ms=None)
    store = make_store(settings)
    await store.prepare()
    factory = make_session_factory(engine)
    report = await build_demo(factory, store, settings, passwords_for(CHEAP_COST), now=NOW)
    assert report.first_day == datetime(2025, 11, 7, 8, tzinfo=UTC)
    yield factory
    await engine.dispose()
    await store.close()


async def test_every_state_has_its_tests(lived: SessionFactory) -> None:
    async with lived() as session:
        rows = await session.execute(
            select(SecurityTest.state, SecurityTest.archived_at.is_not(None), func.count()).group_by(
                SecurityTest.state, SecurityTest.archived_at.is_not(None)
            )
        )
        found = {(state, archived): number for state, archived, number in rows}
        assert found == {
            ("draft", False): 7,
            ("red_executing", False): 4,
            ("blue_evaluating", False): 5,
            ("blue_evaluating", True): 1,
            ("in_review", False): 4,
            ("rejected", False): 1,
            ("validated", False): 109,
        }
        inconclusive = select(func.count()).where(
            TestRound.verdict == "validated", TestRound.detection == "inconclusive"
        )
        assert await session.scalar(inconclusive) == 3
        assert await session.scalar(select(func.count()).where(SecurityTest.annulled_at.is_not(None))) == 1
        assert await session.scalar(select(func.count()).where(SecurityTest.retest_of_id.is_not(None))) == 9
        assert await session.scalar(select(func.count()).where(TestRound.no == 2)) == 1
        assert await session.scalar(select(func.count()).where(TestRound.returned_count == 1)) == 2
        assert await session.scalar(select(func.count()).where(Approval.decision.is_(None))) == 1
        assert await session.scalar(select(func.count()).select_from(UserAccount)) == len(PEOPLE) + 1
        assert await session.scalar(select(func.count()).select_from(Evidence)) > 60
        assert await session.scalar(select(func.count()).select_from(RuleDeployment)) == 8
        assert await session.scalar(select(func.count()).where(TechniqueOverlay.decided_by_id.is_not(None))) == 9


async def test_of_two_blind_tests_one_is_told(lived: SessionFactory) -> None:
    async with lived() as session:
        rows = await session.execute(
            select(SecurityTest.name, SecurityTest.state, SecurityTest.number, TestRound.detection)
            .join(TestRound, TestRound.test_id == SecurityTest.id)
            .where(SecurityTest.blind)
            .order_by(SecurityTest.created_at)
        )
        told, untold = rows.all()
        assert (told[:2], told.detection) == (("Passwords out of a browser", "validated"), "detected")
        assert untold[1:] == ("blue_evaluating", None, None), "no number that would give it away"
        exercise = await session.scalar(select(TestRound).join(SecurityTest).where(SecurityTest.number == told.number))
        assert exercise is not None
        assert exercise.frozen_at is not None
        assert exercise.frozen_at < exercise.blue_submitted_at


async def test_the_broken_forwarder_can_be_seen(lived: SessionFactory) -> None:
    async with lived() as session:
        rows = await session.execute(
            select(SecurityTest.tags, TestRound.miss_cause, TestRound.first_executed_at)
            .join(TestRound, TestRound.test_id == SecurityTest.id)
            .where(TestRound.miss_cause == "not_forwarded", SecurityTest.retest_of_id.is_(None))
        )
        missed = rows.all()
        assert Counter(tags[0] for tags, _, _ in missed) == {"run-3": 8}
        assert {at.month for _, _, at in missed} <= {5, 6}
        retests = await session.execute(
            select(TestRound.detection, TestRound.first_executed_at)
            .join(SecurityTest, TestRound.test_id == SecurityTest.id)
            .where(SecurityTest.retest_of_id.is_not(None))
        )
        proven = retests.all()
        assert Counter(detection for detection, _ in proven) == {
            "detected": 6,
            "partially_detected": 2,
            "not_detected": 1,
        }
        assert Counter(at.month for _, at in proven) == {7: 8, 9: 1}
        noise = await session.execute(
            select(RuleResult.attributed, func.count())
            .where(RuleResult.noise_count.is_not(None))
            .group_by(RuleResult.attributed)
        )
        assert dict(noise.all())[False] >= 9


async def test_every_quarter_was_reviewed(lived: SessionFactory) -> None:
    async with lived() as session:
        kept = await session.scalars(select(CoverageSnapshot).order_by(CoverageSnapshot.taken_at))
        told = [(s.name, s.figures["organization"]["in_scope"]["results"]) for s in kept]
        assert [name for name, _ in told] == [
            "Quarterly review, November 2025",
            "Quarterly review, February 2026",
            "Quarterly review, May 2026",
            "Quarterly review, August 2026",
        ]
        assert [results for _, results in told] == [0, 23, 24, 26]


async def test_findings_tell_what_became_of_the_gaps(lived: SessionFactory) -> None:
    async with lived() as session:
        rows = await session.scalars(select(Finding).order_by(Finding.number))
        told = {f.title: (f.status, f.cause, f.external_ticket) for f in rows}
        assert told == {
            "Logs of the workstations do not arrive": ("closed_proven", "not_forwarded", "CHG-2207"),
            "No detection rule (Endpoint agent)": ("closed_proven", "no_rule", None),
            "No detection rule (Log platform)": ("in_remediation", "no_rule", None),
            "No detection rule (Web proxy)": ("closed_unproven", "no_rule", None),
            "No sensor (Endpoint agent)": ("risk_accepted", "no_sensor", None),
            "No telemetry (Log platform)": ("open", "no_telemetry", None),
            "Not seen by design (Endpoint agent)": ("open", "by_design", None),
        }
        mended = await session.scalar(select(Finding).where(Finding.cause == "not_forwarded"))
        assert mended is not None
        assert mended.remediated_at is not None
        assert mended.proven_at is not None
        assert (mended.opened_at.month, mended.remediated_at.month, mended.proven_at.month) == (5, 6, 7)
        assert await session.scalar(select(func.count()).where(FindingResult.finding_id == mended.id)) == 6


async def test_the_upgrade_was_lived_through(lived: SessionFactory) -> None:
    async with lived() as session:
        runs = (await session.scalars(select(SyncRun).order_by(SyncRun.created_at))).all()
        assert [(run.status, run.way, run.request["upload_name"], run.report["releases"]) for run in runs] == [
            ("succeeded", "upload", "enterprise-attack-17.1.json", {"enterprise": "17.1"}),
            ("succeeded", "upload", "enterprise-attack-18.1.json", {"enterprise": "18.1"}),
        ]
        report = runs[1].report["upgrade"]
        assert [row["attack_id"] for row in report["added"]] == NEW_TECHNIQUES
        assert [(row["before"], row["after"]) for row in report["renamed"]] == [
            ("Time Based Evasion", "Time Based Checks"),
            ("Bash History", "Shell History"),
        ]
        assert [row["attack_id"] for row in report["platforms_changed"]] == ["T1195", "T1489", "T1552.003"]
        assert [row["attack_id"] for row in report["affected"]["tests"]] == ["T1552.003"]
        changed = {
            row["attack_id"] for name in ("renamed", "platforms_changed", "uses_changed") for row in report[name]
        }
        due = await session.scalars(select(Technique.attack_id).where(Technique.review_required))
        looked_at = {item.technique for item in PLAN} | {"T1497.003", "T1552.003"}
        assert changed - set(due) == changed & looked_at
        assert (len(changed), len(changed & looked_at)) == (200, 19)
        meant = ContentLink.target_kind == "technique", ContentLink.technique_id.is_(None)
        assert await session.scalar(select(func.count()).select_from(ContentLink).where(*meant)) == 0
        assert await session.scalar(select(func.count()).where(Technique.is_active)) == 691
        source = await session.get_one(DataSource, "mitre_attack")
        assert (source.state["enterprise"]["release"], source.domains, source.auto) == ("18.1", ["enterprise"], False)
        upgraded = runs[1].ended_at
        assert upgraded is not None
        tests = await session.execute(select(SecurityTest.created_at, SecurityTest.attack_version))
        told = {(created < upgraded, version) for created, version in tests}
        assert told == {(True, "17.1"), (False, "18.1")}
        at = await session.scalars(select(TechniqueChange.at).union(select(Technique.intel_changed_at)))
        assert set(at) == {upgraded, None}


async def test_the_comparison_tells_of_the_upgrade(lived: SessionFactory) -> None:
    async with lived() as session:
        last = await session.scalar(select(CoverageSnapshot.id).order_by(CoverageSnapshot.taken_at.desc()).limit(1))
        with frozen_at(NOW):
            found = await compare_moments(session, base=str(last), head="now", domain="enterprise", now=NOW)
            told = await executive_report(session, domain="enterprise", now=NOW)
    assert (found.base.attack_version, found.head.attack_version) == ("17.1", "18.1")
    techniques = found.comparison.techniques
    assert sorted(t.attack_id for t in techniques if t.change == "new") == sorted(NEW_TECHNIQUES)
    assert not any(t.change == "gone" or t.was for t in techniques)
    assert {t.attack_id: t.was_named for t in techniques if t.was_named} == {
        "T1497.003": ("Time Based Evasion",),
        "T1552.003": ("Bash History",),
    }
    shares = {name: {s.cause: s for s in move.score.shares} for name, move in found.comparison.figures.items()}
    assert {name: Cause.RELEASE in causes for name, causes in shares.items()} == {
        "profile": False,
        "in_scope": True,
        "tested": True,
    }
    assert shares["in_scope"][Cause.RELEASE].points < 0, "twelve techniques that nobody tested yet"
    assert shares["in_scope"][Cause.SCOPE].points > 0, "one of them is not ours"
    assert shares["tested"][Cause.RELEASE].points < 0, "one that was tested runs on Windows too now"
    for move in found.comparison.figures.values():
        assert sum(round(share.points * 1e9) for share in move.score.shares) == round(
            (move.score.difference or 0) * 1e9
        )
        assert sum(round(share.shown * 10) for share in move.score.shares) == round((move.score.shown or 0) * 10)
    assert "ATT&CK 18.1 took the place of 17.1 since then: 12 techniques are new." in told.risk
    assert told.gaps[0].attack_id == "T1518.002", "new, on the threat profile, and only planned"


async def test_numbers_seals_and_trail_hold(lived: SessionFactory) -> None:
    async with lived() as session:
        decided = await session.execute(
            select(SecurityTest, TestRound)
            .join(TestRound, TestRound.test_id == SecurityTest.id)
            .where(TestRound.verdict.is_not(None))
        )
        sealed = 0
        for test, round_ in decided.all():
            assert round_.seal == seal_of((await canonical_records(session, [(test, round_)]))[round_.id])
            sealed += 1
        assert sealed == 111
        assert await session.scalar(select(func.count()).select_from(CurrentResult)) == 28
        trail = await audit.verify_chain(session)
        assert (trail.intact, trail.faults) == (True, ())
    async with session_scope(lived) as session:
        report = await coverage.recompute_all(session)
        assert report.was_right, report


async def test_everything_happened_in_order_and_at_work(lived: SessionFactory) -> None:
    async with lived() as session:
        trail = (await session.scalars(select(AuditLog.at).order_by(AuditLog.seq))).all()
        assert trail == sorted(trail)
        assert trail[-1] < NOW
        moments = [
            *(await session.scalars(select(TestTransition.at))),
            *(await session.scalars(select(Vote.created_at))),
            *(await session.scalars(select(Evidence.created_at))),
            *(await session.scalars(select(SecurityTest.created_at))),
            *(await session.scalars(select(TestRound.created_at))),
        ]
        assert {at.weekday() for at in moments} == set(range(5))
        assert {at.hour for at in moments} <= set(range(8, 19))


async def test_the_same_story_is_told_on_any_day(lived: SessionFactory) -> None:
    del lived
    for day in (
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 1, 5, 3, tzinfo=UTC),
        datetime(2028, 2, 29, tzinfo=UTC),
    ):
        assert first_moment(day) < day
        assert first_moment(day).weekday() < 5
