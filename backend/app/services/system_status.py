"""What everybody should know of the installation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.domain.content import ATTACK_SOURCE
from app.models.content import DataSource, SyncRun
from app.models.identity import UserAccount
from app.services.demo_mark import COMPANY, is_demo

VERSION: Final = "0.1.0"


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for everybody's page."""

    code: str
    level: str
    message: str


@dataclass(frozen=True, slots=True)
class AttackPart:
    """What is held of one domain."""

    domain: str
    release: str | None
    summary: bool
    way: str | None
    loaded_at: Any


@dataclass(frozen=True, slots=True)
class InstallationState:
    """The answer of the status page."""

    attack: Sequence[AttackPart]
    importing: bool
    demo: bool
    banners: Sequence[Notice]


async def read_status(session: AsyncSession, settings: Settings) -> InstallationState:
    """What is loaded, whether an import runs, and the banners that follow."""
    state: dict[str, Any] = await session.scalar(select(DataSource.state).where(DataSource.name == ATTACK_SOURCE)) or {}
    parts = [
        AttackPart(domain, facts.get("release"), bool(facts.get("summary")), facts.get("way"), facts.get("loaded_at"))
        for domain, facts in sorted(state.items())
    ]
    running = await session.scalar(select(SyncRun.id).where(SyncRun.status == "running").limit(1))
    default_password = await session.scalar(
        select(UserAccount.id).where(UserAccount.uses_default_password, UserAccount.is_active).limit(1)
    )
    demo = is_demo(settings.aegis_data_dir)
    banners: list[Notice] = []
    if demo:
        banners.append(Notice("demo_data", "info", f"Demo data: {COMPANY} and everybody in it are made up."))
    if default_password is not None:
        banners.append(
            Notice("default_password", "danger", "The administrator still has the default password. Change it.")
        )
    if settings.four_eyes == "off":
        banners.append(
            Notice("four_eyes_off", "warning", "People may judge their own work: the four-eyes rule is switched off.")
        )
    if not parts:
        banners.append(Notice("no_attack", "warning", "No ATT&CK content is loaded."))
    elif any(part.summary for part in parts):
        banners.append(
            Notice("attack_summary", "info", "ATT&CK is loaded as a summary; a sync replaces it by the full content.")
        )
    return InstallationState(parts, running is not None, demo, banners)
