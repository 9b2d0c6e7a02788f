"""What one way into ATT&CK came back with."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.errors import AppError
from app.importers.attack.records import Domain
from app.importers.base import BundleFile, FetchRequest


@dataclass(slots=True)
class WayResult:
    """Each domain asked for ends in exactly one of the three."""

    bundles: list[BundleFile] = field(default_factory=list)
    unchanged: list[Domain] = field(default_factory=list)
    missing: dict[Domain, AppError] = field(default_factory=dict)

    def miss(self, domains: Sequence[Domain], error: AppError) -> None:
        """Note why the way has nothing for some domains."""
        self.missing.update(dict.fromkeys(domains, error))

    def keep(self, request: FetchRequest, bundle: BundleFile, domain: Domain) -> None:
        """Take a bundle, unless it is byte for byte what is known already."""
        known = request.known.get(domain)
        if known is not None and known.sha256 == bundle.sha256:
            self.unchanged.append(domain)
        else:
            self.bundles.append(bundle)
