"""Which release of ATT&CK a bundle is."""

from pathlib import Path

import pytest

from app.importers.attack.release import release_by_dates, release_key, release_of, release_of_name
from app.importers.base import BundleFile, ReleaseDate

DATES = (
    ReleaseDate("18.1", "2025-11-13T14:00:00.188Z"),
    ReleaseDate("18.0", "2025-10-28T14:00:00.188Z"),
    ReleaseDate("17.1", "2025-05-06T14:00:00.188Z"),
    ReleaseDate("17.0", "2025-04-22T14:00:00.188Z"),
)


def bundle(release: str | None = None) -> BundleFile:
    return BundleFile(Path("x"), "0", "ics", "github", "x", release=release, release_dates=DATES)


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("enterprise-attack-18.1.json.gz", "18.1"),
        ("ATT&CK-v17.1", "17.1"),
        ("ATT%26CK-v9.0", "9.0"),
        ("Enterprise ATT&CK v16.1", "16.1"),
        ("enterprise-attack.json", None),
        ("report-2.0.json", None),
    ],
)
def test_release_of_a_name(name: str, release: str | None) -> None:
    assert release_of_name(name) == release


def test_releases_compare_as_numbers() -> None:
    assert sorted(["10.1", "9.0", "18.0", "17.1"], key=release_key) == ["9.0", "10.1", "17.1", "18.0"]


@pytest.mark.parametrize(
    ("newest", "release"),
    [
        ("2025-04-28T15:27:30.239Z", "17.1"),  # between 17.0 and 17.1: it can only have come with the later one
        ("2025-11-13T14:17:41.362Z", "18.1"),  # minutes after the release itself, as Mobile 18.1 has it
        ("2025-10-21T15:10:28.402Z", "18.0"),
        ("2026-04-01T00:00:00.000Z", None),  # newer than the index
        ("no time", None),
        (None, None),
    ],
)
def test_release_by_newest_change(newest: str | None, release: str | None) -> None:
    assert release_by_dates(DATES, newest) == release


def test_what_stands_in_the_bundle_goes_before_its_name_and_the_name_before_the_index() -> None:
    changed = {"type": "attack-pattern", "modified": "2025-04-28T15:27:30.239Z"}
    collection = {"type": "x-mitre-collection", "x_mitre_version": "16.1"}

    assert release_of(bundle("18.0"), [changed, collection]) == ("16.1", "collection")
    assert release_of(bundle("18.0"), [changed]) == ("18.0", "name")
    assert release_of(bundle(), [changed]) == ("17.1", "index")
    assert release_of(bundle(), [{"type": "identity"}]) == (None, "unknown")
