"""The Whereof service: HTTP API and pages over the library in `attest`."""
