"""Planted values: every grammar times every encoding times every host, by a seed."""
