"""Compliance frameworks: catalogues of controls in OSCAL, and CTID's mappings of controls to ATT&CK."""
