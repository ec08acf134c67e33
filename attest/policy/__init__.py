"""Tiers, rules and verdicts: what a repository asks of a change, decided without any input or output."""
