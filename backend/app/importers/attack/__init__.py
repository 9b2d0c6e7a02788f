"""MITRE ATT&CK: fetched by TAXII, GitHub, file or the bundled package; parsed from STIX 2.0 or 2.1."""
