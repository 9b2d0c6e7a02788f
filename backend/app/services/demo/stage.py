"""The stage of the demo organisation: its people, places, tools, templates and rules, and how they are set up."""

import hashlib
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.database import SessionFactory
from app.domain.actor import Actor
from app.domain.content import CUSTOM_SOURCE
from app.domain.permissions import Role
from app.ids import new_id
from app.models.identity import UserAccount
from app.models.knowledge import ContentLink, DetectionRule, Technique
from app.models.organisation import Environment, RuleDeployment
from app.schemas.catalogue import EnvironmentCreate, EnvironmentUpdate, TemplateCreate, ToolCreate
from app.schemas.users import UserCreate
from app.security import Passwords
from app.services import audit
from app.services.coverage import refresh_stats
from app.services.demo.catalogue import (
    AUDITOR,
    BLUE_LEAD,
    ENVIRONMENTS,
    PASSWORD,
    PEOPLE,
    RED,
    TOOLS,
    Rule,
)
from app.services.demo.plan import EXPECTED_LOGGED, OUT_OF_SCOPE, PLAN, Item
from app.services.knowledge.decisions import decide
from app.services.knowledge.templates import create_template
from app.services.organisation import create_environment, create_tool, update_environment
from app.services.sessions import person_of
from app.services.users import create_user
from app.storage import EvidenceStore

_RULES = UUID("0f1f7f0e-6d0a-5c57-8f0e-4f7f4b1e2a11")


@dataclass
class Stage:
    """What the steps of the story need. Filled while the story begins."""

    factory: SessionFactory
    store: EvidenceStore
    settings: Settings
    cast: dict[str, Actor] = field(default_factory=dict)
    environments: dict[str, UUID] = field(default_factory=dict)
    tools: dict[str, UUID] = field(default_factory=dict)
    templates: dict[Item, UUID] = field(default_factory=dict)
    rules: dict[str, UUID] = field(default_factory=dict)


async def hire(stage: Stage, session: AsyncSession, passwords: Passwords) -> None:
    """Give the first administrator everybody else."""
    boss = (
        await session.execute(
            select(UserAccount).where(UserAccount.role == Role.ADMIN).order_by(UserAccount.created_at)
        )
    ).scalar_one()
    admin = stage.cast["admin"] = person_of(boss)
    for username, name, role in PEOPLE:
        wish = UserCreate.model_validate(
            {
                "username": username,
                "full_name": name,
                "email": f"{username}@freight.example",
                "role": role,
                "password": PASSWORD,
                "auditor": username == AUDITOR,
            }
        )
        user, _ = await create_user(session, admin, stage.settings, passwords, wish)
        stage.cast[username] = person_of(user)


async def furnish(stage: Stage, session: AsyncSession) -> None:
    """Environments with their platforms, and security tools."""
    admin = stage.cast["admin"]
    default = (await session.execute(select(Environment).where(Environment.is_default))).scalar_one()
    for number, (name, description, platforms) in enumerate(ENVIRONMENTS):
        if number == 0:
            change = EnvironmentUpdate.model_validate(
                {
                    "name": name,
                    "description": description,
                    "platforms": platforms,
                    "reason": "What is in use in the offices.",
                }
            )
            environment = await update_environment(session, admin, default.id, change)
        else:
            wish = EnvironmentCreate(name=name, description=description, platforms=list(platforms))
            environment = await create_environment(session, admin, wish)
        stage.environments[name] = environment.id
    for tool in TOOLS:
        made = await create_tool(session, admin, ToolCreate.model_validate({"name": tool.name, "kind": tool.kind}))
        stage.tools[tool.key] = made.id


async def write_templates(stage: Stage, session: AsyncSession) -> None:
    """One template of our own for each item of the plan."""
    for number, item in enumerate(PLAN):
        author = stage.cast[RED[number % len(RED)]]
        wish = TemplateCreate(
            name=item.name,
            description=f"Part of the quarterly plan, run in {item.environment}.",
            techniques=[item.technique],
            platforms=[item.platform],
            procedure=item.procedure,
            cleanup="Remove what was created and log off the test account.",
            executor="manual",
        )
        stage.templates[item] = (await create_template(session, author, wish)).id


async def decide_scope(stage: Stage, session: AsyncSession) -> None:
    """What the organisation does not test, what it expects of noisy techniques, and what it noted."""
    lead = stage.cast[BLUE_LEAD]
    for attack_id, environment, reason in OUT_OF_SCOPE:
        await decide_on(stage, session, lead, attack_id, environment=environment, in_scope=False, reason=reason)
    for attack_id in EXPECTED_LOGGED:
        reason = "Administrators do this all day; an alert on it would be noise."
        await decide_on(stage, session, lead, attack_id, environment="Corporate", expected="logged", reason=reason)
    note = "Every run of the plan goes for it; keep the protection of this process switched on."
    await decide_on(
        stage, session, lead, "T1003.001", environment="Corporate", priority=3, notes=note, reason="Seen at peers."
    )


async def decide_on(
    stage: Stage,
    session: AsyncSession,
    lead: Actor,
    attack_id: str,
    *,
    environment: str,
    reason: str,
    **changes: object,
) -> None:
    """Let a lead decide something about a technique in one environment."""
    technique = await technique_of(session, attack_id)
    await decide(
        session,
        lead,
        technique,
        environment_id=stage.environments[environment],
        changes=changes,
        reason=reason,
        until=None,
    )


async def technique_of(session: AsyncSession, attack_id: str) -> Technique:
    """A technique of Enterprise in force."""
    return (
        await session.execute(
            select(Technique).where(
                Technique.attack_id == attack_id, Technique.is_active, Technique.domain == "enterprise"
            )
        )
    ).scalar_one()


async def put_to_work(stage: Stage, session: AsyncSession, rule: Rule) -> None:
    """Write a detection rule and deploy it in the log platform."""
    author = stage.cast["blue1"]
    technique = await technique_of(session, rule.technique)
    key = f"custom:{uuid5(_RULES, rule.key)}"
    row = DetectionRule(
        id=new_id(),
        source=CUSTOM_SOURCE,
        upstream_id=key,
        name=rule.name,
        description=f"Looks for {technique.attack_id}, {technique.name}.",
        level=rule.level,
        status="stable",
        language="kuery",
        query=rule.query,
        content_hash=_hash(rule.query),
        created_by_id=author.user_id,
        updated_at=now(),
    )
    session.add(row)
    await session.flush()  # link and deployment refer to it
    session.add(
        ContentLink(
            source=CUSTOM_SOURCE,
            upstream_id=f"{key}>{technique.attack_id}",
            relation="detects",
            source_kind="rule",
            source_upstream_id=key,
            source_id=row.id,
            target_kind="technique",
            target_attack_id=technique.attack_id,
            technique_id=technique.id,
            resolution="exact",
        )
    )
    stage.rules[rule.key] = row.id
    await _deploy(stage, session, author, row, technique.id)


async def tune(stage: Stage, session: AsyncSession, rule: Rule) -> None:
    """Change the query of a deployed rule; its old deployment ends and a new one begins."""
    author = stage.cast["blue2"]
    row = await session.get_one(DetectionRule, stage.rules[rule.key])
    row.query = f"{rule.query} and not source.ip: 10.20.0.0/16"
    row.content_hash, row.updated_at = _hash(row.query), now()
    open_deployment = select(RuleDeployment).where(
        RuleDeployment.rule_id == row.id, RuleDeployment.valid_until.is_(None)
    )
    (await session.execute(open_deployment)).scalar_one().valid_until = now()
    await session.flush()  # only one deployment may be open
    await _deploy(stage, session, author, row, (await technique_of(session, rule.technique)).id)


async def _deploy(stage: Stage, session: AsyncSession, author: Actor, row: DetectionRule, technique_id: UUID) -> None:
    assert row.content_hash is not None
    session.add(
        RuleDeployment(
            rule_id=row.id,
            tool_id=stage.tools["siem"],
            rule_hash=row.content_hash,
            valid_from=now(),
            decided_by_id=author.user_id,
        )
    )
    audit.record(
        session,
        author,
        "rule.deployed",
        subject_kind="rule",
        subject_id=row.id,
        subject_label=row.name,
        details={"query_sha256": row.content_hash},
    )
    await session.flush()  # the counts read it
    for environment_id in sorted(stage.environments.values()):
        await refresh_stats(session, [technique_id], environment_id)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
