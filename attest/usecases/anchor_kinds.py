"""The three places a head can be anchored in: a time-stamp authority, a transparency log, a repository."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import CannotVerify, NotVerified
from attest.signing.cms import parse_token
from attest.signing.der import BOOLEAN, NULL, OCTET_STRING, SEQUENCE, DerError, encode, encode_integer, encode_oid
from attest.usecases.anchor import Anchored
from attest.witness.bounded_http import parse_address, request

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.signing.embedded.log_keys import LogKeys

MAX_TOKEN_BYTES: Final = 64 * 1024
MAX_ENTRY_BYTES: Final = 1024 * 1024
ANCHOR_REF: Final = "refs/whereof/anchors"
"""Where a repository keeps the checkpoints: one commit each, one after the other."""
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_GIT_FILE: Final = "100644"


def timestamp_request(note: bytes) -> bytes:
    """Give the DER TimeStampReq over a note: no nonce, for an older token over the same note is a better one."""
    algorithm = encode(SEQUENCE, encode_oid(_SHA256), encode(NULL))
    imprint = encode(SEQUENCE, algorithm, encode(OCTET_STRING, hashlib.sha256(note).digest()))
    return encode(SEQUENCE, encode_integer(1), imprint, encode(BOOLEAN, b"\xff"))


def read_timestamp(note: bytes, response: bytes, where: str) -> Anchored:
    """Take a time-stamp response that somebody got for a note; its signature is for whoever reads it to check.

    Raises:
        NotVerified: `evidence.timestamp`: it does not parse, or is over something else.
    """
    try:
        token = parse_token(response)
    except DerError as err:
        raise NotVerified("evidence.timestamp", f"the time stamp does not parse: {err}", where=where) from err
    if token.imprint_hash != "sha256" or not hmac.compare_digest(token.imprint, hashlib.sha256(note).digest()):
        raise NotVerified("evidence.timestamp", "the time stamp is over something else", where=where)
    return Anchored(kind="rfc3161", where=where, proof=response, at=token.time)


def stamp(note: bytes, url: str) -> Anchored:
    """Have a time-stamp authority stamp a note over HTTP (RFC 3161 3.4).

    Raises:
        CannotVerify: `service.away`. NotVerified: as for `read_timestamp`.
    """
    address = parse_address(url)
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    reply = request(address, "", most=MAX_TOKEN_BYTES, body=timestamp_request(note), headers=headers)
    if reply.status != HTTPStatus.OK:
        raise CannotVerify("service.away", got=f"status {reply.status}", where=address.host)
    return read_timestamp(note, reply.body, address.host)


def hashedrekord(note: bytes, keys: LogKeys) -> bytes:
    """Give the Rekor `hashedrekord/0.0.1` entry of a note, signed by the log's P-256 key: canonical JSON."""
    return canonical_json(
        {
            "apiVersion": "0.0.1",
            "kind": "hashedrekord",
            "spec": {
                "data": {"hash": {"algorithm": "sha256", "value": hashlib.sha256(note).hexdigest()}},
                "signature": {
                    "content": base64.b64encode(keys.sign_anchor(note)).decode(),
                    "publicKey": {"content": base64.b64encode(keys.sigstore_key_pem).decode()},
                },
            },
        }
    )


def read_rekor_entry(note: bytes, response: bytes, where: str) -> Anchored:
    """Take the answer of a Rekor-like log (API v1) that took the entry of a note; its SET is for the reader to check.

    Raises:
        NotVerified: `evidence.entry`: it does not parse, or is about something else.
    """
    try:
        [answer] = json.loads(response).values()
        body = json.loads(base64.b64decode(answer["body"], validate=True))
        digest = body["spec"]["data"]["hash"]
        at = datetime.fromtimestamp(int(answer["integratedTime"]), UTC)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError) as err:
        raise NotVerified("evidence.entry", "the log's answer does not parse", where=where) from err
    if body.get("kind") != "hashedrekord" or digest != {
        "algorithm": "sha256",
        "value": hashlib.sha256(note).hexdigest(),
    }:
        raise NotVerified("evidence.entry", "the log's answer is about something else", where=where)
    return Anchored(kind="hashedrekord", where=where, proof=response, at=at)


def enter(note: bytes, keys: LogKeys, url: str) -> Anchored:
    """Put the digest of a note into a Rekor-like log (API v1) over HTTP.

    Raises:
        CannotVerify: `service.away`. NotVerified: as for `read_rekor_entry`.
    """
    address = parse_address(url)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    entry = hashedrekord(note, keys)
    reply = request(address, "/api/v1/log/entries", most=MAX_ENTRY_BYTES, body=entry, headers=headers)
    if reply.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise CannotVerify("service.away", got=f"status {reply.status}", where=address.host)
    return read_rekor_entry(note, reply.body, address.host)


def commit(note: bytes, repository: Repository, origin: str) -> Anchored:
    """Keep a note as a commit on `refs/whereof/anchors`; whoever has fetched it holds this head.

    Nothing is pushed, and no outside clock is behind it until somebody has fetched it.

    Raises:
        CannotVerify: `git.failed`.
    """

    def git(*arguments: str, data: bytes | None = None) -> str:
        return repository.plumbing(arguments, data=data).decode().strip()

    blob = git("hash-object", "-w", "--stdin", data=note)
    tree = git("mktree", data=f"{_GIT_FILE} blob {blob}\tcheckpoint\n".encode())
    before = git("for-each-ref", "--format=%(objectname)", ANCHOR_REF)
    who = ("-c", "user.name=whereof", "-c", "user.email=log@whereof.invalid", "-c", "commit.gpgSign=false")
    parents = ("-p", before) if before else ()
    message = f"Head of {origin}: {note.decode().splitlines()[1]} entries\n"
    made = git(*who, "commit-tree", tree, *parents, data=message.encode())
    git("update-ref", ANCHOR_REF, made, before or "0" * len(made))
    return Anchored(kind="git", where=ANCHOR_REF, proof=repository.commit_object(made), at=None)
