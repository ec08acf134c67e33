"""What a search finds a session by: each thing it touched, once, with how that is known. Derived from its redacted parts."""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from attest.model.access import Access, AccessKind
from attest.model.basis import Basis
from attest.model.session import EventKind
from attest.model.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from attest.model.session import Session

MAX_NAME_CHARS: Final = 512
MAX_TOUCHES: Final = 60_000
"""Touches kept of one recording; a recording with more says so."""
MAX_WORDS: Final = 20_000
"""Distinct words kept of one recording."""
MAX_WORD_CHARS: Final = 64
FINGERPRINT_INFO: Final = b"whereof secret fingerprint v1\0"
MIN_SECRET_CHARS: Final = 6
_WORD: Final = re.compile(r"[^\W_]+")
_SHELLS: Final = frozenset({"bash", "shell", "local_shell", "exec_command", "run_shell_command", "execute_bash", "run"})
BYPASSING: Final = frozenset(
    {"bypassPermissions", "danger-full-access", "allow-all", "yolo", "yes-always", "never", "NeverConfirm", "dontAsk"}
)
"""Permission modes and sandboxes under which nobody is asked, as each agent's program names them."""


class Entity(StrEnum):
    """Kinds of things that are touched."""

    FILE = "file"
    URL = "url"
    HOST = "host"
    SECRET = "secret"  # noqa: S105
    ENV = "env"
    MCP = "mcp"
    COMMAND = "cmd"
    PERMISSION = "perm"
    MODEL = "model"
    FINGERPRINT = "fingerprint"
    GRANT = "grant"
    """What was allowed; it answers what could have been touched."""


class Op(StrEnum):
    """What was done with it."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    RENAME = "rename"
    SEARCH = "search"
    CALL = "call"
    RUN = "run"
    SEEN = "seen"
    """A value that redaction took out of the session's text."""
    GRANTED = "granted"
    USED = "used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One thing a session touched. Never a secret's value."""

    entity: Entity
    op: Op
    name: str
    """As the transcript has it, cut at `MAX_NAME_CHARS`."""
    path: str = ""
    """For files: below the work tree, where that is known; else as `name`."""
    count: int = 1
    basis: Basis
    outside: bool | None = None
    at: str = ""
    """The first time, RFC 3339; empty where not known."""

    @property
    def tail(self) -> str:
        """The last name of a path, by which it is found when its folder is not known."""
        return self.path.replace("\\", "/").rstrip("/").rpartition("/")[2] if self.entity is Entity.FILE else ""

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "kind": self.entity.value,
            "op": self.op.value,
            "name": self.name,
            "path": self.path or None,
            "count": self.count,
            "basis": self.basis.value,
            "outside_worktree": self.outside,
            "at": self.at or None,
        }


_OF_ACCESS: Final[Mapping[AccessKind, tuple[Entity, Op]]] = {
    AccessKind.FILE_READ: (Entity.FILE, Op.READ),
    AccessKind.FILE_WRITTEN: (Entity.FILE, Op.WRITE),
    AccessKind.FILE_DELETED: (Entity.FILE, Op.DELETE),
    AccessKind.FILE_RENAMED: (Entity.FILE, Op.RENAME),
    AccessKind.SEARCH: (Entity.FILE, Op.SEARCH),
    AccessKind.URL: (Entity.URL, Op.CALL),
    AccessKind.NETWORK: (Entity.HOST, Op.CALL),
    AccessKind.SECRET: (Entity.SECRET, Op.READ),
    AccessKind.ENV: (Entity.ENV, Op.READ),
    AccessKind.MCP: (Entity.MCP, Op.CALL),
}


def touches_of(session: Session, committed: Iterable[str] = (), fingerprints: Iterable[str] = ()) -> tuple[Touch, ...]:
    """Give the touches of a session, each once, in a fixed order, at most `MAX_TOUCHES`.

    `committed` are the paths of its commits' diffs, below the work tree; `fingerprints` those of secrets in its text.
    """
    paths = tuple(dict.fromkeys(committed))
    root = _root(session, paths)
    found: dict[tuple[Entity, Op, str, Basis], Touch] = {}
    for one in _all(session, root, paths, fingerprints):
        key = (one.entity, one.op, one.name, one.basis)
        if key not in found and len(found) < MAX_TOUCHES:
            found[key] = one
    return tuple(sorted(found.values(), key=lambda t: (t.entity, t.op, t.name, t.basis)))


def words_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Give the distinct words of some texts, folded, sorted, at most `MAX_WORDS`: no order, so no sentence."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _WORD.finditer(unicodedata.normalize("NFKC", text).casefold()):
            if len(match[0]) <= MAX_WORD_CHARS and len(found) < MAX_WORDS:
                found[match[0]] = None
    return tuple(sorted(found))


def texts_of(session: Session) -> Iterator[str]:
    """Yield the redacted texts that a search finds words in: prompts, plans, answers, overrides, previews of events."""
    for prompt in (session.intent, *session.directions):
        if prompt is not None:
            yield prompt.text
    for plan in session.plans:
        yield plan.text or ""
    for event in session.events:
        yield event.preview


def secret_fingerprint(tenant_secret: bytes, value: str) -> str:
    """Give the keyed fingerprint of a secret: HMAC-SHA-256 under the tenant's key. The same value, the same fingerprint."""
    return "fp_" + hmac.digest(tenant_secret, FINGERPRINT_INFO + value.encode("utf-8", "surrogatepass"), "sha256").hex()


def _all(session: Session, root: str, committed: Sequence[str], fingerprints: Iterable[str]) -> Iterator[Touch]:
    for access in session.access:
        yield from _of_access(access, root)
    for path in committed:
        yield Touch(entity=Entity.FILE, op=Op.WRITE, name=path, path=path, basis=Basis.OBSERVED)
    for change in session.changes:
        for name in (change.path, change.renamed_to):
            if name:
                at = rfc3339(change.ts) if change.ts else ""
                yield _written(name[:MAX_NAME_CHARS], root, change.basis, at)
    yield from _commands(session)
    for grant in session.authority.granted:
        of = Entity.PERMISSION if grant.kind in {"permission-mode", "sandbox"} else Entity.GRANT
        name = grant.value if of is Entity.PERMISSION else f"{grant.kind}={grant.value}"
        at = rfc3339(grant.ts) if grant.ts else ""
        yield Touch(entity=of, op=Op.GRANTED, name=name[:MAX_NAME_CHARS], basis=grant.basis, at=at)
    for model in session.models:
        yield Touch(entity=Entity.MODEL, op=Op.USED, name=model[:MAX_NAME_CHARS], basis=Basis.REPORTED)
    for value in fingerprints:
        yield Touch(entity=Entity.FINGERPRINT, op=Op.SEEN, name=value, basis=Basis.OBSERVED)


def _commands(session: Session) -> Iterator[Touch]:
    for event in session.events:
        if event.kind is EventKind.TOOL_CALL and (event.tool or "").lower() in _SHELLS and event.preview:
            at = rfc3339(event.ts) if event.ts else ""
            yield Touch(entity=Entity.COMMAND, op=Op.RUN, name=event.preview, basis=Basis.OBSERVED, at=at)


def _of_access(access: Access, root: str) -> Iterator[Touch]:
    entity, op = _OF_ACCESS[access.kind]
    name = access.target[:MAX_NAME_CHARS]
    at = rfc3339(access.ts) if access.ts else ""
    yield Touch(
        entity=entity,
        op=op,
        name=name,
        path=_below(name, root) if entity is Entity.FILE else "",
        count=access.count,
        basis=access.basis,
        outside=access.outside_worktree,
        at=at,
    )
    if entity is Entity.URL and (host := _host(name)):
        yield Touch(entity=Entity.HOST, op=Op.CALL, name=host, count=access.count, basis=access.basis, at=at)


def _written(name: str, root: str, basis: Basis, at: str) -> Touch:
    return Touch(entity=Entity.FILE, op=Op.WRITE, name=name, path=_below(name, root), basis=basis, at=at)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "")[:MAX_NAME_CHARS]
    except ValueError:
        return ""


def _below(name: str, root: str) -> str:
    return name.removeprefix(root + "/").removeprefix("./") if root else name.removeprefix("./")


def _root(session: Session, committed: Sequence[str]) -> str:
    """Give the top of the work tree: where changed files lie by which a commit has the same, else the session's folder."""
    tops: Counter[str] = Counter()
    below = set(committed)
    for change in session.changes:
        for path in below:
            if change.path.endswith("/" + path):
                tops[change.path[: -len(path) - 1]] += 1
    if tops:
        return max(tops.items(), key=lambda item: (item[1], len(item[0])))[0]
    return (session.cwd or "").rstrip("/")


def moment(text: str) -> datetime | None:
    """Read a time of a touch back."""
    return datetime.fromisoformat(text) if text else None
