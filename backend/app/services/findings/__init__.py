"""Findings: gaps from the tests that showed them to the retests that prove them closed."""
