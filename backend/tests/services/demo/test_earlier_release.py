"""The bundled release, taken back to the one before it."""

from collections import Counter

from app.importers.attack.bundled import bundle_from_lookup, bundled_file
from app.services.demo.earlier_release import PUBLISHED, release_of, taken_back


def test_it_has_what_the_earlier_release_had() -> None:
    bundle = bundle_from_lookup(bundled_file().path)
    earlier = taken_back(bundle)
    assert (release_of(bundle), release_of(earlier)) == ("18.1", "17.1")
    kinds = Counter(item["type"] for item in earlier["objects"])
    del kinds["relationship"]
    assert kinds == {
        "attack-pattern": 823,
        "campaign": 47,
        "course-of-action": 268,
        "intrusion-set": 181,
        "malware": 667,
        "tool": 91,
        "x-mitre-collection": 1,
        "x-mitre-data-component": 109,
        "x-mitre-data-source": 38,
        "x-mitre-matrix": 1,
        "x-mitre-tactic": 14,
    }
    techniques = {
        item["external_references"][0]["external_id"]: item
        for item in earlier["objects"]
        if item["type"] == "attack-pattern" and not item["revoked"] and not item["x_mitre_deprecated"]
    }
    assert len(techniques) == 679
    assert max(item["modified"] for item in techniques.values()) == PUBLISHED
    assert techniques["T1552.003"]["name"] == "Bash History"
    assert "Windows" not in techniques["T1552.003"]["x_mitre_platforms"]
    known = {item["id"] for item in earlier["objects"]}
    ends = {
        item[end]
        for item in earlier["objects"]
        if item["type"] == "relationship"
        for end in ("source_ref", "target_ref")
    }
    assert ends <= known
