"""Every test that docs/SECURITY.md names exists."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TABLE = [
    line
    for line in (REPOSITORY / "docs" / "SECURITY.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| S\d+ ", line)
]


def test_every_rule_has_its_row() -> None:
    assert [line.split("|")[1].strip() for line in TABLE] == [f"S{number}" for number in range(1, 41)]


def test_every_named_test_is_there() -> None:
    missing = []
    for line in TABLE:
        path = ""
        for name in re.findall(r"`([\w./-]*(?:::\w+|\.test\.tsx|test_\w+\.py))`", line.split("|")[4]):
            file, _, function = name.partition("::")
            path = file or path
            root = REPOSITORY / ("frontend/src" if path.endswith(".tsx") else "backend/tests")
            text = (root / path).read_text(encoding="utf-8") if (root / path).is_file() else None
            if text is None or (function and f"def {function}(" not in text):
                missing.append(f"{path}::{function}")
    assert missing == []


def test_a_rule_without_a_test_says_that_it_is_not_built() -> None:
    silent = [line for line in TABLE if line.split("|")[4].strip() == "–" and "**not built**" not in line]
    assert silent == []
