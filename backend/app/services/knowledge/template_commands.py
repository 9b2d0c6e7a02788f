"""A template as what its executor runs, with inputs filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.procedures import fill, places
from app.errors import FieldError, Invalid
from app.models.knowledge import TestTemplate

_COMMENT: Final = {"command_prompt": "REM ", "powershell": "# ", "sh": "# ", "bash": "# "}
_SUFFIX: Final = {"command_prompt": "cmd", "powershell": "ps1", "sh": "sh", "bash": "sh"}


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """What has to be there before the command runs."""

    description: str
    check: str
    """Command that tells whether it is there; empty where the source has none."""
    get: str
    """Command that brings it; empty where the source has none."""
    executor: str | None


@dataclass(frozen=True, slots=True)
class TemplateCommand:
    """A template made ready."""

    executor: str | None
    elevation_required: bool
    command: str
    cleanup: str
    prerequisites: Sequence[Prerequisite]
    inputs: Mapping[str, str]
    """Values that were used."""
    missing: Sequence[str]
    """Places that still wait for a value."""
    script: str
    """Prerequisites, command and cleanup in one text, with comments of the executor's own form."""
    filename: str


def command_of(template: TestTemplate, given: Mapping[str, str]) -> TemplateCommand:
    """Fill a template's commands. Values are put in as they are: they run where whoever fills them in runs them.

    Raises Invalid `unknown_input` for an input that the template does not have.
    """
    names = {str(item["name"]) for item in template.inputs}
    unknown = sorted(set(given) - names)
    if unknown:
        raise Invalid(
            "unknown_input",
            "The template has no such input.",
            fields=[FieldError(f"input.{name}", "unknown input", "unknown_input") for name in unknown],
        )
    defaults = {str(item["name"]): str(item["default"]) for item in template.inputs if item.get("default") is not None}
    values = {**defaults, **given}
    needed = [
        Prerequisite(
            fill(str(item.get("description") or ""), values),
            fill(str(item.get("prereq_command") or ""), values),
            fill(str(item.get("get_prereq_command") or ""), values),
            item.get("executor"),
        )
        for item in template.dependencies
    ]
    command, cleanup = fill(template.procedure, values), fill(template.cleanup, values)
    texts = [command, cleanup, *(text for item in needed for text in (item.check, item.get))]
    missing = dict.fromkeys(name for text in texts for name in places(text) if name in names)
    return TemplateCommand(
        executor=template.executor,
        elevation_required=template.elevation_required,
        command=command,
        cleanup=cleanup,
        prerequisites=needed,
        inputs=values,
        missing=list(missing),
        script=_script(template, command, cleanup, needed),
        filename=f"{_file_stem(template)}.{_SUFFIX.get(template.executor or '', 'txt')}",
    )


def _script(template: TestTemplate, command: str, cleanup: str, needed: Sequence[Prerequisite]) -> str:
    mark = _COMMENT.get(template.executor or "", "# ")

    def comment(text: str) -> str:
        return "\n".join(mark + line for line in text.splitlines())

    rights = "\nNeeds elevated rights." if template.elevation_required else ""
    parts = [comment(f"{template.name}\n{template.source} {template.upstream_id}{rights}")]
    # Prerequisites may be written for another executor, so they stay comments.
    parts += [
        comment(f"Before ({item.executor or template.executor}): {item.description}\n{item.check}\n{item.get}".rstrip())
        for item in needed
    ]
    parts.append(command.rstrip("\n"))
    if cleanup.strip():
        parts.append(comment("Cleanup:\n" + cleanup.rstrip("\n")))
    return "\n\n".join(parts) + "\n"


def _file_stem(template: TestTemplate) -> str:
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in template.name.lower())
    return "-".join(part for part in plain.split("-") if part)[:80] or "template"
