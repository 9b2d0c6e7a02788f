"""Measures the product against what the database alone can do, as ratios that hold on any machine."""
