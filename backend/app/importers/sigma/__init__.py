"""Sigma rules of SigmaHQ."""
