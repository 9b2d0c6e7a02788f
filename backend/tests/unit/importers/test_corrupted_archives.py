"""Every source that comes as archives, against everything that can be wrong with one."""

import tarfile
from pathlib import Path

import pytest

from app.errors import AppError
from app.importers.content import ArchiveFile, load_parser
from app.importers.content_worker import parse_archive
from app.importers.worker_protocol import ArchiveSummary
from app.services.content.registry import SOURCES
from tests.support.content_samples import SAMPLES, XML_ENTITIES, YAML_BOMB, Files, tarball

GIGABYTE = 1 << 30
DEEP = "[" * 300 + "]" * 300
WHOLE_OR_NOTHING = frozenset({"d3fend", "compliance"})
"""Their items are joined from all files: a file less would change items that nobody changed."""
BROKEN_FILES = {
    "encoding": {"yaml": (b"a: \xff\xfe", "not_utf8"), "toml": (b"a = '\xff'", "not_utf8"), "json": (b'"\xff', None)},
    "bomb": {"yaml": (YAML_BOMB, "yaml_bomb"), "toml": (f"a = {DEEP}", None), "json": (DEEP, "nesting_too_deep")},
    "cut-short": {"yaml": ("a: [1,", "invalid_yaml"), "toml": ("a = [1,", "invalid_toml"), "json": ("{", None)},
    "tag": {
        "yaml": ("!!python/name:os.system", "invalid_yaml"),
        "toml": ("[[[", "invalid_toml"),
        "json": ("<", None),
    },
    "large": {"yaml": (b"#" * (3 << 20), "file_too_large"), "toml": (b"#" * (3 << 20), "file_too_large")},
}


def read(source: str, content: bytes, folder: Path) -> ArchiveSummary:
    """What the worker does with an archive, in this process."""
    definition = SOURCES[source].definition
    assert definition is not None
    path = folder / "content.tar.gz"
    path.write_bytes(content)
    part = SAMPLES[source].part
    limit = definition.part(part).max_member_bytes
    archive = ArchiveFile(path, "0" * 64, part, "upload", "test", max_member_bytes=limit)
    return parse_archive(load_parser(definition.parser), archive, lambda *_: None, lambda _: None)


def refused(source: str, content: bytes, folder: Path) -> str:
    with pytest.raises(AppError) as raised:
        read(source, content, folder)
    return raised.value.code


def test_every_source_has_a_sample() -> None:
    assert set(SAMPLES) == {name for name, entry in SOURCES.items() if entry.definition is not None}


@pytest.mark.parametrize("source", list(SAMPLES))
def test_what_is_wrong_with_the_archive_ends_the_reading(source: str, tmp_path: Path) -> None:
    sample = SAMPLES[source]
    good = tarball(sample.files)
    found = read(source, good, tmp_path)
    assert (sum(found.records.values()), found.skipped, found.unread) == (sample.items, 0, 0)

    for share in (0.3, 0.9):
        assert refused(source, good[: int(len(good) * share)], tmp_path) == "truncated_archive"
    assert refused(source, good[:-8] + b"\0\1\2\3" + good[-4:], tmp_path) == "damaged_archive"
    for name in ("owner/../../etc/cron.d/x", "/etc/cron.d/x"):
        assert refused(source, tarball(sample.files, tarfile.TarInfo(name)), tmp_path) == "unsafe_archive"
    huge = tarfile.TarInfo(f"owner/{sample.broken}")
    huge.size = 10 * GIGABYTE
    assert refused(source, tarball({}, huge), tmp_path) == "archive_too_large"
    huge.size = GIGABYTE
    assert refused(source, tarball({}, huge), tmp_path) == "archive_too_large"
    assert refused(source, b"<html>Not found</html>" * 40, tmp_path) == "damaged_archive"
    assert refused(source, tarball({"README.md": "moved"}), tmp_path) == "no_content"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
@pytest.mark.parametrize("source", list(SAMPLES))
def test_nothing_but_files_is_read(source: str, kind: bytes, tmp_path: Path) -> None:
    sample = SAMPLES[source]
    link = tarfile.TarInfo(f"owner-name-0123456/{sample.broken}")
    link.type, link.linkname = kind, "/etc/passwd"
    files = {path: text for path, text in sample.files.items() if path != sample.broken}
    assert read(source, tarball(files, link), tmp_path).problems == ()


@pytest.mark.parametrize("fault", list(BROKEN_FILES))
@pytest.mark.parametrize("source", list(SAMPLES))
def test_what_is_wrong_with_a_file_is_told_and_the_others_are_read(source: str, fault: str, tmp_path: Path) -> None:
    sample = SAMPLES[source]
    if sample.format not in BROKEN_FILES[fault]:
        return
    text, code = BROKEN_FILES[fault][sample.format]
    code = code or ("invalid_json" if sample.format == "json" else "nesting_too_deep")
    content = tarball({**sample.files, sample.broken: text})
    if source in WHOLE_OR_NOTHING:
        assert refused(source, content, tmp_path) == code
        return
    found = read(source, content, tmp_path)
    assert [(problem.path, problem.code) for problem in found.problems] == [(sample.broken, code)]
    assert (sum(found.records.values()), found.skipped, found.unread) == (sample.items - 1, 1, 1)


def test_gtfobins_is_nothing_without_its_table_of_techniques(tmp_path: Path) -> None:
    files: Files = {**SAMPLES["gtfobins"].files, "_data/functions.yml": YAML_BOMB}
    assert refused("gtfobins", tarball(files), tmp_path) == "yaml_bomb"


def test_entities_of_xml_are_refused(tmp_path: Path) -> None:
    files: Files = {**SAMPLES["compliance"].files, "nist.gov/SP800-53/rev5/xml/other.xml": XML_ENTITIES}
    assert refused("compliance", tarball(files), tmp_path) == "xml_forbidden"
