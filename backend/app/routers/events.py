"""Live updates: server-sent events that say what changed, never what it says."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.dependencies import AppSettings, Factory, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.services import authentication
from app.services.events import EventHub, Message, Subscription, messages

router = protected_router("/events", "events")
Listener = Annotated[Actor, Depends(require(Permission.PROFILE_OWN))]
RECONNECT_MS = 3_000
_EXAMPLE = 'retry: 3000\nevent: ready\nid: 5f0c1de2a9b34c77\ndata: {}\n\nevent: change\nid: 91b7a4403ce81d2f\ndata: {"kind":"test","id":"0198c0de-0000-7000-8000-000000000001"}\n\n'  # noqa: E501


class EventStream(StreamingResponse):
    """An answer that goes on, and gives its place back however it ends."""

    media_type = "text/event-stream"

    def __init__(self, subscription: Subscription, content: AsyncIterator[str]) -> None:
        # A proxy that collects an answer before it sends it would hold everything back.
        super().__init__(content, headers={"X-Accel-Buffering": "no"})
        self._subscription = subscription

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, then free the place."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._subscription.close()


async def get_hub(request: Request) -> EventHub:
    """The streams of this process."""
    hub: EventHub = request.app.state.events
    return hub


@router.get(
    "",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "`ready` or `resync` first, then `change` with kind and id, `end` with a reason.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        }
    },
)
async def stream_events(
    request: Request,
    actor: Listener,
    hub: Annotated[EventHub, Depends(get_hub)],
    factory: Factory,
    settings: AppSettings,
    last_event_id: Annotated[
        str | None,
        Header(max_length=64, description="Id of the last message that arrived; what followed it is sent again."),
    ] = None,
) -> EventStream:
    """What changes from now on, as far as one may see it. Ends with the session or token.

    `change` names a kind (`test`, `notification`, `sync_run`, …) and the id of the thing; read it again over the API.
    `resync` means that something was missed: read everything again that is shown. At most 8 streams a person.
    """
    _, _, credentials = request.headers["authorization"].partition(" ")

    async def still() -> Actor:
        return await authentication.resolve_actor(
            factory,
            settings,
            credentials.strip(),
            client_address=request.client.host if request.client else None,
            seen=False,
        )

    subscription = hub.subscribe(actor, last_event_id)
    return EventStream(subscription, _as_text(messages(hub, subscription, still)))


async def _as_text(told: AsyncIterator[Message]) -> AsyncIterator[str]:
    yield f"retry: {RECONNECT_MS}\n\n"
    async for message in told:
        yield _frame(message)


def _frame(message: Message) -> str:
    if message.event == "beat":
        return ": beat\n\n"
    data: dict[str, str | None] = {}
    if message.event == "change":
        data = {"kind": message.kind, "id": message.subject_id}
    elif message.event == "end":
        data = {"reason": message.reason}
    head = f"event: {message.event}\n" + (f"id: {message.id}\n" if message.id else "")
    return f"{head}data: {json.dumps(data, separators=(',', ':'))}\n\n"
