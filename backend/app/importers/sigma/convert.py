"""Sigma rules in the query languages of products, by pySigma. Heavy: import it in a process of its own only.

Only each language's plain format is used: the formats for Elastic's rule editor fetch ATT&CK from the internet.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sigma.backends.elasticsearch import EqlBackend, ESQLBackend, LuceneBackend
from sigma.backends.kusto import KustoBackend
from sigma.backends.loki import LogQLBackend
from sigma.backends.opensearch import OpensearchLuceneBackend
from sigma.backends.splunk import SplunkBackend
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError
from sigma.pipelines.elasticsearch import ecs_windows
from sigma.pipelines.loki import loki_grafana_logfmt
from sigma.pipelines.microsoftxdr import microsoft_xdr_pipeline
from sigma.pipelines.sentinelasim import sentinel_asim_pipeline
from sigma.pipelines.splunk import splunk_windows_pipeline
from sigma.processing.pipeline import ProcessingPipeline

from app.importers.sigma.backends import PLAIN
from app.importers.yaml_reader import UnreadableYaml, read_yaml

MAX_QUERY: Final = 400_000

_BACKENDS: Final[Mapping[str, Callable[..., Any]]] = {
    "splunk": SplunkBackend,
    "elasticsearch-lucene": LuceneBackend,
    "elasticsearch-esql": ESQLBackend,
    "elasticsearch-eql": EqlBackend,
    "kusto": KustoBackend,
    "opensearch": OpensearchLuceneBackend,
    "loki": LogQLBackend,
}
_PIPELINES: Final[Mapping[str, Callable[[], ProcessingPipeline]]] = {
    "splunk_windows": splunk_windows_pipeline,
    "ecs_windows": ecs_windows,
    "microsoft_xdr": microsoft_xdr_pipeline,
    "sentinel_asim": sentinel_asim_pipeline,
    "loki_grafana_logfmt": loki_grafana_logfmt,
}


@dataclass(frozen=True, slots=True)
class Converted:
    """What came of a rule: queries, or the reason why there are none."""

    queries: list[str]
    error: str | None = None


class _NotConvertible(Exception):
    """A rule that a backend cannot express."""


def convert(text: str, rule: Mapping[str, Any] | list[dict[str, Any]] | None, backend: str, pipeline: str) -> Converted:
    """Convert the only rule of a text, a rule merged from several documents, or a correlation with its rules."""
    try:
        merged = rule if isinstance(rule, list) else [dict(rule)] if rule else None
        collection = _collection(merged or _documents(text))
        steps = None if pipeline == PLAIN else _PIPELINES[pipeline]()
        queries = _bounded(_BACKENDS[backend](processing_pipeline=steps).convert(collection))
    except (_NotConvertible, UnreadableYaml) as error:
        return Converted([], str(error))
    except (SigmaError, NotImplementedError) as error:
        return Converted([], _reason(error))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  rules come from outside, and backends raise what they like
        # What trips a backend up is a rule that it cannot express; the next one may be fine.
        return Converted([], f"The backend cannot read this rule: {_reason(error)}")
    return Converted(queries)


def _collection(documents: list[dict[str, Any]]) -> SigmaCollection:
    collection = SigmaCollection.from_dicts(documents, collect_errors=False)
    if not collection.rules:
        raise _NotConvertible("The text holds no Sigma rule.")
    return collection


def _bounded(found: list[Any]) -> list[str]:
    queries = [str(query) for query in found]
    if sum(map(len, queries)) > MAX_QUERY:
        raise _NotConvertible("The query would be too long.")
    return queries


def _documents(text: str) -> list[dict[str, Any]]:
    documents = [document for document in read_yaml(text.encode()) if document is not None]
    if not all(isinstance(document, dict) for document in documents):
        raise _NotConvertible("The text is no map of fields.")
    return documents


def _reason(error: Exception) -> str:
    words = " ".join(str(error).split())
    return (words or type(error).__name__)[:500]
