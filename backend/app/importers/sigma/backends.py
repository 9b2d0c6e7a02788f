"""Which languages Sigma rules are converted to. Light: the libraries are loaded by the converter process alone."""

from dataclasses import dataclass
from typing import Final

PLAIN: Final = "none"
"""No mapping of fields: the query has Sigma's own names."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A product's query language."""

    name: str
    title: str
    language: str
    pipelines: tuple[str, ...]
    """Mappings of fields, the usual one first."""


BACKENDS: Final = {
    backend.name: backend
    for backend in (
        Backend("splunk", "Splunk", "SPL", ("splunk_windows", PLAIN)),
        Backend("elasticsearch-lucene", "Elasticsearch (Lucene)", "Lucene", ("ecs_windows", PLAIN)),
        Backend("elasticsearch-esql", "Elasticsearch (ES|QL)", "ES|QL", ("ecs_windows", PLAIN)),
        Backend("elasticsearch-eql", "Elasticsearch (EQL)", "EQL", ("ecs_windows", PLAIN)),
        Backend("kusto", "Microsoft Defender XDR and Sentinel", "KQL", ("microsoft_xdr", "sentinel_asim", PLAIN)),
        Backend("opensearch", "OpenSearch (Lucene)", "Lucene", ("ecs_windows", PLAIN)),
        Backend("loki", "Grafana Loki", "LogQL", ("loki_grafana_logfmt", PLAIN)),
    )
}

ALIASES: Final = {
    "lucene": "elasticsearch-lucene",
    "elasticsearch": "elasticsearch-lucene",
    "elastic": "elasticsearch-lucene",
    "esql": "elasticsearch-esql",
    "eql": "elasticsearch-eql",
    "kql": "kusto",
    "sentinel": "kusto",
    "logql": "loki",
    "microsoft-kql": "kusto",
    "opensearch-lucene": "opensearch",
    "spl": "splunk",
}
"""Other words for them."""


def backend_named(name: str) -> Backend | None:
    """A backend by its name or another word for it; dashes and underscores are one."""
    plain = name.lower().replace("_", "-")
    return BACKENDS.get(ALIASES.get(plain, plain))
