"""The evidence store: one port, two adapters (files, S3), and the links by which a browser fetches from them."""

from app.storage.factory import make_link_signer, make_store
from app.storage.links import LinkClaims, LinkSigner, app_link, content_disposition
from app.storage.port import Delivery, EvidenceStore, ObjectFacts, StoredObject, new_key

__all__ = [
    "Delivery",
    "EvidenceStore",
    "LinkClaims",
    "LinkSigner",
    "ObjectFacts",
    "StoredObject",
    "app_link",
    "content_disposition",
    "make_link_signer",
    "make_store",
    "new_key",
]
