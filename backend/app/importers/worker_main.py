"""The parser process: reads bundles, writes records, and may do nothing else.

Started as a program of its own with an empty environment. It limits itself before it looks at a byte from outside:
memory, processor time, file size, no network, low priority, and it dies with its parent. Nothing of the web
framework is imported here.
"""

import gc
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Final, Self

import orjson

from app.errors import AppError, Invalid
from app.importers.archive import read_bounded
from app.importers.attack.bundled import bundle_from_lookup
from app.importers.attack.parser import Tally, load_bundle, parse_bundle
from app.importers.attack.records import COUNTED_KINDS, DERIVED_KINDS, Domain
from app.importers.attack.release import domain_of, release_of
from app.importers.confinement import confine
from app.importers.content import load_parser
from app.importers.content_worker import parse_archive
from app.importers.limits import MAX_BUNDLE_BYTES
from app.importers.worker_protocol import (
    EXIT_FAILED,
    EXIT_OK,
    EXIT_OUT_OF_MEMORY,
    BundleSummary,
    WorkerJob,
    job_from_json,
)

BUFFER_BYTES: Final = 1024 * 1024


def main() -> int:
    """Read the job from standard input, report progress and the result as JSON lines on standard output."""
    job = job_from_json(sys.stdin.buffer.read())
    _confine(job)
    try:
        run_job(job)
    except AppError as error:
        _say({"failed": {"code": error.code, "message": error.message}})
        return EXIT_FAILED
    except (MemoryError, RecursionError):
        return EXIT_OUT_OF_MEMORY
    return EXIT_OK


def _confine(job: WorkerJob) -> None:
    confine(job.parent_pid, job.limits)
    tempfile.tempdir = str(job.out_dir)
    # A bundle is half a million objects without a cycle among them: collecting would only walk them again and again.
    gc.disable()


def run_job(job: WorkerJob) -> None:
    """Read what the job names and write the records, in this process."""
    if job.parser is not None:
        _run_archives(job, job.parser)
        return
    known = _known(job.known_hashes)
    with _Writer(job.out_dir, (*COUNTED_KINDS, *DERIVED_KINDS)) as writer:
        for bundle in job.bundles:
            _say({"phase": "reading", "domain": bundle.domain, "done": 0, "total": 0})
            if bundle.form == "lookup":
                content = bundle_from_lookup(bundle.path)
            else:
                content = load_bundle(read_bounded(bundle.path, MAX_BUNDLE_BYTES))
            objects: list[Any] = content["objects"]
            domain = _checked_domain(bundle.domain, objects)
            release, origin = release_of(bundle, objects)
            tally = Tally()
            progress = _progress_of(domain, len(objects))
            for item in parse_bundle(objects, domain, tally, progress, known):
                writer.write(item.kind, item.key, domain, item.content_hash, item.data)
            progress(len(objects))
            summary = BundleSummary(
                domain=domain,
                release=release,
                release_origin=origin,
                objects=tally.objects,
                records=dict(tally.records),
                skipped=tally.skipped,
                without_record=dict(tally.without_record),
                problems=tuple(tally.problems),
                summary=bundle.summary,
                way=bundle.way,
                origin=bundle.origin,
                sha256=bundle.sha256,
            )
            _say({"bundle": summary})
        _say({"lines": dict(writer.lines)})


def _run_archives(job: WorkerJob, module: str) -> None:
    parser = load_parser(module)
    with _Writer(job.out_dir, parser.kinds) as writer:
        for archive in job.archives:
            _say({"phase": "parsing", "domain": archive.part, "done": 0, "total": 0})
            summary = parse_archive(parser, archive, writer.write, _archive_progress(archive.part))
            _say({"archive": summary})
        _say({"lines": dict(writer.lines)})


def _archive_progress(part: str) -> Callable[[int], None]:
    def report(done: int) -> None:
        _say({"phase": "parsing", "domain": part, "done": done, "total": 0})

    return report


def _known(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    with path.open(encoding="ascii") as lines:
        return dict(line.rstrip("\n").split("\t", 1) for line in lines)


def _checked_domain(expected: Domain | None, objects: list[Any]) -> Domain:
    found = domain_of(objects)
    if expected is None:
        if found is None:
            raise Invalid("unknown_domain", "The bundle does not tell to which domain of ATT&CK it belongs.")
        return found
    if found is not None and found != expected:
        raise Invalid("wrong_domain", f"The bundle is of domain {found}, where {expected} was asked for.")
    return expected


def _progress_of(domain: Domain, total: int) -> Callable[[int], None]:
    def report(done: int) -> None:
        _say({"phase": "parsing", "domain": domain, "done": done, "total": total})

    return report


def _say(message: dict[str, object]) -> None:
    sys.stdout.buffer.write(orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


class _Writer:
    """One open file a kind."""

    def __init__(self, folder: Path, kinds: Sequence[str]) -> None:
        self.lines: Counter[str] = Counter()
        self._streams: dict[str, IO[bytes]] = {}
        self._folder = folder
        self._kinds = kinds

    def __enter__(self) -> Self:
        for kind in self._kinds:
            self._streams[kind] = (self._folder / f"{kind}.tsv").open("xb", buffering=BUFFER_BYTES)
        return self

    def __exit__(self, *_: object) -> None:
        for stream in self._streams.values():
            stream.close()

    def write(self, kind: str, key: str, domain: str, content_hash: str, data: bytes) -> None:
        """Append a line. Neither a tab nor a line break can stand in a part: JSON and ids have none."""
        self._streams[kind].write(b"%b\t%b\t%b\t%b\n" % (key.encode(), domain.encode(), content_hash.encode(), data))
        self.lines[kind] += 1


if __name__ == "__main__":
    sys.exit(main())
