"""Atomic Red Team: small tests of one technique each."""
