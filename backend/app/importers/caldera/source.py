"""MITRE CALDERA stockpile as a source."""

from typing import Final

from app.importers.base import Source
from app.importers.caldera.parser import KINDS, VERSION
from app.importers.content import WHOLE, ContentDefinition
from app.importers.github_archive import Repository

REPOSITORY: Final = Repository("mitre", "stockpile")
DEFINITION: Final = ContentDefinition(
    source=Source(
        name="caldera",
        title="MITRE CALDERA stockpile",
        url="https://github.com/mitre/stockpile",
        licence="Apache-2.0, © The MITRE Corporation",
        ways=("offline", "github"),
    ),
    parser="app.importers.caldera.parser",
    parser_version=VERSION,
    kinds=KINDS,
    parts=(REPOSITORY.as_part(WHOLE),),
)
