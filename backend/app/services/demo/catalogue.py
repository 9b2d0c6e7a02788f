"""People, environments, tools and rules of the demo organisation. Nobody and nothing in it exists."""

from dataclasses import dataclass
from typing import Final

from app.domain.permissions import Role
from app.services.demo.plan import CORPORATE, PRODUCTION
from app.services.demo_mark import COMPANY

PASSWORD: Final = "demo-purple-team"  # noqa: S105  printed and documented; the demo listens on this machine only

TECHNICIANS: Final = 4
RED: Final = tuple(f"red{number}" for number in range(1, TECHNICIANS + 1))
BLUE: Final = tuple(f"blue{number}" for number in range(1, TECHNICIANS + 1))
RED_LEAD: Final = "redlead"
BLUE_LEAD: Final = "bluelead"
AUDITOR: Final = "auditor"

PEOPLE: Final[tuple[tuple[str, str, Role], ...]] = (
    *((name, f"Red Technician {number}", Role.RED_TECH) for number, name in enumerate(RED, 1)),
    (RED_LEAD, "Red Lead", Role.RED_LEAD),
    *((name, f"Blue Technician {number}", Role.BLUE_TECH) for number, name in enumerate(BLUE, 1)),
    (BLUE_LEAD, "Blue Lead", Role.BLUE_LEAD),
    ("viewer", "Viewer", Role.VIEWER),
    (AUDITOR, "Auditor", Role.VIEWER),
)

ENVIRONMENTS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    (
        CORPORATE,
        f"Offices and workstations of {COMPANY}, a company that does not exist.",
        ("Windows", "Office Suite", "Identity Provider"),
    ),
    (
        PRODUCTION,
        f"Servers that run the business of {COMPANY}, a company that does not exist.",
        ("Linux", "Containers"),
    ),
)


@dataclass(frozen=True, slots=True)
class Tool:
    """A security tool."""

    key: str
    name: str
    kind: str
    time_source: str


TOOLS: Final = (
    Tool("edr", "Endpoint agent", "edr", "edr"),
    Tool("siem", "Log platform", "siem", "siem"),
    Tool("proxy", "Web proxy", "proxy", "siem"),
    Tool("mail", "Mail gateway", "email", "siem"),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A detection rule of the organisation's own."""

    key: str
    name: str
    technique: str
    query: str
    level: str
    from_run: int = 0
    """The run before which it was put to work."""


NOISY_RULE: Final = "new-remote-logon"
RULES: Final = (
    Rule(
        "encoded-powershell",
        "PowerShell with an encoded command",
        "T1059.001",
        'process.name: powershell.exe and process.args: "-EncodedCommand"',
        "high",
        1,
    ),
    Rule(
        "new-scheduled-task", "Scheduled task at log-on", "T1053.005", "event.code: 4698 and task: onlogon", "medium", 1
    ),
    Rule(
        "admin-share-copy",
        "Program copied to an administrative share",
        "T1021.002",
        "event.code: 5145 and share: C$",
        "high",
        1,
    ),
    Rule("log-cleared", "Security log cleared", "T1070.001", "event.code: 1102", "critical"),
    Rule("crontab-change", "Crontab changed by a service", "T1053.003", "file.path: /var/spool/cron/*", "medium", 2),
    Rule("sudo-misuse", "Sudo by a service account", "T1548.003", "process.name: sudo and user: svc-*", "high"),
    Rule(NOISY_RULE, "Remote log-on from a new host", "T1021.001", "event.code: 4624 and logon.type: 10", "medium"),
)
