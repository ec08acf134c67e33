"""Signing and verifying: DSSE envelopes, log entries, Sigstore bundles, the strict verifier, the embedded Sigstore.

`verify` and what it imports need `cryptography` and the standard library alone; `sigstore` is the only import of
sigstore-python.
"""
