"""The converter process: kept while it is used, killed when it takes too long, at most a few questions a rule."""

import pytest

from app.errors import Invalid, UpstreamFailed
from app.importers.sigma.backends import BACKENDS
from app.models.knowledge import DetectionRule
from app.services.rules.conversion import Converter
from tests.rules.test_detection_rules import WHOAMI
from tests.support.parsing import parse_path

SPLUNK = BACKENDS["splunk"]


def rule(text: str = WHOAMI, content_hash: str = "a", **raw: object) -> DetectionRule:
    return DetectionRule(language="sigma", source_text=text, content_hash=content_hash, raw=raw)


@pytest.fixture
async def converter():
    made = Converter()
    yield made
    await made.close()


async def test_a_conversion_is_remembered_by_content(converter: Converter):
    first = await converter.convert(rule(), SPLUNK, None)
    await converter.close()
    assert await converter.convert(rule(), SPLUNK, None) == first
    assert not converter.is_running
    changed = await converter.convert(rule(WHOAMI.replace("whoami", "id"), "b"), SPLUNK, None)
    assert changed.queries != first.queries
    assert converter.is_running


async def test_a_process_that_takes_too_long_is_killed():
    hasty = Converter(seconds=0.01)
    with pytest.raises(UpstreamFailed) as refused:
        await hasty.convert(rule(), SPLUNK, None)
    assert refused.value.code == "conversion_failed"
    assert not hasty.is_running


async def test_an_idle_process_is_let_go():
    quick = Converter(idle_seconds=0)
    await quick.convert(rule(), SPLUNK, None)
    process = quick._process
    assert process is not None
    assert await process.wait() == 0
    assert not quick.is_running


async def test_where_the_usual_mapping_does_not_fit_the_fields_stay_sigmas(converter: Converter):
    text = WHOAMI.replace("category: process_creation\n  product: windows", "product: zeek\n  service: http")
    found = await converter.convert(rule(text), BACKENDS["kusto"], None)
    assert found.pipeline is None
    assert found.queries == ('Image endswith "\\\\whoami.exe"',)
    assert found.notes[0].startswith("Fields are Sigma's own")
    with pytest.raises(Invalid) as refused:
        await converter.convert(rule(text), BACKENDS["kusto"], "microsoft_xdr")
    assert refused.value.code == "not_convertible"


async def test_a_rule_merged_from_several_documents(converter: Converter):
    merged = {
        "title": "x",
        "logsource": {"product": "windows"},
        "detection": {"selection": {"EventID": 7045}, "condition": "selection"},
    }
    found = await converter.convert(rule("detection: {}", rule=merged), SPLUNK, "none")
    assert found.queries == ("EventID=7045",)


async def test_a_correlation_is_converted_with_the_rules_beside_it(converter: Converter):
    base = {
        "title": "One",
        "name": "one",
        "logsource": {"product": "windows"},
        "detection": {"selection": {"EventID": 4625}, "condition": "selection"},
    }
    count = {"type": "event_count", "rules": ["one"], "group-by": ["User"], "timespan": "5m", "condition": {"gte": 9}}
    many = {"title": "Many", "correlation": count}
    text = "title: Many\ncorrelation: {}\n"
    found = await converter.convert(rule(text, "many", together=[base, many]), SPLUNK, "none")
    [query] = found.queries
    assert "EventID=4625" in query
    assert "event_count >= 9" in query
    with pytest.raises(Invalid) as refused:
        await converter.convert(rule(text, "alone", rule=many), SPLUNK, "none")
    assert refused.value.code == "not_convertible"


async def test_what_a_mapping_raises_is_its_reason_not_the_end_of_the_process(converter: Converter):
    text = WHOAMI.replace("Image|endswith: '\\whoami.exe'", "Hashes|contains: IMPHASH=0123456789ABCDEF0123456789ABCDEF")
    with_hash = rule(text, "hash")
    plain = await converter.convert(with_hash, BACKENDS["kusto"], None)
    process = converter._process
    assert (plain.pipeline, len(plain.notes)) == (None, 1)
    assert "No valid hash algo" in plain.notes[0]
    with pytest.raises(Invalid, match="No valid hash algo"):
        await converter.convert(with_hash, BACKENDS["kusto"], "microsoft_xdr")
    assert converter._process is process


@pytest.mark.slow
@pytest.mark.recorded
async def test_the_whole_catalogue(recorded_content, converter: Converter):
    parsed = parse_path("app.importers.sigma.parser", recorded_content / "github/SigmaHQ/sigma.tar.gz")
    names = ("splunk", "elasticsearch-lucene", "elasticsearch-esql", "kusto", "opensearch")
    failed = dict.fromkeys(names, 0)
    for item in parsed.items:
        record = item.record
        for name in names:
            try:
                await converter.convert(rule(record.source_text, record.key, **record.raw), BACKENDS[name], None)
            except Invalid:
                failed[name] += 1
    assert all(number <= 0.06 * len(parsed.items) for number in failed.values()), failed
