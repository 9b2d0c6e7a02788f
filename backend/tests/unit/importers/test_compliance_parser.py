"""Mapping files and OSCAL documents of our own making, in upstream's format."""

import json

import pytest

from app.errors import Invalid
from app.importers.compliance.names import control_id, framework_version
from tests.support.parsing import parse_files

MODULE = "app.importers.compliance.parser"


def mapping(capability, technique, kind="mitigates", **more):
    return {
        "capability_id": capability,
        "capability_description": "Words",
        "capability_group": "G",
        "attack_object_id": technique,
        "mapping_type": kind,
        "comments": "because",
        "references": [],
        **more,
    }


def mapping_file(framework, version, attack, *objects):
    metadata = {
        "mapping_framework": framework,
        "mapping_framework_version": version,
        "attack_version": attack,
        "technology_domain": "enterprise",
        "capability_groups": {"G": "Group"},
    }
    return json.dumps({"metadata": metadata, "mapping_objects": list(objects)})


def control(identity, title, *, controls=(), props=(), parts=(), params=()):
    return {
        "id": identity,
        "title": title,
        "controls": list(controls),
        "props": list(props),
        "parts": list(parts),
        "params": list(params),
    }


STATEMENT = {
    "name": "statement",
    "prose": "The organization:",
    "parts": [
        {"name": "item", "props": [{"name": "label", "value": "a."}], "prose": "Asks {{ insert: param, ac-2_prm_1 }} ."}
    ],
}
CATALOGUE = {
    "catalog": {
        "metadata": {"title": "NIST Special Publication 800-53 Revision 5: Controls", "version": "5.0.1"},
        "groups": [
            {
                "title": "Access Control",
                "controls": [
                    control(
                        "ac-2",
                        "Accounts",
                        controls=[control("ac-2.1", "Automation")],
                        parts=[STATEMENT],
                        params=[{"id": "ac-2_prm_1", "label": "people"}],
                    ),
                    control("ac-13", "Gone", props=[{"name": "status", "value": "Withdrawn"}]),
                ],
            }
        ],
    }
}
PROFILE = {
    "profile": {
        "metadata": {"title": "NIST Special Publication 800-53 Revision 5.1.1 LOW IMPACT BASELINE", "version": "5.1.1"},
        "imports": [{"include-controls": [{"with-ids": ["ac-2", "ac-9"]}]}],
    }
}
XML = """<?xml version="1.0"?>
<catalog xmlns="http://csrc.nist.gov/ns/oscal/1.0"><metadata><title>NIST Special Publication 800-53 Revision 5: Controls
</title><version>5.0.1</version></metadata><group class="family" id="ac"><title>Access Control</title>
<control id="ac-2"><title>Accounts</title><param id="ac-2_prm_1"><label>people</label></param>
<part name="statement"><p>The organization:</p><part name="item"><prop name="label" value="a."/>
<p>Asks <insert type="param" id-ref="ac-2_prm_1"/> .</p></part></part>
<control id="ac-2.1"><title>Automation</title></control></control>
<control id="ac-13"><title>Gone</title><prop name="status" value="withdrawn"/></control></group></catalog>"""
PLACE = "nist.gov/SP800-53/rev5/"


@pytest.mark.parametrize(
    ("framework", "text", "expected"),
    [
        ("nist_800_53", "AC-02", "AC-2"),
        ("nist_800_53", " ac-2 ", "AC-2"),
        ("nist_800_53", "ac-2.1", "AC-2(1)"),
        ("nist_800_53", "AC-02(01)", "AC-2(1)"),
        ("csa_ccm", "A&A-01", "A&A-01"),
        ("cri_profile", "DE.AE-02.01", "DE.AE-02.01"),
    ],
)
def test_one_form_of_each_id(framework, text, expected):
    assert control_id(framework, text) == expected


def test_versions_can_stand_in_an_address():
    assert framework_version("12/12/2024") == "12.12.2024"
    assert {framework_version(text, "nist_800_53") for text in ("rev5", "5", "r5", "Rev. 5", "Revision 05")} == {"rev5"}
    assert framework_version("r5", "other") == "r5"


@pytest.mark.parametrize(
    ("title", "key", "name"),
    [
        ("NIST Cybersecurity Framework 2.0", "nist_csf:2.0", "NIST Cybersecurity Framework 2.0"),
        ("Version of NIST SP 800-171 Rev 3", "nist_800_171:rev3", "NIST SP 800-171 rev3"),
        ("NIST SP 800-53 Rev 5.2.0 Controls and SP 800-53A Rev 5.2.0", "nist_800_53:rev5", "NIST SP 800-53 rev5"),
        ("Controls of our own", "controls_of_our_own:7.1", "controls of our own 7.1"),
    ],
)
def test_a_framework_keeps_its_key_when_the_publisher_corrects_its_file(title, key, name):
    body = {"metadata": {"title": title, "version": "7.1"}, "controls": [control("PR.AA-01", "PR.AA-01")]}
    [framework] = parse_files(MODULE, {f"{PLACE}json/c.json": json.dumps({"catalog": body})}, "oscal").of("framework")
    assert (framework.key, framework.name) == (key, name)


def test_mappings_in_the_form_of_earlier_years():
    metadata = {
        "mapping-framework": "nist_800_53",
        "mapping-framework-version": "r4",
        "attack-version": "10.1",
        "mapping-types": [{"id": "3e00-8a", "name": "mitigates"}],
    }
    entry = {"capability-id": "AC-10", "attack-object-id": "T1137.002", "mapping-type": "3e00-8a", "group": "5a3a"}
    text = json.dumps({"metadata": metadata, "attack_objects": [entry]})
    [found] = parse_files(MODULE, {"mappings/nist/10.1/r4/a.json": text}, "mappings").records
    assert (found.control_key, found.attack_id, found.relation) == ("nist_800_53:rev4:AC-10", "T1137.002", "mitigates")


def test_files_for_several_domains_describe_one_framework():
    text = mapping_file("hed", "1", "19.1", mapping("a", "T1059"), mapping("b", "T1001"))
    mobile = json.loads(mapping_file("hed", "1", "19.1", mapping("b", "T1456"), mapping("c", "T1631")))
    mobile["metadata"]["technology_domain"] = "mobile"
    files = {"mappings/hed/e.json": text, "mappings/hed/m.json": json.dumps(mobile)}
    found = parse_files(MODULE, files, "mappings")
    assert (found.duplicates, found.problems) == ((), ())
    assert [item.control_id for item in found.of("control")] == ["a", "b", "c"]
    assert [item.attack_id for item in found.of("mapping")] == ["T1059", "T1001", "T1456", "T1631"]


@pytest.mark.parametrize("framework", ["kev", "veris", "cve"])
def test_vulnerabilities_and_incidents_are_no_controls(framework):
    text = mapping_file(framework, "1", "16.1", mapping("CVE-2025-1", "T1059", "primary_impact"))
    assert parse_files(MODULE, {"mappings/k.json": text}, "mappings").items == ()


def test_a_framework_known_by_its_mappings_alone():
    text = mapping_file(
        "gcp",
        "03/06/2025",
        "16.1",
        mapping("armor", "T1059", "technique_scores", score_category="protect", score_value="partial"),
        mapping("armor", "T1059", "technique_scores", score_category="detect", score_value="minimal"),
        mapping("armor", "T1059", "technique_scores", score_category="detect", score_value="minimal"),
        mapping("nothing", None, None),
        mapping(None, "T1001", "non_mappable"),
        mapping("armor", "nonsense"),
    )
    found = parse_files(MODULE, {"mappings/gcp/a.json": text, "mappings/gcp/layer.json": "{}"}, "mappings")
    [framework] = found.of("framework")
    assert (framework.key, framework.attack_version) == ("gcp:03.06.2025", "16.1")
    assert [item.control_id for item in found.of("control")] == ["armor", "nothing"]
    assert found.of("control")[0].family == "Group"
    assert [item.key for item in found.of("mapping")] == [
        "gcp:03.06.2025:armor|T1059|technique_scores|protect|partial",
        "gcp:03.06.2025:armor|T1059|technique_scores|detect|minimal",
        "gcp:03.06.2025:armor|T1059|technique_scores|detect|minimal#2",
    ]
    assert found.codes == {"mappings/gcp/a.json#5": "unknown_technique_id"}


def test_nist_controls_come_from_the_catalogue_only():
    text = mapping_file("nist_800_53", "rev5", "16.1", mapping("AC-02", "T1059"))
    found = parse_files(MODULE, {"mappings/n.json": text}, "mappings")
    assert [record.kind for record in found.records] == ["mapping"]
    assert found.records[0].control_key == "nist_800_53:rev5:AC-2"


def test_the_mapping_for_the_newest_attack_counts():
    old = mapping_file("aws", "1", "9.0", mapping("a", "T1001"))
    new = mapping_file("aws", "1", "16.1", mapping("a", "T1059"))
    found = parse_files(MODULE, {"mappings/1.json": new, "mappings/2.json": old}, "mappings")
    assert [item.attack_id for item in found.of("mapping")] == ["T1059"]


def test_a_catalogue_with_its_baseline():
    files = {
        f"{PLACE}json/c_catalog.json": json.dumps(CATALOGUE),
        f"{PLACE}json/low_profile.json": json.dumps(PROFILE),
        f"{PLACE}xml/c_catalog.xml": XML,
    }
    found = parse_files(MODULE, files, "oscal")
    [framework] = found.of("framework")
    assert (framework.key, framework.raw["complete"]) == ("nist_800_53:rev5", True)
    assert framework.baselines == [{"name": "LOW", "title": "Low", "controls": 2}]
    controls = {item.control_id: item for item in found.of("control")}
    assert list(controls) == ["AC-2", "AC-2(1)", "AC-13"]
    assert controls["AC-2"].description == "The organization:\na. Asks [Assignment: people]."
    assert controls["AC-2"].baselines == ["LOW"]
    assert controls["AC-2(1)"].parent_key == "nist_800_53:rev5:AC-2"
    assert controls["AC-13"].withdrawn


def test_xml_says_the_same_as_json():
    by_json = parse_files(MODULE, {f"{PLACE}json/c.json": json.dumps(CATALOGUE)}, "oscal").of("control")
    by_xml = parse_files(MODULE, {f"{PLACE}xml/c.xml": XML}, "oscal").of("control")
    assert by_xml == by_json


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "xml_forbidden"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "xml_forbidden"),
        ("<a>", "invalid_xml"),
        (
            '<catalog xmlns="http://csrc.nist.gov/ns/oscal/1.0">' + "<group>" * 60 + "</group>" * 60 + "</catalog>",
            "nesting_too_deep",
        ),
    ],
)
def test_dangerous_xml_is_refused_unless_the_same_is_there_in_json(text, code):
    with pytest.raises(Invalid) as raised:
        parse_files(MODULE, {f"{PLACE}xml/bad.xml": text, f"{PLACE}xml/good.xml": XML}, "oscal")
    assert (raised.value.code, f"{PLACE}xml/bad.xml" in raised.value.message) == (code, True)
    found = parse_files(MODULE, {f"{PLACE}xml/c.xml": text, f"{PLACE}json/c.json": json.dumps(CATALOGUE)}, "oscal")
    assert (found.problems, len(found.of("control"))) == ((), 3)
