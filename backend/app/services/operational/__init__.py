"""Operational metrics: how fast, how well and how reliably the defence and its tests work over a period."""
