"""Making, changing and deleting drafts; retests."""

import hashlib
from uuid import UUID, uuid5

from sqlalchemy import func, null, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.domain.actor import Actor
from app.domain.blindness import Sight
from app.domain.states import Action, State
from app.errors import FieldError, Invalid
from app.ids import new_id
from app.models.knowledge import ContentLink, Technique, TestTemplate
from app.models.organisation import Environment
from app.models.security_test import Execution, SecurityTest, TestRound
from app.schemas.security_tests import RetestCreate, SecurityTestCreate, SecurityTestUpdate
from app.services import coverage
from app.services.content.sources import attack_release
from app.services.findings.links import link_manual_retest
from app.services.validation.access import LockedTest, get_visible, lock_for, sight
from app.services.validation.effects import check_version, step
from app.services.validation.expectation import refuse_lowering
from app.services.validation.templates import fill_in, template_key, usable_template

_REPEATED = (
    "technique_id",
    "environment_id",
    "platform",
    "template_id",
    "template_hash",
    "template_inputs",
    "procedure_key",
    "procedure_text",
    "procedure_hash",
    "expected",
    "expected_reason",
    "tags",
    "blind",
)
"""What a retest takes over as it is."""
_PROCEDURES = UUID("6f1c9a52-6f0b-5d0e-9f2e-3d0f4f7a9c11")


def sha256_of(text: str) -> str:
    """SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def own_procedure_key(technique: str, procedure: str, name: str) -> str:
    """Key of a procedure of our own: the same text on the same technique is the same procedure."""
    text = " ".join((procedure or name).split())
    return f"custom:{uuid5(_PROCEDURES, technique + chr(10) + text)}"


async def find_technique(session: AsyncSession, attack_id: str) -> Technique:
    """The technique that a new test may be made on. Raises Invalid."""
    rows = (
        await session.scalars(
            select(Technique)
            .where(func.upper(Technique.attack_id) == attack_id.upper(), Technique.withdrawn_at.is_(None))
            .order_by(Technique.is_active.desc(), Technique.domain)
        )
    ).all()
    if not rows:
        message = f"There is no technique {attack_id}."
        raise Invalid("unknown_technique", message, fields=[FieldError("technique", message, "unknown_technique")])
    if not rows[0].is_active and not rows[0].unresolved:
        message = f"{attack_id} is revoked or deprecated in this ATT&CK release."
        raise Invalid("inactive_technique", message, fields=[FieldError("technique", message, "inactive_technique")])
    return rows[0]


async def find_environment(session: AsyncSession, environment_id: UUID | None) -> Environment:
    """The environment asked for, else the default one. Raises Invalid."""
    condition = Environment.is_default if environment_id is None else Environment.id == environment_id
    environment = await session.scalar(select(Environment).where(condition, Environment.is_active))
    if environment is None:
        message = "There is no such active environment."
        raise Invalid("unknown_environment", message, fields=[FieldError("environment_id", message, "unknown")])
    return environment


def _check_expectation(expected: str | None, reason: str | None) -> None:
    if expected is not None and not reason:
        message = "An expectation of its own needs a reason."
        raise Invalid("reason_required", message, fields=[FieldError("expected_reason", message, "reason_required")])


async def create_test(session: AsyncSession, actor: Actor, body: SecurityTestCreate) -> SecurityTest:
    """A new draft in round 1.

    Raises Invalid for an unknown technique, template, input or environment, Forbidden `expectation_lowered`.
    """
    _check_expectation(body.expected, body.expected_reason)
    technique = await find_technique(session, body.technique)
    environment = await find_environment(session, body.environment_id)
    template = await usable_template(session, body.template_id) if body.template_id else None
    procedure = body.procedure or ""
    inputs: dict[str, str] = {}
    if template is not None:
        filled, inputs = fill_in(template, body.inputs)
        procedure = body.procedure or filled
    elif body.inputs:
        message = "Inputs belong to a template."
        raise Invalid("unknown_input", message, fields=[FieldError("inputs", message, "unknown_input")])
    platform = body.platform
    if platform is None and template is not None and len(template.platforms) == 1:
        platform = template.platforms[0]
    key = (
        template_key(template)
        if template
        else body.procedure_key or own_procedure_key(technique.attack_id, procedure, body.name)
    )
    moment = now()
    test = SecurityTest(
        id=new_id(),
        name=body.name,
        description=body.description or "",
        state=State.DRAFT,
        state_since=moment,
        current_round=1,
        version=1,
        technique_id=technique.id,
        technique_at_test=technique.attack_id,
        attack_version=await _release_of_today(session, technique),
        environment_id=environment.id,
        platform=platform,
        template_id=template.id if template else None,
        template_hash=template.content_hash if template else None,
        template_inputs=inputs,
        procedure_key=key,
        procedure_text=procedure,
        procedure_hash=sha256_of(procedure),
        expected=body.expected,
        expected_reason=body.expected_reason,
        tags=list(dict.fromkeys(body.tags)),
        blind=body.blind,
        created_by_id=actor.user_id,
        created_at=moment,
        updated_at=moment,
    )
    await refuse_lowering(session, actor, test)
    await add_new_test(session, actor, test)
    return test


async def add_new_test(session: AsyncSession, actor: Actor, test: SecurityTest) -> None:
    """Store a new draft with its first round and its first entry of history."""
    if test.blind:
        test.number = null()
    session.add(test)
    await session.flush()  # the round refers to the test; the number comes from its sequence
    session.add(TestRound(test_id=test.id, no=1, opened_by_id=test.created_by_id, redo="both"))
    await session.refresh(test, ["number"])
    await step(session, actor, test, "created", to=State.DRAFT, audited={"technique": test.technique_at_test})


async def update_test(
    session: AsyncSession, actor: Actor, test_id: UUID, body: SecurityTestUpdate, settings: Settings
) -> SecurityTest:
    """Change a draft's plan; absent fields stay as they are.

    Raises NotFound, Forbidden, InvalidTransition, Conflict `stale_version`, Invalid.
    """
    locked = await _lock(session, actor, test_id, Action.EDIT, settings)
    test = locked.test
    check_version(body.version, test.version)
    given = body.model_fields_set - {"version"}
    if "name" in given and body.name is None:
        raise Invalid("name_required", "A test needs a name.", fields=[FieldError("name", "must not be null")])
    judged_by = test.expected, test.environment_id
    if given & {"expected", "expected_reason"}:
        expected = body.expected if "expected" in given else test.expected
        reason = body.expected_reason if "expected_reason" in given else test.expected_reason
        _check_expectation(expected, reason)
        test.expected, test.expected_reason = expected, reason if expected else None
    if "environment_id" in given:
        test.environment_id = (await find_environment(session, body.environment_id)).id
    if (test.expected, test.environment_id) != judged_by:
        await refuse_lowering(session, actor, test)
    if "name" in given and body.name:
        test.name = body.name
    if "description" in given:
        test.description = body.description or ""
    if "platform" in given:
        test.platform = body.platform
    if "tags" in given:
        test.tags = list(dict.fromkeys(body.tags or []))
    if "procedure" in given:
        test.procedure_text = body.procedure or ""
        test.procedure_hash = sha256_of(test.procedure_text)
        if test.template_id is None and test.retest_of_id is None:
            test.procedure_key = own_procedure_key(test.technique_at_test, test.procedure_text, test.name)
    test.version += 1
    await step(session, actor, test, "plan_edited", details={"fields": ", ".join(sorted(given))})
    return test


async def delete_test(session: AsyncSession, actor: Actor, test_id: UUID, settings: Settings) -> None:
    """Delete a first-round draft without evidence.

    Raises NotFound, Forbidden, InvalidTransition, Conflict `has_history`.
    """
    locked = await _lock(session, actor, test_id, Action.DELETE, settings)
    test = locked.test
    moment = now()
    test.archived_at, test.archived_by_id, test.archive_reason = moment, actor.user_id, "deleted"
    test.deleted_at = moment
    await step(session, actor, test, "deleted", to=State.DRAFT)


async def _release_of_today(session: AsyncSession, technique: Technique) -> str:
    """What is loaded: a technique keeps the release that last changed it, and one of our own has none."""
    return await attack_release(session, technique.domain) or technique.attack_version or ""


async def create_retest(
    session: AsyncSession, actor: Actor, test_id: UUID, body: RetestCreate, settings: Settings
) -> SecurityTest:
    """A further draft of the same procedure on the same technique, platform and environment.

    Raises NotFound, Forbidden, InvalidTransition.
    """
    origin = (await _lock(session, actor, test_id, Action.RETEST, settings)).test
    test = await add_retest(session, actor, origin, created_by_id=actor.user_id, automatic=False, name=body.name)
    await link_manual_retest(session, origin, test)
    return test


async def add_retest(
    session: AsyncSession,
    actor: Actor,
    origin: SecurityTest,
    *,
    created_by_id: UUID | None,
    automatic: bool,
    name: str | None = None,
) -> SecurityTest:
    """A draft that repeats a test: same procedure, target, platform, environment, blindness; the next generation."""
    target = await session.scalar(
        select(Execution.target)
        .join(TestRound, TestRound.id == Execution.round_id)
        .where(TestRound.test_id == origin.id, TestRound.no == origin.current_round)
        .order_by(Execution.no)
        .limit(1)
    )
    root_id = origin.retest_of_id or origin.id
    generation = await session.scalar(
        select(func.coalesce(func.max(SecurityTest.generation), 0) + 1).where(SecurityTest.retest_of_id == root_id)
    )
    # The origin may have been moved to a successor, and run under another release.
    technique = await session.get_one(Technique, origin.technique_id)
    moment = now()
    test = SecurityTest(
        id=new_id(),
        name=name or f"Retest of {origin.name.removeprefix('Retest of ')}"[:200],
        description=f"Target as before: {target}" if target else "",
        state=State.DRAFT,
        state_since=moment,
        current_round=1,
        version=1,
        generation=generation or 1,
        technique_at_test=technique.attack_id,
        attack_version=await _release_of_today(session, technique),
        retest_of_id=root_id,
        automatic=automatic,
        created_by_id=created_by_id,
        created_at=moment,
        updated_at=moment,
        **{field: getattr(origin, field) for field in _REPEATED},
    )
    await add_new_test(session, actor, test)
    return test


async def remember_own_procedure(session: AsyncSession, actor: Actor, test: SecurityTest) -> None:
    """Put a procedure of our own into the catalogue when it is first run, so that it can be picked again."""
    if not test.procedure_key.startswith("custom:"):
        return
    template_id = new_id()
    added = await session.scalar(
        insert(TestTemplate)
        .values(
            id=template_id,
            source="custom",
            upstream_id=test.procedure_key,
            name=test.name,
            description=test.description,
            platforms=[test.platform] if test.platform else [],
            procedure=test.procedure_text,
            created_by_id=actor.user_id,
        )
        .on_conflict_do_nothing()
        .returning(TestTemplate.id)
    )
    if added is None:
        return
    session.add(
        ContentLink(
            source="custom",
            upstream_id=f"{test.procedure_key}>{test.technique_at_test}",
            relation="tests",
            source_kind="template",
            source_upstream_id=test.procedure_key,
            source_id=template_id,
            target_kind="technique",
            target_attack_id=test.technique_at_test,
            technique_id=test.technique_id,
            resolution="exact",
        )
    )
    coverage.recount_at_commit(session, [test.technique_id])


async def _lock(session: AsyncSession, actor: Actor, test_id: UUID, action: Action, settings: Settings) -> LockedTest:
    return await lock_for(session, actor, test_id, action, four_eyes=settings.four_eyes == "strict")


async def root_of(session: AsyncSession, actor: Actor, test_id: UUID) -> UUID:
    """The first test of the retest chain that this test belongs to. Raises NotFound."""
    test = await get_visible(session, actor, test_id)
    return test.id if sight(actor, test) is Sight.MASKED else test.retest_of_id or test.id
