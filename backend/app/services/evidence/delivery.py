"""Handing evidence out: links for one person, and the bytes behind the links that we sign ourselves."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.database import SessionFactory
from app.domain.actor import Actor
from app.domain.evidence import delivered_name
from app.domain.permissions import Role, permissions_of
from app.errors import AppError, Conflict, NotFound
from app.models.base import JsonObject
from app.models.identity import UserAccount
from app.services.evidence.content import OCTET_STREAM
from app.services.evidence.custody import record_custody_of_read
from app.services.evidence.queries import EvidenceView, find_evidence
from app.storage import Delivery, EvidenceStore, app_link, make_link_signer

LINK_SECONDS = 60
_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")


class RangeNotSatisfiable(AppError):
    """The wanted bytes lie beyond the file's end."""

    status = 416
    title = "Range not satisfiable"


@dataclass(frozen=True, slots=True)
class FileDelivery:
    """An open file: its headers' facts and its bytes. `is_part` tells a range from the whole."""

    filename: str
    content_type: str
    sha256: str
    total: int
    start: int
    length: int
    is_part: bool
    chunks: AsyncIterator[bytes]


async def issue_link(
    factory: SessionFactory,
    store: EvidenceStore,
    settings: Settings,
    *,
    actor: Actor,
    view: EvidenceView,
    address: str | None,
) -> str:
    """A URL by which this person can begin to download the file within a minute.

    Raises Conflict `evidence_withdrawn`, `evidence_purged`; NotFound when the file is missing, Unavailable when the
    store does not answer.
    """
    require_available(view)
    # A browser that follows a link to nothing shows what the store says, which helps nobody.
    await store.head(view.stored.key)
    is_dangerous = view.stored.dangerous
    delivery = Delivery(
        filename=delivered_name(view.evidence.filename, dangerous=is_dangerous),
        content_type=OCTET_STREAM if is_dangerous else view.stored.content_type,
        expires_seconds=LINK_SECONDS,
        subject=str(view.evidence.id),
        person=str(actor.user_id),
    )
    if settings.evidence_delivery == "proxy":
        url = app_link(make_link_signer(settings), view.stored.key, delivery)
    else:
        url = await store.presign(view.stored.key, delivery)
    await record_custody_of_read(factory, actor, view.evidence.id, "link_issued", address=address)
    return url


async def open_link(
    factory: SessionFactory,
    store: EvidenceStore,
    settings: Settings,
    *,
    token: str,
    range_header: str | None,
    if_range: str | None,
    address: str | None,
) -> FileDelivery:
    """The file behind a link of ours, or the wanted part of it.

    The link's person must still be active and still see the test: rights that end, end links too.
    Raises Forbidden for a bad link, NotFound, RangeNotSatisfiable.
    """
    claims = make_link_signer(settings).read(token)
    async with factory() as session:
        actor = await _person(session, UUID(claims.person))
        view = await find_evidence(session, actor=actor, evidence_id=UUID(claims.subject)) if actor else None
    if actor is None or view is None or view.stored.key != claims.key or view.evidence.withdrawn_at is not None:
        raise NotFound("evidence_not_found", "There is no such evidence any more.")
    facts = await store.head(claims.key)
    if if_range is not None and if_range.strip('"') != view.stored.sha256:
        range_header = None
    wanted = _wanted(range_header, facts.size)
    start, length = wanted or (0, facts.size)
    details: JsonObject = {} if wanted is None else {"start": start, "length": length}
    await record_custody_of_read(factory, actor, view.evidence.id, "fetched", address=address, details=details)
    return FileDelivery(
        filename=claims.filename,
        content_type=claims.content_type,
        sha256=view.stored.sha256,
        total=facts.size,
        start=start,
        length=length,
        is_part=wanted is not None,
        chunks=store.open(claims.key, start=start, length=length),
    )


def require_available(view: EvidenceView) -> None:
    """Raise Conflict when the file must not be handed out any more."""
    if view.stored.purged_at is not None:
        raise Conflict("evidence_purged", "The content of this evidence was destroyed.")
    if view.evidence.withdrawn_at is not None:
        raise Conflict("evidence_withdrawn", "This evidence was withdrawn.")


async def _person(session: AsyncSession, user_id: UUID) -> Actor | None:
    user = await session.get(UserAccount, user_id)
    if user is None or not user.is_active:
        return None
    role = Role(user.role)
    return Actor(
        user_id=user.id,
        username=user.username,
        role=role,
        permissions=permissions_of(role, auditor=user.auditor),
        auditor=user.auditor,
    )


def _wanted(header: str | None, size: int) -> tuple[int, int] | None:
    """Start and length of a single byte range, or None for the whole file (RFC 9110 section 14).

    Several ranges, other units and nonsense are ignored, as the RFC allows.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        length = min(int(suffix), size)
        start = size - length
    else:
        start = int(first)
        end = min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None
        length = end - start + 1
    if length <= 0 or start >= size:
        raise RangeNotSatisfiable("range_not_satisfiable", f"The file has {size} bytes.")
    return start, length
