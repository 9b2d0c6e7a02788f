"""What Elastic says of techniques that changed their id, by revocation or from one release to the next."""

from typing import Any, Final

from app.importers.base import Problem
from app.importers.json_reader import read_json
from app.importers.reading import ATTACK_ID, Unusable, mapping_of, text_of
from app.importers.records import Item, RedirectRecord
from app.importers.yaml_reader import UnreadableYaml, read_yaml

REVOKED: Final = "detection_rules/etc/attack-technique-redirects.json"
MAPS: Final = "detection_rules/etc/attack-version-maps/"
TABLES: Final = ("techniques", "subtechniques")


def is_redirect_path(path: str) -> bool:
    """Whether a member tells of ids that changed."""
    return path == REVOKED or (path.startswith(MAPS) and path.endswith((".yaml", ".yml")))


def read_redirects(path: str, data: bytes) -> list[Item | Problem]:
    """Redirects of a file; entries that were dropped without a successor give none."""
    try:
        pairs, versions = _revoked(data) if path == REVOKED else _mapped(data)
    except Unusable as error:
        return [error.at(path)]
    except UnreadableYaml as error:
        return [Problem(path, error.code, error.message)]
    found: list[Item | Problem] = []
    for old_id, new_id in sorted(pairs.items()):
        if old_id == new_id or not ATTACK_ID.fullmatch(old_id) or not ATTACK_ID.fullmatch(new_id):
            continue
        record = RedirectRecord(
            key=f"{old_id}>{new_id}", old_id=old_id, new_id=new_id, from_version=versions[0], to_version=versions[1]
        )
        found.append(Item(record, [old_id, new_id, *versions], f"{path}#{old_id}"))
    return found


def _revoked(data: bytes) -> tuple[dict[str, str], tuple[str | None, str | None]]:
    mapping = mapping_of(mapping_of(read_json(data), "The file").get("mapping"), "mapping")
    return {old: text_of(new).strip() for old, new in mapping.items()}, (None, None)


def _mapped(data: bytes) -> tuple[dict[str, str], tuple[str | None, str | None]]:
    content: dict[str, Any] = mapping_of(next(iter(read_yaml(data)), None), "The file")
    pairs = {
        str(old): text_of(new.get("id")).strip()
        for table in TABLES
        for old, new in mapping_of(content.get(table) or {}, table).items()
        if isinstance(new, dict)
    }
    return pairs, (text_of(content.get("source_version")) or None, text_of(content.get("target_version")) or None)
