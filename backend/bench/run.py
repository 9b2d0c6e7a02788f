"""`python -m bench.run [part …]`: measurements, as a table of ratios beside their limits.

Parts: reading (matrix, figures, lists), sync (ATT&CK), catalogues (all other sources), product (memory, starts, speed
while importing), bundle; all by default.
FULL=1 in the environment lays a million tests instead of a hundred thousand; with CHECK=1 a broken limit is an error.
"""

import os
import sys
from pathlib import Path
from time import perf_counter

import uvloop

from app.logging import configure_logging
from bench.bundle import bench_bundle
from bench.catalogues import bench_catalogues
from bench.heatmap import bench_heatmap
from bench.lists import bench_lists
from bench.measure import Line, print_table
from bench.operational import bench_operational
from bench.place import make_database, make_place, own_server
from bench.product import bench_product
from bench.sync import bench_sync, recorded_content

SMALL, LARGE, FULL = 1_000, 100_000, 1_000_000
PARTS = ("reading", "sync", "catalogues", "product", "bundle")


async def measure_reading(urls: list[tuple[str, str]], folder: Path, large: int) -> list[Line]:
    """Everything that reads: matrix, figures, lists."""
    began = perf_counter()
    places = [
        await make_place(owner, app, folder, tests=tests)
        for (owner, app), tests in zip(urls, (SMALL, large), strict=True)
    ]
    filling = Line(f"filling {large:,} tests", perf_counter() - began, 180, " s")
    flat = await bench_heatmap(*places)
    return [filling, *flat, *await bench_operational(places[1]), *await bench_lists(places[1])]


def measure(parts: list[str]) -> list[Line]:
    """The lines of some parts, on the event loop that serves. What needs recorded content is left out without it."""
    lines: list[Line] = []
    content = recorded_content()
    large = FULL if os.environ.get("FULL") == "1" else LARGE
    with own_server() as (server, folder):
        if "reading" in parts:
            urls = [make_database(server, name) for name in ("small", "large")]
            lines += uvloop.run(measure_reading(urls, folder, large))
        if "sync" in parts and content is not None:
            urls = [make_database(server, name) for name in ("first", "again", "whole")]
            lines += uvloop.run(bench_sync(urls, folder, content))
        if "catalogues" in parts and content is not None:
            lines += uvloop.run(bench_catalogues(make_database(server, "catalogues"), folder, content))
    if "product" in parts:
        lines += bench_product(content)
    if "bundle" in parts:
        lines += bench_bundle()
    return lines


def main() -> int:
    """Measure and print; with CHECK=1, 1 when a limit is not kept."""
    configure_logging("ERROR")  # a line a request would be measured too
    kept = print_table(measure(sys.argv[1:] or list(PARTS)))
    return int(not kept and os.environ.get("CHECK") == "1")


if __name__ == "__main__":
    sys.exit(main())
