"""Authority by time and by use: how long each grant held, which was never used, what was made visible."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from attest.capture.named_paths import relative
from attest.capture.steps import Place
from attest.capture.text import target
from attest.capture.trail import Ran, Trail
from attest.model.access import AccessKind, Grant
from attest.model.basis import Basis, Evidence
from attest.model.permissions import ExcessKind, GrantSpan, GrantUse, Permissions, Use, Visible
from attest.model.session import Session

MAX_VISIBLE: Final = 500
MAX_USES: Final = 1_000
_SEVERAL = frozenset({"allowed-tool", "mcp-server", "writable-directory", "additional-directory", "asked-permission"})
"""Kinds of which several hold at a time; of any other one replaces the other."""
_NETWORK = frozenset({AccessKind.NETWORK, AccessKind.URL})
_WRITES = frozenset({AccessKind.FILE_WRITTEN, AccessKind.FILE_DELETED, AccessKind.FILE_RENAMED})
_FILES = _WRITES | {AccessKind.FILE_READ, AccessKind.SEARCH}
_MAX_DEPTH = 64
_BYPASS = frozenset({"bypassPermissions", "danger-full-access", "allow-all", "yolo"})
_ENGINES = frozenset({"docker", "podman", "nerdctl"})


def permissions_of(session: Session, trail: Trail) -> Permissions:
    """Give approvals, the timeline of grants, their use, and what was made visible."""
    return Permissions(
        approvals=trail.approvals.finish(),
        timeline=timeline_of(session, trail.agent),
        uses=tuple(_uses(session, trail.agent))[:MAX_USES],
        visible=tuple({(one.kind, one.path): one for one in _visible(session, trail)}.values())[:MAX_VISIBLE],
    )


def timeline_of(session: Session, agent: str) -> tuple[GrantSpan, ...]:
    """Give every grant with its end, in order. What was only asked for is no grant."""
    granted = [grant for grant in session.authority.granted if grant.kind != "asked-permission"]
    following: dict[str, Grant] = {}
    spans: list[GrantSpan] = []
    for grant in reversed(granted):
        after = following.get(grant.kind) if grant.kind not in _SEVERAL else None
        following[grant.kind] = grant
        spans.append(_span(grant, after, session.ended, agent))
    return tuple(reversed(spans))


def _span(grant: Grant, after: Grant | None, end: datetime | None, agent: str) -> GrantSpan:
    ended = after.ts if after is not None else end
    known = grant.ts is not None and ended is not None and ended >= grant.ts
    return GrantSpan(
        kind=grant.kind,
        value=grant.value,
        from_event=grant.from_event,
        until_event=after.from_event if after is not None else None,
        began=grant.ts,
        ended=ended,
        seconds=int((ended - grant.ts).total_seconds()) if known and ended and grant.ts else None,
        evidence=(*grant.evidence, *(after.evidence if after is not None else ())),
        rule=f"{agent}/authority.span@1",
        basis=grant.basis,
    )


def _uses(session: Session, agent: str) -> Iterator[GrantUse]:
    hidden = any(gap.kind in ("subagent-transcript", "dropped-record", "truncated-tail") for gap in session.gaps)
    seen: set[tuple[ExcessKind, str]] = set()
    index = _Reached(session)
    for grant in session.authority.granted:
        found = _use(grant, index)
        if found is None or (found[0], grant.value) in seen:
            continue
        kind, use, why, place = found
        seen.add((kind, grant.value))
        if use is Use.UNUSED and hidden:
            use, why = Use.UNKNOWN, "no use is recorded, and records are missing"
        yield GrantUse(
            kind=kind,
            value=grant.value,
            use=use,
            why=why,
            evidence=(*grant.evidence, *((place,) if place else ())),
            rule=f"{agent}/authority.use@1",
            basis=Basis.UNKNOWN if use is Use.UNKNOWN else Basis.INFERRED,
        )


_Found = tuple[ExcessKind, Use, str, Evidence | None]


class _Reached:
    """What was reached first, looked up once for all grants."""

    def __init__(self, session: Session) -> None:
        self.cwd = session.cwd.rstrip("/") if session.cwd else None
        self.tools = {use.tool for use in session.authority.used if use.calls > use.rejected}
        self.servers: dict[str, Evidence] = {}
        self.below: dict[str, Evidence] = {}
        self.network: Evidence | None = None
        self.outside: Evidence | None = None
        for one in session.access:
            place = one.evidence[0]
            if one.kind is AccessKind.MCP:
                self.servers.setdefault(_folded(one.target.split("/", 1)[0]), place)
            elif one.kind in _NETWORK:
                self.network = self.network or place
            elif one.kind in _FILES:
                self._file(one.target, place)
                if one.kind in _WRITES and one.outside_worktree:
                    self.outside = self.outside or place

    def _file(self, path: str, place: Evidence) -> None:
        for _ in range(_MAX_DEPTH):
            if path in self.below or not path:
                return
            self.below[path] = place
            path = path.rpartition("/")[0]


def _use(grant: Grant, reached: _Reached) -> _Found | None:
    """Give what kind of authority a grant is, and whether it was used; None for one that permits nothing of its own."""
    match grant.kind:
        case "network" if grant.value == "allowed":
            return _found(ExcessKind.NETWORK, reached.network, "a host was reached", "no host is known to be reached")
        case "mcp-server":
            place = reached.servers.get(_folded(grant.value))
            return _found(ExcessKind.TOOL, place, "a tool of this server was called", "no tool of it was called")
        case "allowed-tool":
            return _tool(grant, reached)
        case "writable-directory" | "additional-directory" if grant.value.rstrip("/") != reached.cwd:
            place = reached.below.get(grant.value.rstrip("/"))
            return _found(ExcessKind.DIRECTORY, place, "a file below it was reached", "no file below it was reached")
        case "sandbox" | "permission-mode" if grant.value in _BYPASS:
            kind = ExcessKind.BYPASS if grant.kind == "permission-mode" else ExcessKind.WRITE_OUTSIDE
            return _outside(kind, reached)
        case _:
            return None


def _found(kind: ExcessKind, place: Evidence | None, used: str, unused: str) -> _Found:
    return (kind, Use.USED, used, place) if place is not None else (kind, Use.UNUSED, unused, None)


def _tool(grant: Grant, reached: _Reached) -> _Found:
    """A rule may name a tool, or a tool with a pattern; whether a call fits a pattern is not decided here."""
    name, _, pattern = grant.value.partition("(")
    if name not in reached.tools:
        return ExcessKind.TOOL, Use.UNUSED, "the tool was not called", None
    if pattern:
        return ExcessKind.TOOL, Use.UNKNOWN, "the tool was called; whether this rule let it through is not known", None
    return ExcessKind.TOOL, Use.USED, "the tool was called", None


def _outside(kind: ExcessKind, reached: _Reached) -> _Found:
    """Full access counts as used where something was written outside, or a host was reached."""
    place = reached.outside or reached.network
    if place is None and reached.cwd is None:
        return kind, Use.UNKNOWN, "the work tree is not known", None
    return _found(
        kind,
        place,
        "something outside the work tree was reached",
        "nothing outside the work tree is known to be reached",
    )


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower())


def _visible(session: Session, trail: Trail) -> Iterator[Visible]:
    for grant in session.authority.granted:
        if grant.kind in ("writable-directory", "additional-directory") and grant.value != session.cwd:
            yield Visible(
                kind=grant.kind,
                path=grant.value,
                ts=grant.ts,
                evidence=grant.evidence,
                rule=f"{trail.agent}/visible.granted@1",
                basis=grant.basis,
            )
    for slash in trail.slashes:
        found = re.search(r"/add-dir\s+(?P<path>[~/.\w]\S{0,400})", slash.words)
        if found:
            yield _made_visible("additional-directory", found["path"], slash.place, trail)
    for ran in trail.ran:
        yield from _mounts(ran, session, trail)


def _mounts(ran: Ran, session: Session, trail: Trail) -> Iterator[Visible]:
    words = ran.argv
    name = posixpath.basename(words[0])
    for place, word in enumerate(words[:-1]):
        if word == "--add-dir":
            yield _made_visible("additional-directory", words[place + 1], ran.place, trail)
        elif name in _ENGINES and word in ("-v", "--volume"):
            path = words[place + 1].split(":", 1)[0]
            if path.startswith(("/", "~", "..", "$HOME")) and relative(path, session.cwd).startswith(
                ("/", "~", "..", "$")
            ):
                yield _made_visible("mount", path, ran.place, trail)
        elif (
            name in _ENGINES and word == "--mount" and (found := re.search(r"(?:source|src)=([^,]+)", words[place + 1]))
        ):
            yield _made_visible("mount", found[1], ran.place, trail)


def _made_visible(kind: str, path: str, place: Place, trail: Trail) -> Visible:
    return Visible(
        kind=kind,
        path=target(path),
        ts=place.ts,
        evidence=(place.evidence,),
        rule=f"{trail.agent}/visible.command@1",
        basis=Basis.INFERRED,
    )
