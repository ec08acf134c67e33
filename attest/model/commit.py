"""Commits as evidence names them: full oids, the raw commit object, and the files a commit changed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from attest.errors import InvalidInput

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_URL = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#]*)([^?#]*)", re.IGNORECASE)
"""Scheme, authority and path; what follows them (query, fragment) can hold a token and is never kept."""
_SCP_LIKE = re.compile(r"(?:[^/]+@)?([^/:@]+):(?!//)([^?#]+)")
_MAX_SECONDS = 2**53 - 1
"""The largest whole number that every reader of JSON holds: git takes any, and forges refuse such commits."""
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")
"""Names a remote helper; what follows is the helper's own affair, and may be a command."""


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
    if remote is None or _HELPER.match(remote):
        return f"git+file:{root_commit}"
    url, scp = _URL.match(remote), _SCP_LIKE.match(remote)
    if url:
        scheme, authority, path = url[1].lower(), url[2], url[3]
    elif scp:
        scheme, authority, path = "ssh", scp[1], scp[2]
    else:
        return f"git+file:{root_commit}"
    host = authority.rpartition("@")[2].lower()
    if scheme == "file" or not host:
        return f"git+file:{root_commit}"
    scheme = "https" if scheme in {"ssh", "git", "http", "https", "git+ssh"} else scheme
    return f"git+{scheme}://{host}/{path.strip('/').removesuffix('.git')}"


def changed_files_leaves(files: tuple[ChangedFile, ...]) -> tuple[bytes, ...]:
    """Encode changed files as the leaves whose RFC 6962 root the statement carries.

    A leaf is: path length (4 bytes, big endian), path, mode (6 ASCII digits), SHA-256 of the blob (32 bytes).
    """
    return tuple(len(f.path).to_bytes(4, "big") + f.path + f.mode.encode() + f.sha256 for f in files)


NO_BLOB = hashlib.sha256(b"").digest()
"""Stands for the blob of a path that a commit deleted."""


def parse_commit(oid: str, raw: bytes) -> CommitFacts:
    """Read a raw commit object.

    The head is read in the order git reads it (tree, parents, author, committer): a `parent` line anywhere else is
    none to git, and must be none here.

    Raises:
        InvalidInput: the object is not of git's form.
    """
    head, _, message = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    count = next((i for i, line in enumerate(lines[1:]) if not line.startswith(b"parent ")), len(lines) - 1)
    try:
        tree = require_oid(_field(lines[0], b"tree").decode("ascii"))
        parents = tuple(require_oid(_field(line, b"parent").decode("ascii")) for line in lines[1 : 1 + count])
        author, committer = (
            _person(_field(lines[1 + count], b"author")),
            _person(_field(lines[2 + count], b"committer")),
        )
    except (InvalidInput, ValueError, IndexError) as err:
        raise InvalidInput("input.malformed", "not a commit object", where=oid) from err
    text = message.decode("utf-8", "replace")
    return CommitFacts(
        oid=oid,
        tree=tree,
        parents=parents,
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


def _field(line: bytes, name: bytes) -> bytes:
    key, _, value = line.partition(b" ")
    if key != name:
        raise ValueError(name)
    return value


def _person(line: bytes) -> tuple[str, str, int]:
    name, _, rest = line.partition(b" <")
    email, _, when = rest.rpartition(b"> ")
    seconds = int(when.split()[0])
    if abs(seconds) > _MAX_SECONDS:
        raise ValueError("a time that JSON cannot hold")
    return name.decode("utf-8", "replace"), email.decode("utf-8", "replace"), seconds
