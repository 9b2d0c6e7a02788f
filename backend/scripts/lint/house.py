"""House rules that no general linter knows. Each says why it exists; a finding names file, line and rule.

python scripts/lint/house.py [FOLDER]
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LONGEST_FILE = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule broken at a place."""

    path: str
    line: int
    rule: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Rule:
    """Something Python code must not hold."""

    name: str
    reason: str
    applies: Callable[[str], bool]
    broken_at: Callable[[ast.AST], bool]


def _called(node: ast.AST) -> str | None:
    """The last name of what a call calls."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def _names_session_dependency(node: ast.AST) -> bool:
    return (
        _called(node) == "Depends"
        and isinstance(node, ast.Call)
        and any(isinstance(arg, ast.Name) and arg.id in {"get_session", "get_read_session"} for arg in node.args)
    )


def _ends_transaction(node: ast.AST) -> bool:
    return (
        _called(node) in {"commit", "rollback"} and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    )


def _names_background_tasks(node: ast.AST) -> bool:
    return (isinstance(node, ast.Name) and node.id == "BackgroundTasks") or (
        isinstance(node, ast.ImportFrom) and any(alias.name == "BackgroundTasks" for alias in node.names)
    )


def _reads_environment(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    )


def _takes_time(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "utcnow", "today"}
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date"}
    )


RULES = (
    Rule(
        "session-alias",
        "sessions come as DbSession or ReadSession; a bare Depends() has another scope and commits after the response",
        lambda path: path.startswith("app/") and path != "app/dependencies.py",
        _names_session_dependency,
    ),
    Rule(
        "service-commits",
        "a service never ends the transaction: the request, job or command that called it does",
        lambda path: path.startswith("app/services/"),
        _ends_transaction,
    ),
    Rule(
        "background-tasks",
        "work after the response dies with the process; write a row that a job delivers",
        lambda path: path.startswith("app/"),
        _names_background_tasks,
    ),
    Rule(
        "environment",
        "settings are read in app/config.py only, so that each is checked, documented and overridable",
        lambda path: path.startswith("app/") and path != "app/config.py",
        _reads_environment,
    ),
    Rule(
        "clock",
        "time comes from app.clock.now(), so that tests and the demo can move it",
        lambda path: path.startswith("app/") and path != "app/clock.py",
        _takes_time,
    ),
)

# Assembled from parts so that this file does not break its own rule.
FORBIDDEN_TEXT = (
    (
        "machine-path",
        re.compile("/work" + r"/(main|shared)\b|/tmp" + r"/(brief|house)\b"),
        "names a folder of one machine",
    ),
    (
        "registry-address",
        re.compile(r"registry\.npmjs" + r"\.org|files\.pythonhosted" + r"\.org|pypi\.org" + "/simple"),
        "names a package registry; clients know theirs",
    ),
    ("private-key", re.compile("-----BEGIN [A-Z ]*PRIVATE" + " KEY-----"), "holds a private key"),
    ("access-key", re.compile(r"\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36})\b"), "holds an access key"),
)


def check_python(path: str, source: str) -> Iterator[Finding]:
    """Findings in one Python file. `path` is relative to backend/."""
    lines = source.count("\n")
    if lines > LONGEST_FILE and not path.startswith("migrations/versions/"):
        yield Finding(path, LONGEST_FILE, "file-length", f"{lines} lines; split it by subject at {LONGEST_FILE}")
    rules = [rule for rule in RULES if rule.applies(path)]
    if not rules:
        return
    for node in ast.walk(ast.parse(source, path)):
        for rule in rules:
            if rule.broken_at(node):
                yield Finding(path, getattr(node, "lineno", 1), rule.name, rule.reason)


def check_text(path: str, text: str) -> Iterator[Finding]:
    """Findings in any file of the repository."""
    for number, line in enumerate(text.splitlines(), start=1):
        for rule, pattern, reason in FORBIDDEN_TEXT:
            if pattern.search(line):
                yield Finding(path, number, rule, reason)


def tracked_files(root: Path) -> list[Path]:
    """What is, or would be, in the repository."""
    answer = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
    )
    return [root / name for name in answer.stdout.decode().split("\0") if name and (root / name).is_file()]


def check_repository(root: Path) -> list[Finding]:
    """All findings below the repository's root."""
    findings: list[Finding] = []
    for file in tracked_files(root):
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        findings.extend(check_text(str(file.relative_to(root)), text))
        if file.suffix == ".py" and file.is_relative_to(root / "backend"):
            findings.extend(check_python(str(file.relative_to(root / "backend")), text))
    return findings


def main() -> int:
    """Print the findings; the number of them decides the exit status."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[3]
    findings = check_repository(root)
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
