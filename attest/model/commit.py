"""Commits as evidence names them: full oids, the raw commit object, and the files a commit changed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from attest.errors import InvalidInput

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_USER_INFO = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/@]*@", re.IGNORECASE)
_SCP_LIKE = re.compile(r"^(?:[^/@]+@)?([^/:@]+):(?!//)(.+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """One path of the tree diff of a commit against its first parent, in tree-diff order."""

    path: bytes
    """Path as git stores it; not necessarily UTF-8."""
    mode: str
    """Mode after the commit, six octal digits; `000000` when the path is gone."""
    sha256: bytes
    """SHA-256 of the blob after the commit; of nothing when the path is gone or is a submodule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitFacts:
    """What the clone itself says of one commit. The author line is a claim git does not check."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    object_sha256: bytes
    """SHA-256 of the raw commit object: what the signed subject binds."""
    author_name: str
    author_email: str
    authored_at: int
    committer_name: str
    committer_email: str
    committed_at: int
    """Seconds since the epoch, by the committer's clock."""
    subject: str
    message: str


def require_oid(text: str) -> str:
    """Give the text back when it is a full lower-case oid (SHA-1 or SHA-256).

    Raises:
        InvalidInput: it is a prefix, a name, or not hexadecimal.
    """
    if not _OID.fullmatch(text):
        raise InvalidInput(
            "input.malformed", "not a full commit id", expected="40 or 64 hex digits", got=repr(text[:80])
        )
    return text


def repository_uri(remote: str | None, root_commit: str) -> str:
    """Name the repository: `git+https://host/org/repo` without user info, or `git+file:<root commit>` with no remote.

    The name is the recorder's word; only the commit object is bound by a digest.
    """
    if remote is None or ("://" not in remote and not _SCP_LIKE.match(remote)) or remote.startswith("file://"):
        return f"git+file:{root_commit}"
    scp = _SCP_LIKE.match(remote)
    url = f"https://{scp.group(1)}/{scp.group(2)}" if scp and "://" not in remote else _USER_INFO.sub(r"\1", remote)
    scheme, _, rest = url.partition("://")
    scheme = "https" if scheme in {"ssh", "git", "http", "https", "git+ssh"} else scheme
    host, _, path = rest.partition("/")
    path = path.rstrip("/").removesuffix(".git")
    return f"git+{scheme}://{host.lower()}/{path}"


def changed_files_leaves(files: tuple[ChangedFile, ...]) -> tuple[bytes, ...]:
    """Encode changed files as the leaves whose RFC 6962 root the statement carries.

    A leaf is: path length (4 bytes, big endian), path, mode (6 ASCII digits), SHA-256 of the blob (32 bytes).
    """
    return tuple(len(f.path).to_bytes(4, "big") + f.path + f.mode.encode() + f.sha256 for f in files)


NO_BLOB = hashlib.sha256(b"").digest()
"""Stands for the blob of a path that a commit deleted."""


def parse_commit(oid: str, raw: bytes) -> CommitFacts:
    """Read a raw commit object.

    Raises:
        InvalidInput: the object is not of git's form.
    """
    head, _, message = raw.partition(b"\n\n")
    fields: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key:
            fields.setdefault(key, []).append(value)
    try:
        author, committer = _person(fields[b"author"][0]), _person(fields[b"committer"][0])
        tree = fields[b"tree"][0].decode("ascii")
    except (KeyError, ValueError, IndexError) as err:
        raise InvalidInput("input.malformed", "not a commit object", where=oid) from err
    text = message.decode("utf-8", "replace")
    return CommitFacts(
        oid=oid,
        tree=tree,
        parents=tuple(p.decode("ascii", "replace") for p in fields.get(b"parent", [])),
        object_sha256=hashlib.sha256(raw).digest(),
        author_name=author[0],
        author_email=author[1],
        authored_at=author[2],
        committer_name=committer[0],
        committer_email=committer[1],
        committed_at=committer[2],
        subject=text.split("\n", 1)[0],
        message=text,
    )


def _person(line: bytes) -> tuple[str, str, int]:
    name, _, rest = line.partition(b" <")
    email, _, when = rest.rpartition(b"> ")
    return name.decode("utf-8", "replace"), email.decode("utf-8", "replace"), int(when.split()[0])
