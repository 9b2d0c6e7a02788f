"""Detection rules: the catalogue, our own, where they run, and what they read like in a SIEM's language."""
