"""The four template catalogues at each recorded state, parsed in the confined worker."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.importers.atomic_red_team.source import DEFINITION as ATOMIC
from app.importers.caldera.source import DEFINITION as CALDERA
from app.importers.content import WHOLE, ArchiveFile, ContentDefinition
from app.importers.gtfobins.source import DEFINITION as GTFOBINS
from app.importers.lolbas.source import DEFINITION as LOLBAS
from app.importers.worker import ContentSummary, parse_archives_in_worker

pytestmark = pytest.mark.recorded


async def _parsed(
    definition: ContentDefinition, archive: Path, out: Path
) -> tuple[ContentSummary, dict[str, dict[str, Any]]]:
    file = ArchiveFile(path=archive, sha256="", part=WHOLE, way="offline", origin=archive.name)
    summary = await parse_archives_in_worker(definition, [file], out)
    lines = (out / "template.tsv").read_bytes().splitlines()
    return summary, {parts[0].decode(): orjson.loads(parts[3]) for parts in (line.split(b"\t", 3) for line in lines)}


def _expected(content: Path, name: str) -> dict[str, Any]:
    counts: dict[str, Any] = json.loads((content / "expected" / "counts.json").read_text())
    found: dict[str, Any] = counts[f"github/{name}.tar.gz"]
    return found


@pytest.mark.parametrize("state", ["", "@attack18", "@older"])
async def test_atomic_red_team(recorded_content: Path, tmp_path: Path, state: str) -> None:
    name = f"redcanaryco/atomic-red-team{state}"
    wanted = _expected(recorded_content, name)
    summary, rows = await _parsed(ATOMIC, recorded_content / "github" / f"{name}.tar.gz", tmp_path)
    assert (summary.skipped, len(rows)) == (0, wanted["distinct_guids"])
    assert Counter(row["executor"] for row in rows.values()) == wanted["tests_per_executor"]
    assert {
        "dependencies": sum(len(row["dependencies"]) for row in rows.values()),
        "tests_with_dependencies": sum(bool(row["dependencies"]) for row in rows.values()),
        "input_arguments": sum(len(row["inputs"]) for row in rows.values()),
        "tests_with_input_arguments": sum(bool(row["inputs"]) for row in rows.values()),
        "tests_with_cleanup": sum(bool(row["cleanup"].strip()) for row in rows.values()),
        "tests_elevation_required_true": sum(row["elevation_required"] for row in rows.values()),
    } == {
        key: wanted[key]
        for key in (
            *("dependencies", "tests_with_dependencies", "input_arguments", "tests_with_input_arguments"),
            *("tests_with_cleanup", "tests_elevation_required_true"),
        )
    }
    named = {link["attack_id"] for row in rows.values() for link in row["techniques"]}
    assert len(named) == wanted["techniques"]["distinct"]


async def test_caldera(recorded_content: Path, tmp_path: Path) -> None:
    wanted = _expected(recorded_content, "mitre/stockpile")
    summary, rows = await _parsed(CALDERA, recorded_content / "github/mitre/stockpile.tar.gz", tmp_path)
    assert (summary.skipped, len({key.split(":")[1] for key in rows})) == (0, wanted["abilities"])
    named = {link["attack_id"] for row in rows.values() for link in row["techniques"]}
    assert len(named) == wanted["techniques"]["distinct"]
    blueprints = [
        orjson.loads(line.split(b"\t", 3)[3]) for line in (tmp_path / "blueprint.tsv").read_bytes().splitlines()
    ]
    steps = [step for blueprint in blueprints for step in blueprint["steps"]]
    assert (len(blueprints), len(steps), sum(not step["known"] for step in steps)) == (
        wanted["adversaries"],
        wanted["adversary_ability_references"],
        wanted["references_to_abilities_not_in_this_repo"],
    )


async def test_lolbas(recorded_content: Path, tmp_path: Path) -> None:
    wanted = _expected(recorded_content, "LOLBAS-Project/LOLBAS")
    summary, rows = await _parsed(LOLBAS, recorded_content / "github/LOLBAS-Project/LOLBAS.tar.gz", tmp_path)
    assert len(rows) + summary.skipped == wanted["commands"]
    assert sum(len(row["raw"]["uses"]) for row in rows.values()) == wanted["commands"]
    assert {problem.code for problem in summary.problems} == {"duplicate_key"}
    named = {link["attack_id"] for row in rows.values() for link in row["techniques"]}
    assert len(named) == wanted["techniques"]["distinct"]


@pytest.mark.parametrize(("state", "pairs"), [("", 646), ("@older", 0)])
async def test_gtfobins(recorded_content: Path, tmp_path: Path, state: str, pairs: int) -> None:
    name = f"GTFOBins/GTFOBins.github.io{state}"
    wanted = _expected(recorded_content, name)
    summary, rows = await _parsed(GTFOBINS, recorded_content / "github" / f"{name}.tar.gz", tmp_path)
    assert len(rows) + summary.skipped == wanted["examples"]
    used = {tuple(key.split(":")[1:3]) for key in rows}
    assert len(used) == wanted["entry_function_pairs"]
    assert Counter(function for _, function in used) == wanted["functions"]
    named = {(key.split(":")[1], link["attack_id"]) for key, row in rows.items() for link in row["techniques"]}
    assert len(named) == pairs
