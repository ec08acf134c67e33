"""The verifier that goes into every evidence bundle: `verify.py`, joined from these modules by `shipped.py`.

A second reading of docs/spec/evidence-bundle.md. It shares no code with the rest of the package and needs the standard library and
`cryptography` alone, so names here are unique over all modules, and nothing newer than Python 3.9 is used.
"""
