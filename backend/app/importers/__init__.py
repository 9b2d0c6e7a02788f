"""Upstream content: how it is fetched and parsed. Knows no database, no models and no settings."""
