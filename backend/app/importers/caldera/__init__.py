"""CALDERA stockpile: abilities and the adversaries made of them."""
