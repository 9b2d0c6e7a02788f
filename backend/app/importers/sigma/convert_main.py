"""The converter process: one request a line in, one answer a line out, until its input ends.

Started as a program of its own with an empty environment, limited in memory and files, without network where the
kernel lets us take it away, and it dies with its parent. Who started it kills it when an answer takes too long.
"""

import sys
from typing import Any, Final

import orjson

from app.importers.confinement import confine
from app.importers.limits import MIB, WorkerLimits

LIMITS: Final = WorkerLimits(address_space_bytes=1024 * MIB, cpu_seconds=3_600, file_bytes=MIB, open_files=64)


def main() -> int:
    """Answer requests `{text, rule, backend, pipeline}` with `{queries, error}`."""
    confine(int(sys.argv[1]), LIMITS)
    # Loading takes a second, and only a confined process may do it.
    from app.importers.sigma.convert import convert  # noqa: PLC0415

    for line in sys.stdin.buffer:
        request: dict[str, Any] = orjson.loads(line)
        found = convert(request["text"], request["rule"], request["backend"], request["pipeline"])
        sys.stdout.buffer.write(orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
