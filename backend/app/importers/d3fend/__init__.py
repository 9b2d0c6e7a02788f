"""MITRE D3FEND: defensive techniques and what they counter."""
