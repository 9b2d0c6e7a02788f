"""Catalogues, baselines and mappings in, records out.

The two parts never describe one row: frameworks that NIST publishes as OSCAL come with their controls from there, and
the mappings of CTID only point at them. Frameworks without an OSCAL catalogue come from the mappings.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from app.importers.base import Problem
from app.importers.compliance.mappings import is_mapping_path, read_mappings
from app.importers.compliance.oscal import is_oscal_path, read_oscal
from app.importers.compliance.source import MAPPINGS, PARSER_VERSION
from app.importers.content import ParseContext
from app.importers.records import ContentKind, Item


class ComplianceParser:
    """Reads one of the two archives."""

    version: Final = PARSER_VERSION
    kinds: Final[tuple[ContentKind, ...]] = ("framework", "control", "mapping")

    def wants(self, path: str) -> bool:
        """Mapping files of CTID, catalogues and profiles of NIST."""
        return is_mapping_path(path) or is_oscal_path(path)

    def parse(self, members: Iterable[tuple[str, bytes]], context: ParseContext) -> Iterator[Item | Problem]:
        """Items of the part at hand; an upload may be of either."""
        if context.part == MAPPINGS:
            yield from read_mappings(members)
        else:
            yield from read_oscal(members)


PARSER: Final = ComplianceParser()
