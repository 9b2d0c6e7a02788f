"""The parser process: what it writes, what it refuses, how it ends."""

import asyncio
import gzip
import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from app.errors import AppError
from app.importers.attack.bundled import bundled_file
from app.importers.attack.records import COUNTED_KINDS, DERIVED_KINDS
from app.importers.base import BundleFile
from app.importers.limits import MIB, WorkerLimits
from app.importers.worker import BACKEND, ParseProgress, parse_in_worker
from app.services.content.registry import SOURCES
from tests.support.attack_samples import SAMPLES, bundle, make, relation, technique

BAD_FILES = sorted((SAMPLES / "bad-files").glob("*.json"))


def file_of(path: Path, data: bytes) -> BundleFile:
    path.write_bytes(data)
    return BundleFile(path, hashlib.sha256(data).hexdigest(), "enterprise", "offline", path.name, release="18.1")


async def code_of(bundle_file: BundleFile, out_dir: Path, limits: WorkerLimits | None = None) -> str:
    with pytest.raises(AppError) as failed:
        await parse_in_worker([bundle_file], out_dir, limits=limits)
    return failed.value.code


def test_its_process_holds_nothing_that_could_reach_out() -> None:
    parsers = [entry.definition.parser for entry in SOURCES.values() if entry.definition is not None]
    loaded = "[name for name in ('httpx', 'asyncio', 'socket', 'sqlalchemy') if name in sys.modules]"
    program = f"import sys, app.importers.worker_main, {', '.join(parsers)}; print({loaded})"
    ended = subprocess.run([sys.executable, "-c", program], cwd=BACKEND, capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


async def test_writes_a_file_a_kind_and_says_what_is_in_them(tmp_path: Path, out_dir: Path) -> None:
    group = make("intrusion-set", 2, "G0001")
    content = bundle(technique(1, "T1000"), group, relation(3, "uses", group, technique(1, "T1000")), make("tool", 9))
    seen: list[ParseProgress] = []

    summary = await parse_in_worker([file_of(tmp_path / "a", gzip.compress(content))], out_dir, seen.append)

    assert summary.lines == {"technique": 1, "group": 1, "link": 1}
    assert (summary.read, summary.skipped, summary.releases) == (4, 1, {"enterprise": "18.1"})
    assert [problem.code for problem in summary.problems] == ["missing_attack_id"]
    assert summary.bundles[0].release_origin == "name"
    assert names_in(out_dir) == {f"{kind}.tsv" for kind in (*COUNTED_KINDS, *DERIVED_KINDS)}
    key, domain, content_hash, record = summary.file_of("group").read_text().rstrip("\n").split("\t")
    assert (key, domain, len(content_hash), json.loads(record)["attack_id"]) == (group["id"], "enterprise", 64, "G0001")
    assert summary.file_of("tactic").read_bytes() == b""
    assert seen[0].phase == "reading"
    assert seen[-1] == ParseProgress("parsing", "enterprise", 4, 4)


async def test_bundled_package_is_a_whole_enterprise_matrix(out_dir: Path) -> None:
    summary = await parse_in_worker([bundled_file()], out_dir)

    techniques = [json.loads(line.split("\t")[3]) for line in summary.file_of("technique").read_text().splitlines()]
    tactics = [json.loads(line.split("\t")[3]) for line in summary.file_of("tactic").read_text().splitlines()]
    live = [record for record in techniques if not record["revoked"] and not record["deprecated"]]
    assert (len(techniques), len(live), sum(record["is_subtechnique"] for record in live)) == (835, 691, 475)
    assert all(record["parent_attack_id"] for record in live if record["is_subtechnique"])
    assert sorted(record["position"] for record in tactics) == list(range(14))
    assert summary.bundles[0].summary
    assert (summary.releases, summary.bundles[0].release_origin, summary.skipped) == (
        {"enterprise": "18.1"},
        "collection",
        0,
    )
    assert summary.lines["link"] == 20_048


async def test_unchanged_objects_are_named_but_not_written_again(tmp_path: Path, out_dir: Path) -> None:
    before = file_of(tmp_path / "a", bundle(technique(1, "T1000"), technique(2, "T1001")))
    first = await parse_in_worker([before], out_dir)
    lines = [line.split("\t") for line in first.file_of("technique").read_text().splitlines()]
    known = tmp_path / "known"
    known.write_text("".join(f"{key}\t{content_hash}\n" for key, _, content_hash, _ in lines))
    after = file_of(tmp_path / "b", bundle(technique(1, "T1000"), technique(2, "T1001", name="Other")))
    (tmp_path / "again").mkdir()

    second = await parse_in_worker([after], tmp_path / "again", known_hashes=known)

    again = [line.split("\t") for line in second.file_of("technique").read_text().splitlines()]
    assert again[0] == [*lines[0][:3], ""]
    assert (again[1][0], json.loads(again[1][3])["name"]) == (lines[1][0], "Other")
    assert second.read == 2


@pytest.mark.parametrize("path", BAD_FILES, ids=lambda path: path.stem)
async def test_bad_file_is_refused_with_its_code(path: Path, out_dir: Path) -> None:
    bundle_file = BundleFile(path, "0", "enterprise", "offline", path.name)

    assert await code_of(bundle_file, out_dir) == path.stem


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (gzip.compress(bundle(technique(1, "T1000")))[:-10], "truncated_archive"),
        (b'{"objects": [' + b"[" * 100_000, "nesting_too_deep"),
        (b"\x00\x01\x02", "invalid_json"),
        (bundle(technique(1, "T1400", x_mitre_domains=["mobile-attack"])), "wrong_domain"),
    ],
    ids=["truncated gzip", "nesting bomb", "bytes", "wrong domain"],
)
async def test_corrupted_content_is_refused_with_its_code(
    data: bytes, code: str, tmp_path: Path, out_dir: Path
) -> None:
    assert await code_of(file_of(tmp_path / "a", data), out_dir) == code


async def test_upload_without_any_domain_is_refused(tmp_path: Path, out_dir: Path) -> None:
    upload = replace(file_of(tmp_path / "a", bundle(make("malware", 1, "S0001"))), domain=None)

    assert await code_of(upload, out_dir) == "unknown_domain"


async def test_gzip_bomb_ends_at_the_size_that_is_accepted(tmp_path: Path, out_dir: Path) -> None:
    bomb = gzip.compress(b" " * (64 * MIB), compresslevel=1) * 9

    assert await code_of(file_of(tmp_path / "a", bomb), out_dir) == "file_too_large"


async def test_content_that_needs_too_much_memory_ends_the_process_only(tmp_path: Path, out_dir: Path) -> None:
    wide = b'{"objects": [' + b"{}," * 30_000_000 + b"{}]}"
    limits = WorkerLimits(address_space_bytes=600 * MIB)

    assert await code_of(file_of(tmp_path / "a", wide), out_dir, limits) == "parser_out_of_memory"


async def test_process_that_takes_too_long_is_stopped(tmp_path: Path, out_dir: Path) -> None:
    limits = WorkerLimits(wall_seconds=0.05)

    assert await code_of(file_of(tmp_path / "a", bundle(technique(1, "T1000"))), out_dir, limits) == "parser_timeout"
    assert children() == []


async def test_cancelling_the_import_ends_the_process(out_dir: Path) -> None:
    task = asyncio.create_task(parse_in_worker([bundled_file()], out_dir))
    while not children():  # noqa: ASYNC110  another process gives no event
        await asyncio.sleep(0.01)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert children() == []


async def test_process_has_no_secrets_no_network_and_low_priority(
    tmp_path: Path, out_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for parsers")
    task = asyncio.create_task(parse_in_worker([bundled_file()], out_dir))
    while not (confined := [process for process in children() if process.nice() == own_nice() + 10]):  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    environment = confined[0].environ()
    apart = False
    while not task.done() and not apart:
        apart = network_of(confined[0].pid) not in {network_of(os.getpid()), None}
        await asyncio.sleep(0.005)
    await task

    assert set(environment) <= {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LANG", "LC_CTYPE", "TMPDIR"}
    assert apart is kernel_lets_us_part_from_the_network()


async def test_event_loop_stays_free_while_the_process_works(out_dir: Path) -> None:
    task = asyncio.create_task(parse_in_worker([bundled_file()], out_dir))
    longest = 0.0
    while not task.done():
        began = time.monotonic()
        await asyncio.sleep(0.005)
        longest = max(longest, time.monotonic() - began)

    assert longest < 0.25


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def own_nice() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def network_of(pid: int) -> Path | None:
    """The network namespace of a process, None when it is gone."""
    try:
        return Path(f"/proc/{pid}/ns/net").readlink()
    except FileNotFoundError:
        return None


def kernel_lets_us_part_from_the_network() -> bool:
    return any(
        subprocess.run(["unshare", *flags, "true"], check=False, stderr=subprocess.DEVNULL).returncode == 0
        for flags in (["--net"], ["--user", "--net"])
    )


def children() -> list[psutil.Process]:
    """Parser processes of this test run."""
    found = psutil.Process().children()
    return [process for process in found if "app.importers.worker_main" in process.cmdline()]
