"""GTFOBins as a source."""

from typing import Final

from app.importers.base import Source
from app.importers.content import WHOLE, ContentDefinition
from app.importers.github_archive import Repository
from app.importers.gtfobins.parser import KINDS, VERSION

REPOSITORY: Final = Repository("GTFOBins", "GTFOBins.github.io")
DEFINITION: Final = ContentDefinition(
    source=Source(
        name="gtfobins",
        title="GTFOBins",
        url="https://gtfobins.github.io/",
        licence="GPL-3.0",
        ways=("offline", "github"),
    ),
    parser="app.importers.gtfobins.parser",
    parser_version=VERSION,
    kinds=KINDS,
    parts=(REPOSITORY.as_part(WHOLE),),
)
