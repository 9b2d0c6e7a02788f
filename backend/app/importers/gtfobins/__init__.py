"""GTFOBins: binaries of Unix that do more than they should."""
