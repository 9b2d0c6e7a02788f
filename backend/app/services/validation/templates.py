"""Turning a template into the plan of a test."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.procedures import fill
from app.errors import Conflict, FieldError, Invalid
from app.models.knowledge import TestTemplate


async def usable_template(session: AsyncSession, template_id: UUID) -> TestTemplate:
    """An active template that upstream still publishes.

    Raises Invalid `unknown_template`, Conflict `release_needed` for one whose text changed since we last used it.
    """
    template = await session.scalar(
        select(TestTemplate).where(
            TestTemplate.id == template_id, TestTemplate.is_active, TestTemplate.withdrawn_at.is_(None)
        )
    )
    if template is None:
        message = "There is no such active template."
        raise Invalid("unknown_template", message, fields=[FieldError("template_id", message, "unknown_template")])
    if template.held_text is not None:
        raise Conflict(
            "release_needed", "Its publisher changed what this template runs. A lead has to read and release it first."
        )
    return template


def template_key(template: TestTemplate) -> str:
    """The procedure key of tests made of this template: its natural key."""
    return template.upstream_id if ":" in template.upstream_id else f"{template.source}:{template.upstream_id}"


def fill_in(template: TestTemplate, given: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The procedure with its inputs filled in, and all values used: (text, inputs).

    Raises Invalid for an input that the template does not have.
    """
    known = {str(item["name"]): str(item.get("default") or "") for item in template.inputs}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise Invalid(
            "unknown_input",
            "The template has no such input.",
            fields=[FieldError(f"inputs.{name}", "unknown input", "unknown_input") for name in unknown],
        )
    values = known | given
    return fill(template.procedure, {name: value for name, value in values.items() if value}), values
