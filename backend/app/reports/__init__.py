"""Renderers of what services built."""
