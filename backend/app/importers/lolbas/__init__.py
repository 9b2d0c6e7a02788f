"""LOLBAS: binaries of Windows that do more than they should."""
