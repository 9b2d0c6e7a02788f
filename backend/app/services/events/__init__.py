"""Telling browsers what changed: announced in its transaction, heard by every process, passed on to whom it reaches."""

from app.services.events.hub import EventHub, Subscription
from app.services.events.stream import Message, messages

__all__ = ["EventHub", "Message", "Subscription", "messages"]
