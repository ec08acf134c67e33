"""`VERIFY.md`: what an evidence bundle is, and how somebody who never saw it checks it with commands that stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.evidence.bag import BASE
from attest.evidence.bundle.layout import entry_path
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.evidence.bundle.question import BundleFacts
    from attest.store.attestations import StoredAttestation

_GROUP: Final = 4


def spoken(digest: bytes) -> str:
    """Give a digest in groups of four, to be read out and compared over the telephone."""
    text = digest.hex()
    return " ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def verify_page(
    facts: BundleFacts, first: StoredAttestation | None, follows: Mapping[str, object] | None = None
) -> bytes:
    """Give the page; `first` is the entry that the example of a stock command uses, `follows` what the genesis says of it."""
    page = _PAGE.format(
        question=facts.question.words(),
        entries=facts.entries,
        log=facts.log,
        size=facts.size,
        root=facts.root.hex(),
        first=facts.first,
        last=facts.end - 1,
        trust=facts.trust.hex(),
        spoken=spoken(facts.trust),
        base=BASE.rstrip("/"),
    )
    before = "" if follows is None else _FOLLOWS.format(log=follows["origin"])
    return (page + before + (_stock(first) if first is not None else "")).encode()


def _stock(stored: StoredAttestation) -> str:
    statement = parse_statement(parse_envelope(stored.leaf.envelope).payload)
    return _STOCK.format(
        bundle=entry_path(stored.receipt.index),
        identity=stored.identity,
        issuer=stored.issuer,
        digest=next((one.sha256 for one in statement.subjects if one.sha256), "DIGEST"),
        kind=statement.predicate_type,
    )


_PAGE: Final = """# How to check this evidence

This folder answers one question about a log of AI coding sessions: **{question}**. It holds {entries} signed
statements, and what proves that they are in the log, unchanged, and all there are.

You need no network, and nothing of the program that made it.

## 1. Compare one number by telephone

Everything rests on the trust root. Anyone can make a false log with a root of its own, so ask somebody you know at the
organisation that runs the log, over a telephone number you already had, to read out its trust digest:

    {spoken}

If it differs, stop: do not rely on anything here. Ask for the tree size and the root too, if you can:

    size {size}
    root {root}

## 2. Is the folder whole?

In the folder `{base}`:

    sha256sum -c tagmanifest-sha256.txt manifest-sha256.txt

Every line must end in `OK`. This shows damage. It does not show forgery: the lists could have been made anew.

## 3. Check everything

A verifier that came with the evidence is only as honest as who sent it: better take one from where the program is published,
or compare its SHA-256 with one from there. Each of these checks the archive itself, not unpacked, and all give the same answer:

**In a browser.** Open `{base}/verifier.html` from your disk, choose the bundle, paste the trust digest, press *Check*. The page
opens no connection. It shows `Valid`, `INVALID` with what failed and where, or `Not decided` with what could not be checked.

**With Python** 3.9 or newer and its package `cryptography`:

    python3 {base}/verify.py BUNDLE --trust-digest {trust}

**With a shell**, `tar`, `od`, `openssl` 3 or newer, `jq` and coreutils; slower, about two seconds and an eighth of one for each
statement:

    sh {base}/verify.sh BUNDLE --trust-digest {trust}

**With the program:**

    whereof bundle verify BUNDLE --trust trusted_root.json

Each line says what was checked. A good result ends in

    valid: every claim that is needed was checked and holds

with exit code 0. A bad one has a line `FAILED` for each claim that does not hold, and below them what failed, where:

    FAILED      entries: 1 failed
      entries: entry 12: it is not the leaf that the window says
    INVALID: entries: do not rely on this evidence; keep it and report it

with exit code 3: do not rely on any of it, keep the file, and report it. `not decided`, exit code 5: nothing was found that
fails, but something could not be checked; the line `not checked` says what and why. Without a trust digest or root from outside
it always ends there: the bundle then agrees with itself, and that is all.

## 4. What it means, and what not

The log is `{log}`. Leaves {first} to {last} of {size} are accounted for one by one: none can be left out, changed or moved.

Not proved: that the question was the right one; that the log shows everybody the same tree, and when it had it (compare size and
root with what others hold; where you know witnesses of this log or a time-stamp authority, name them with `--witnesses FILE`,
`--anchors FILE`: all four verifiers check them); who the signers are (their names are printed as certified, judge them yourself); anything about
sessions that were never recorded.
"""

_FOLLOWS: Final = """
This log follows another, `{log}`, which has ended. Nothing here says what stands in that one: ask for a bundle of it too.
"""

_STOCK: Final = """
## 5. One statement with a stock tool

`sigstore` (the Python client of the Sigstore project) checks one statement at a time. In the folder:

    sigstore --trust-config TRUST_CONFIG verify identity --offline --bundle {bundle} \\
        --cert-identity '{identity}' \\
        --cert-oidc-issuer '{issuer}' \\
        sha256:{digest}

`TRUST_CONFIG` is what `whereof export trust` wrote for whoever runs the log. The digest is that of the statement's subject: for
a commit, `git --no-replace-objects cat-file commit OID | sha256sum` in any clone gives it. It prints `OK`, or why not.

`cosign`, version 3, does the same where it is installed, without network, and says `Verified OK` or why not:

    cosign verify-blob-attestation --bundle {bundle} \\
        --trusted-root data/trust/trusted_root.json --type {kind} \\
        --certificate-identity '{identity}' \\
        --certificate-oidc-issuer '{issuer}' \\
        --digest {digest} --digestAlg sha256

`openssl` alone checks the signature of a statement, and nothing else of it. With `jq`, in the folder:

    jq -r .verificationMaterial.certificate.rawBytes {bundle} | base64 -d |
        openssl x509 -inform DER -noout -pubkey > key.pem
    jq -r '.dsseEnvelope.signatures[0].sig' {bundle} | base64 -d > sig
    jq -r '.dsseEnvelope.payload' {bundle} | base64 -d > payload
    (printf 'DSSEv1 28 application/vnd.in-toto+json %s ' "$(wc -c < payload | tr -d ' ')"; cat payload) |
        openssl dgst -sha256 -verify key.pem -signature sig

It prints `Verified OK`, or `Verification failure`.
"""
