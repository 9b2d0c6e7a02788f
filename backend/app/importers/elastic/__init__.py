"""Detection rules of Elastic."""
