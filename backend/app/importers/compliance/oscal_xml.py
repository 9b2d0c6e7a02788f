"""OSCAL in XML, brought into the shape that OSCAL has in JSON, as far as we read it."""

from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from app.importers.limits import MAX_JSON_DEPTH
from app.importers.reading import Unusable

NAMESPACE: Final = "{http://csrc.nist.gov/ns/oscal/1.0}"
PROSE: Final = frozenset({"p", "ul", "ol", "table", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})


def read_xml(data: bytes) -> dict[str, Any]:
    """A catalogue or profile; an empty map for XML of another kind.

    Raises Unusable `invalid_xml`, `xml_forbidden` for document types and entities, or `nesting_too_deep`.
    """
    try:
        root = fromstring(data, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise Unusable("xml_forbidden", "The file declares a document type or entities, which is refused.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Unusable("invalid_xml", "The file is not well-formed XML.") from error
    kind = _name(root)
    if kind == "catalog":
        return {"catalog": {"metadata": _metadata(root), **_group(root, 0)}}
    if kind == "profile":
        return {"profile": {"metadata": _metadata(root), "imports": [_import(entry) for entry in _all(root, "import")]}}
    return {}


def _name(element: Element) -> str:
    return element.tag.removeprefix(NAMESPACE)


def _all(element: Element, name: str) -> list[Element]:
    return element.findall(f"{NAMESPACE}{name}")


def _text(element: Element, name: str) -> str:
    found = element.find(f"{NAMESPACE}{name}")
    return "" if found is None else _prose(found)


def _metadata(root: Element) -> dict[str, Any]:
    metadata = root.find(f"{NAMESPACE}metadata")
    if metadata is None:
        return {}
    return {"title": _text(metadata, "title"), "version": _text(metadata, "version")}


def _import(element: Element) -> dict[str, Any]:
    selections = _all(element, "include-controls")
    ids = [_prose(entry) for selection in selections for entry in _all(selection, "with-id")]
    return {"include-controls": [{"with-ids": ids}]}


def _group(element: Element, depth: int) -> dict[str, Any]:
    _refuse(depth)
    return {
        "title": _text(element, "title"),
        "groups": [_group(inner, depth + 1) for inner in _all(element, "group")],
        "controls": [_control(inner, depth + 1) for inner in _all(element, "control")],
    }


def _control(element: Element, depth: int) -> dict[str, Any]:
    _refuse(depth)
    return {
        "id": element.get("id"),
        "title": _text(element, "title"),
        "params": [_parameter(inner) for inner in _all(element, "param")],
        "props": _properties(element),
        "links": [{"href": inner.get("href"), "rel": inner.get("rel")} for inner in _all(element, "link")],
        "parts": [_part(inner, depth + 1) for inner in _all(element, "part")],
        "controls": [_control(inner, depth + 1) for inner in _all(element, "control")],
    }


def _parameter(element: Element) -> dict[str, Any]:
    select = element.find(f"{NAMESPACE}select")
    choices = [] if select is None else [_prose(choice) for choice in _all(select, "choice")]
    found: dict[str, Any] = {"id": element.get("id"), "label": _text(element, "label")}
    return {**found, "select": {"choice": choices}} if choices else found


def _properties(element: Element) -> list[dict[str, Any]]:
    return [{"name": inner.get("name"), "value": inner.get("value")} for inner in _all(element, "prop")]


def _part(element: Element, depth: int) -> dict[str, Any]:
    _refuse(depth)
    return {
        "name": element.get("name"),
        "props": _properties(element),
        "prose": "\n\n".join(_prose(inner) for inner in element if _name(inner) in PROSE),
        "parts": [_part(inner, depth + 1) for inner in _all(element, "part")],
    }


def _prose(element: Element) -> str:
    """All text inside, with parameters marked as they are in JSON."""
    pieces = [element.text or ""]
    for inner in element.iter():
        if inner is element:
            continue
        if _name(inner) == "insert":
            pieces.append("{{ insert: param, " + (inner.get("id-ref") or "") + " }}")
        pieces += [inner.text or "", inner.tail or ""]
    return " ".join("".join(pieces).split())


def _refuse(depth: int) -> None:
    if depth > MAX_JSON_DEPTH // 4:
        raise Unusable("nesting_too_deep", "The catalogue nests too deep.")
