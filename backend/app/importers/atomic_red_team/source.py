"""Atomic Red Team as a source."""

from typing import Final

from app.importers.atomic_red_team.parser import KINDS, VERSION
from app.importers.base import Source
from app.importers.content import WHOLE, ContentDefinition
from app.importers.github_archive import Repository

REPOSITORY: Final = Repository("redcanaryco", "atomic-red-team")
DEFINITION: Final = ContentDefinition(
    source=Source(
        name="atomic_red_team",
        title="Atomic Red Team",
        url="https://atomicredteam.io/",
        licence="MIT, © Red Canary, Inc.",
        ways=("offline", "github"),
    ),
    parser="app.importers.atomic_red_team.parser",
    parser_version=VERSION,
    kinds=KINDS,
    parts=(REPOSITORY.as_part(WHOLE),),
)
