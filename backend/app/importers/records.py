"""What the parsers of all content sources other than ATT&CK make of an upstream item: one record shape a kind.

A parser yields an `Item` for each usable upstream item and a `Problem` for each that it leaves out; together they are
what a run has read. The worker hashes the whole upstream item, so a record may leave out what nobody asks for.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal

ContentKind = Literal["template", "rule", "countermeasure", "framework", "control", "mapping", "blueprint", "redirect"]

CONTENT_KINDS: Final[tuple[ContentKind, ...]] = (
    "template",
    "rule",
    "countermeasure",
    "framework",
    "control",
    "mapping",
    "blueprint",
    "redirect",
)
DERIVED_CONTENT_KINDS: Final[frozenset[ContentKind]] = frozenset({"redirect"})
"""What a source says beside its items: replaced as a whole, and never part of what a report counts."""


@dataclass(frozen=True, slots=True)
class TechniqueLink:
    """A technique that an item names, as the source wrote it: what it means in our release is found out later."""

    attack_id: str
    """Stripped and in upper case, else untouched: `T1059.001`."""
    tactic: str | None = None
    """ATT&CK's short name of the tactic that the source gives beside the technique: `defense-evasion`."""
    description: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    """What else the source says of this pair, such as a score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRecord:
    """A procedure that a test can be made of."""

    kind: ClassVar[ContentKind] = "template"

    key: str
    """Natural key with the source in front: `atomic:<guid>`."""
    name: str
    description: str = ""
    platforms: list[str] = field(default_factory=list)
    """ATT&CK's names, by `app.domain.platforms`."""
    procedure: str = ""
    """The command or the steps, with `#{name}` where an input goes."""
    cleanup: str = ""
    executor: str | None = None
    elevation_required: bool = False
    inputs: list[dict[str, Any]] = field(default_factory=list)
    """`{name, description, type, default}` each; default is text or null."""
    dependencies: list[dict[str, Any]] = field(default_factory=list)
    """`{description, prereq_command, get_prereq_command, executor}` each."""
    references: list[str] = field(default_factory=list)
    url: str | None = None
    author: str | None = None
    licence: str | None = None
    raw: dict[str, Any] | None = None
    """The upstream item as it was read."""
    techniques: list[TechniqueLink] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRecord:
    """A detection rule."""

    kind: ClassVar[ContentKind] = "rule"

    key: str
    """`sigma:<id>`, `elastic:<rule_id>`."""
    name: str
    description: str = ""
    level: str | None = None
    status: str | None = None
    retired: bool = False
    """The source no longer maintains it, whatever word its status is."""
    language: str | None = None
    query: str = ""
    platforms: list[str] = field(default_factory=list)
    log_source: dict[str, Any] | None = None
    author: str | None = None
    licence: str | None = None
    url: str | None = None
    references: list[str] = field(default_factory=list)
    version: str | None = None
    """The rule's own version."""
    created: str | None = None
    """Date in ISO 8601, as the source says."""
    modified: str | None = None
    path: str | None = None
    """Where it lies in the source's tree."""
    source_text: str = ""
    """The whole rule as it was published."""
    raw: dict[str, Any] | None = None
    techniques: list[TechniqueLink] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountermeasureRecord:
    """A defensive technique of D3FEND."""

    kind: ClassVar[ContentKind] = "countermeasure"

    key: str
    """`d3fend:<D3-id>`."""
    d3fend_id: str
    name: str
    description: str = ""
    tactic: str | None = None
    """Name of its column: Model, Harden, Detect, Isolate, Deceive, Evict, Restore."""
    tactic_position: int | None = None
    parent_key: str | None = None
    synonyms: list[str] = field(default_factory=list)
    url: str | None = None
    references: list[str] = field(default_factory=list)
    raw: dict[str, Any] | None = None
    techniques: list[TechniqueLink] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkRecord:
    """A catalogue of controls in one version."""

    kind: ClassVar[ContentKind] = "framework"

    key: str
    """`<framework>:<version>`, such as `nist_800_53:rev5`."""
    name: str
    framework: str
    version: str
    description: str = ""
    publisher: str | None = None
    licence: str | None = None
    url: str | None = None
    attack_version: str | None = None
    """Release of ATT&CK that its mappings were made for."""
    baselines: list[dict[str, Any]] = field(default_factory=list)
    """`{name, title, controls}` each, in order; `controls` is how many the publisher counts."""
    raw: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRecord:
    """A control, or an enhancement of one."""

    kind: ClassVar[ContentKind] = "control"

    key: str
    """`<framework>:<version>:<control>`, with the control as `AC-2(1)`."""
    framework_key: str
    control_id: str
    name: str
    description: str = ""
    family: str | None = None
    parent_key: str | None = None
    position: int = 0
    """Place in its catalogue."""
    baselines: list[str] = field(default_factory=list)
    withdrawn: bool = False
    """The framework's publisher withdrew the control; it stays in the catalogue."""
    url: str | None = None
    raw: dict[str, Any] | None = None
    techniques: list[TechniqueLink] = field(default_factory=list)
    """Mostly empty: mappings are items of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRecord:
    """One statement that joins a control to a technique."""

    kind: ClassVar[ContentKind] = "mapping"

    key: str
    """Unique in the source: `<control key>|<ATT&CK id>|<mapping type>`, and what else tells two apart."""
    control_key: str
    attack_id: str
    relation: str
    """As the source says: `mitigates`, `protects`, `technique_scores`."""
    description: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    """`score_category`, `score_value` and what else is said."""
    attack_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueprintRecord:
    """An adversary as an ordered list of procedures, from which a campaign can be planned."""

    kind: ClassVar[ContentKind] = "blueprint"

    key: str
    """`caldera:<adversary>`."""
    name: str
    description: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    """`{position, ability, name, templates, known}` each; `templates` are keys of templates, none when not known."""
    objective: str | None = None
    tags: list[str] = field(default_factory=list)
    url: str | None = None
    licence: str | None = None
    raw: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectRecord:
    """Which technique of a newer ATT&CK release took the place of one of an older release."""

    kind: ClassVar[ContentKind] = "redirect"

    key: str
    """`<old id>><new id>`."""
    old_id: str
    new_id: str
    from_version: str | None = None
    to_version: str | None = None


ContentRecord = (
    TemplateRecord
    | RuleRecord
    | CountermeasureRecord
    | FrameworkRecord
    | ControlRecord
    | MappingRecord
    | BlueprintRecord
    | RedirectRecord
)


@dataclass(frozen=True, slots=True)
class Item:
    """A usable upstream item."""

    record: ContentRecord
    upstream: object
    """The whole item as it was parsed, which the content hash is made of: maps, lists, text, numbers, dates."""
    path: str
    """Where it stands, for problems that are only found when it is written."""
