"""The `commit-link/v1` predicate: links of sessions to the commits that are its subjects, each with kind and evidence.

It is appended when a link becomes known after the session was recorded: a rewrite, an import, a link named later. It
holds oids, ids, counts and closed words only. The commits that links are derived from stand in `commits`, so that
the index finds the statement by them too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.model.link import Confidence, Link, LinkEvidence, LinkKind, Overlap, Relation, SessionRef
from attest.model.session_predicate import BASE, OID, SESSION_ID, TIME, WORD
from attest.model.shape import Closed, ListOf, OneOf, Whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMIT_LINK_V1: Final = BASE + "commit-link/v1"
MAX_LINKS: Final = 512
_WORD: Final = re.compile(WORD.pattern)
MAX_EVIDENCE: Final = 16

_OVERLAP: Final = Closed(dict.fromkeys(("matched", "sameFile", "telling", "filesMatched", "files"), Whole()))
_LINK: Final = Closed(
    {
        "commit": OID,
        "session": SESSION_ID,
        "agent": WORD,
        "nativeSession": WORD,
        "source": OneOf(("entire", "git-ai", "memento", "whogitit")),
        "sourceId": WORD,
        "kind": OneOf(tuple(kind.value for kind in LinkKind)),
        "relation": OneOf(tuple(relation.value for relation in Relation)),
        "confidence": OneOf(tuple(word.value for word in Confidence)),
        "method": WORD,
        "overlap": _OVERLAP,
        "derivedFrom": ListOf(OID, 256),
        "evidence": ListOf(Closed({"what": WORD, "value": WORD}), MAX_EVIDENCE),
    },
    optional=frozenset({"session", "agent", "nativeSession", "source", "sourceId", "overlap", "derivedFrom"}),
)
COMMIT_LINK: Final = Closed(
    {
        "linkedAt": TIME,
        "maker": OneOf(("carry", "link", "import", "hook")),
        "commits": ListOf(Closed({"oid": OID})),
        "links": ListOf(_LINK, MAX_LINKS),
    },
    optional=frozenset({"commits"}),
    extensible=True,
)
"""`maker` is the command that wrote it; who is responsible is the identity that signed."""


def link_to_predicate(link: Link) -> dict[str, object]:
    """Give one link as the predicate holds it; what is not a plain word is left out rather than repeated for ever."""
    out: dict[str, object] = {
        "commit": link.commit,
        "kind": link.kind.value,
        "relation": link.relation.value,
        "confidence": link.confidence.value,
        "method": link.method,
        "evidence": [{"what": e.what, "value": e.value} for e in link.evidence if _is_word(e.value)][:MAX_EVIDENCE],
    }
    session = link.session
    named = {
        "session": session.id,
        "agent": session.agent,
        "nativeSession": session.native_id,
        "source": session.source,
        "sourceId": session.source_id,
    }
    out |= {name: value for name, value in named.items() if value is not None and _is_word(value)}
    if link.derived_from:
        out["derivedFrom"] = list(link.derived_from)[:256]
    if link.overlap is not None:
        overlap = link.overlap
        out["overlap"] = {
            "matched": overlap.matched,
            "sameFile": overlap.same_file,
            "telling": overlap.telling,
            "filesMatched": overlap.files_matched,
            "files": overlap.files,
        }
    return out


def links_predicate(links: Sequence[Link], *, linked_at: str, maker: str) -> dict[str, object]:
    """Give the predicate for some links; the order is kept."""
    sources = sorted({oid for link in links for oid in link.derived_from})
    out: dict[str, object] = {"linkedAt": linked_at, "maker": maker, "links": [link_to_predicate(one) for one in links]}
    if sources:
        out["commits"] = [{"oid": oid} for oid in sources]
    return out


def links_of(
    predicate: Mapping[str, object], *, asserted_by: str = "", attestation: str | None = None
) -> tuple[Link, ...]:
    """Read the links of a predicate that has passed its shape; one that does not read is passed over."""
    rows = predicate.get("links")
    read = (_link(row, asserted_by, attestation) for row in (rows if isinstance(rows, list) else []))
    return tuple(link for link in read if link is not None)


def _link(row: object, asserted_by: str, attestation: str | None) -> Link | None:
    if not isinstance(row, dict):
        return None
    try:
        return Link(
            session=SessionRef(
                id=_text(row.get("session")),
                agent=_text(row.get("agent")),
                native_id=_text(row.get("nativeSession")),
                source=_text(row.get("source")),
                source_id=_text(row.get("sourceId")),
            ),
            commit=str(row["commit"]),
            kind=LinkKind(row["kind"]),
            relation=Relation(row["relation"]),
            confidence=Confidence(row["confidence"]),
            method=str(row["method"]),
            overlap=_overlap(row.get("overlap")),
            evidence=tuple(LinkEvidence(what=str(e["what"]), value=str(e["value"])) for e in row.get("evidence", [])),
            derived_from=tuple(str(oid) for oid in row.get("derivedFrom", [])),
            asserted_by=asserted_by,
            attestation=attestation,
        )
    except (KeyError, TypeError, ValueError):
        return None


def _overlap(value: object) -> Overlap | None:
    if not isinstance(value, dict):
        return None
    return Overlap(
        matched=int(value["matched"]),
        same_file=int(value["sameFile"]),
        telling=int(value["telling"]),
        files_matched=int(value["filesMatched"]),
        files=int(value["files"]),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _is_word(value: str) -> bool:
    return _WORD.fullmatch(value) is not None
