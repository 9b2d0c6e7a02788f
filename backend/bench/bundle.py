"""What a browser has to fetch before the first page shows."""

import gzip
import re
from pathlib import Path

from bench.measure import Line

ASSETS = Path(__file__).resolve().parents[2] / "frontend" / "dist" / "assets"
STATIC_IMPORT = re.compile(r"""(?:from|import)\s*["']\./([^"']+\.js)["']""")
ENTRY = re.compile(r'src="/assets/([^"]+\.js)"')
KB = 1000
PAGES = {"log-in page": (("login", "auth-layout"), 200), "dashboard": (("dashboard",), 320)}


def bench_bundle() -> list[Line]:
    """Kilobytes of gzipped JavaScript of the shell with the log-in page, and with the dashboard; none if not built."""
    page = ASSETS.parent / "index.html"
    if not page.is_file():
        return []
    entries = ENTRY.findall(page.read_text("utf-8"))
    lines = []
    for name, (chunks, limit) in PAGES.items():
        wanted = [*entries, *(path.name for chunk in chunks for path in ASSETS.glob(f"{chunk}-*.js"))]
        lines.append(Line(f"JavaScript of shell and {name}", _gzipped(_closure(wanted)) / KB, limit, " kB"))
    return lines


def _closure(names: list[str]) -> set[str]:
    """These files and all that they import at once."""
    found: set[str] = set()
    while names:
        name = names.pop()
        if name not in found:
            found.add(name)
            names += STATIC_IMPORT.findall((ASSETS / name).read_text("utf-8"))
    return found


def _gzipped(names: set[str]) -> int:
    return sum(len(gzip.compress((ASSETS / name).read_bytes(), 6)) for name in names)
