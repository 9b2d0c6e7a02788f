"""`python -m bench.run`: all measurements, as a table of ratios beside their limits.

FULL=1 in the environment lays a million tests instead of a hundred thousand.
"""

import asyncio
import os
import sys
from pathlib import Path
from time import perf_counter

from app.logging import configure_logging
from bench.heatmap import bench_heatmap
from bench.lists import bench_lists
from bench.measure import Line, print_table
from bench.place import make_database, make_place, own_server

SMALL, LARGE, FULL = 1_000, 100_000, 1_000_000


async def measure_reading(urls: list[tuple[str, str]], folder: Path, large: int) -> list[Line]:
    """Everything that reads: matrix, figures, lists."""
    began = perf_counter()
    places = [
        await make_place(owner, app, folder, tests=tests)
        for (owner, app), tests in zip(urls, (SMALL, large), strict=True)
    ]
    filling = Line(f"filling {large:,} tests", perf_counter() - began, 180, " s")
    return [filling, *await bench_heatmap(*places), *await bench_lists(places[1])]


def main() -> int:
    """Measure and print; 1 when a limit is not kept."""
    configure_logging("ERROR")  # a line a request would be measured too
    large = FULL if os.environ.get("FULL") == "1" else LARGE
    with own_server() as (server, folder):
        urls = [make_database(server, name) for name in ("small", "large")]
        lines = asyncio.run(measure_reading(urls, folder, large))
    return 0 if print_table(lines) else 1


if __name__ == "__main__":
    sys.exit(main())
