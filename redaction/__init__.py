"""Redaction of text and JSON: find secrets and identities, replace them with keyed tokens, check the result."""
