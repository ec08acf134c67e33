"""Answers as a real repository would give them: a full one, a failed one, and a hostile one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from attest.model.answer import (
    PROOF_LINES,
    Answer,
    AsOf,
    Basis,
    ChangedPath,
    CommitRef,
    Mark,
    NextStep,
    Pointer,
    PointerKind,
    Reason,
    RecordedTime,
    Row,
    Section,
    Verdict,
    VerdictLine,
    attestation,
    commit,
    event,
    events,
    git_tree,
    section,
)
from attest.model.answer_parts import Nothing, answer_not_recorded, list_row

SESSION = "ses_01KAC4W9Q2M7T3V8X5Y6Z0A1B2"
SESSION_ATT = "att_" + "4f90c2a1" * 8
REVIEW_ATT = "att_" + "91c0e2d4" * 8
LINK_ATT = "att_" + "5e7730b6" * 8
VERDICT_ATT = "att_" + "c40b19aa" * 8
OID = "7f3c9e2a41d80b6e5c0f9a1d2e3b4c5d6e7f8091"
TREE = "3ad1f6b0" + "0c2e" * 8
ROOT = "b7e290c45d1fa83e61b07c2d94aa0fe318c9e5d62f748b01c3aa9e507d12f46b"
AS_OF = AsOf(log="w.acme.example/logs/default", tree_size=48_231, root=ROOT)


def _at(day: int, hour: int, minute: int, second: int) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


def _event(*numbers: int) -> tuple[Pointer, ...]:
    return tuple(event(number, SESSION) for number in numbers)


def _said(term: str, text: str, basis: Basis, *pointers: Pointer, note: str = "", detail: str = "") -> Row:
    return Row(term=term, text=text, basis=basis, pointers=pointers, note=note, detail=detail)


def _rule(text: str) -> Row:
    return Row(term="rule", mark=Mark.POLICY, word="not met", text=text)


def _unknown(text: str, why: str, settles: str) -> Row:
    return Row(term="", mark=Mark.NOT_KNOWN, text=text, detail=why, settles=settles)


def _who() -> Section:
    certificate = Pointer(kind=PointerKind.CERTIFICATE, label="certificate", target=SESSION_ATT)
    return Section(
        number=1,
        rows=(
            _said("git author", "Mara Lindqvist", Basis.REPORTED, commit(OID), note="unsigned"),
            _said(
                "runner",
                "Mara Lindqvist",
                Basis.CORROBORATED,
                certificate,
                note="name disclosed for `actor/4b1f07c2`",
                detail="issuer https://login.acme.example",
            ),
            _said("agent", "Claude Code 2.1.4, model claude-opus-4-8", Basis.REPORTED, *_event(1)),
            _said(
                "reviewer",
                "Jonas Weber, independent of the runner",
                Basis.CORROBORATED,
                attestation(REVIEW_ATT),
                note="issuer and SAN differ",
            ),
        ),
    )


def _asked() -> Section:
    intent = (
        "Add validation for incoming transactions: amount, currency, account state. Reject before anything is "
        "written. Keep the signature of `ledger.post`, and don’t touch the settlement job."
    )
    return Section(
        number=2,
        rows=(
            Row(term="intent", quote=intent, pointers=_event(1), basis=Basis.OBSERVED),
            Row(
                term="constraints",
                mark=Mark.KEPT,
                text="Signature of `ledger.post`",
                pointers=_event(271),
                basis=Basis.CORROBORATED,
            ),
            Row(
                term="",
                mark=Mark.KEPT,
                text="Settlement job untouched",
                pointers=(git_tree(TREE),),
                basis=Basis.CORROBORATED,
            ),
            Row(
                term="",
                mark=Mark.NOT_KNOWN,
                text="Reject before anything is written",
                note="no run covers it",
                pointers=(section(11),),
                basis=Basis.UNKNOWN,
            ),
        ),
    )


def _decided() -> Section:
    return Section(
        number=3,
        rows=(
            _said(
                "plan",
                "2 versions. v2 moves the checks from the HTTP handler into `validate_transaction()`",
                Basis.OBSERVED,
                *_event(14, 88),
            ),
            Row(
                term="override",
                quote="No. Fail closed. A transaction we cannot price must be rejected.",
                detail="The agent had proposed to log the currency error and go on.",
                pointers=_event(96),
                basis=Basis.OBSERVED,
            ),
            Row(
                term="rejected path",
                text="A JSON schema on the request body, written and then removed:",
                quote="batch imports would bypass it",
                pointers=(events(61, 74, SESSION),),
                basis=Basis.OBSERVED,
            ),
        ),
    )


def _path(path: str, *counts: int | None) -> ChangedPath:
    added, removed, explained, outside, not_explained = counts
    return ChangedPath(
        path=path, added=added, removed=removed, explained=explained, outside=outside, not_explained=not_explained
    )


def _changed() -> Section:
    text = "9 explained by the session, 1 edited outside it, 1 not explained"
    return Section(
        number=4,
        rows=(_said("11 hunks", text, Basis.CORROBORATED, git_tree(TREE)),),
        changed=(
            _path("src/payments/validate.py", 128, 0, 5, 0, 0),
            _path("src/payments/ledger.py", 17, 9, 2, 1, 0),
            _path("tests/test_validate.py", 1094, 0, 2, 0, 0),
            _path("pyproject.toml", 1, 1, 0, 0, 1),
            _path("docs/flow.png", None, None, 0, None, 0),
        ),
    )


def _reached() -> Section:
    secret = "1 read, `PAYMENTS_DB_URL` in `.env.test`, value redacted before it was stored"
    authority = "Granted: `acceptEdits`, network, this worktree. Used: all three. Outside the worktree: 0"
    return Section(
        number=5,
        rows=(
            _said("secrets", secret, Basis.OBSERVED, *_event(43)),
            _said("hosts", "`localhost:5432`, `packages.example`", Basis.OBSERVED, *_event(187, 203)),
            _said(
                "tools", "Read 88, Edit 23, Bash 41, Grep 19; no MCP server", Basis.OBSERVED, events(1, 312, SESSION)
            ),
            _said("authority", authority, Basis.OBSERVED, *_event(2)),
            _rule("Critical allows no secret read"),
        ),
    )


def _run(time: str, mark: Mark, text: str, number: int) -> Row:
    return Row(term=time, mark=mark, text=text, pointers=_event(number), basis=Basis.OBSERVED)


def _checked() -> Section:
    return Section(
        number=6,
        rows=(
            _run("13:41:02", Mark.FAILED, "`pytest tests/` 3 of 41 failed, exit 1", 187),
            _run("13:52:20", Mark.PASSED, "`pytest tests/` 41 of 41 passed, exit 0", 262),
            _run("13:58:47", Mark.INCONCLUSIVE, "`mypy src | tail -5` the pipe masks the exit code", 289),
            Row(
                term="14:01:10",
                mark=Mark.CLAIMED,
                quote="All integration tests pass",
                note="no such run recorded",
                pointers=_event(305),
                basis=Basis.REPORTED,
            ),
            _rule("Critical asks for an observed type check"),
        ),
    )


def _approved() -> Section:
    text = "Jonas Weber, over tree `3ad1f6b0`, the tree that landed; 29 min before landing"
    detail = "5 of 5 questions answered, checklist process-v1, group security: no"
    return Section(
        number=7,
        rows=(
            _said("signed", text, Basis.CORROBORATED, attestation(REVIEW_ATT), detail=detail),
            _rule("Critical asks for 2 people, 1 of them of group security"),
        ),
    )


def _landed() -> Section:
    forge = Pointer(kind=PointerKind.FORGE, label="forge", target="812")
    return Section(
        number=8,
        rows=(
            _said(
                "link",
                "rewritten, from `c1d80a44` by squash: same tree, proof recomputed",
                Basis.CORROBORATED,
                attestation(LINK_ATT),
            ),
            _said("change", "Pull request 812 into main, 2026-11-19 09:41:07Z, release v2.3.1", Basis.REPORTED, forge),
            Row(
                term="verdict then",
                mark=Mark.POLICY,
                text="4 of 7 rules met, signed as a verification summary, mode warn",
                pointers=(attestation(VERDICT_ATT),),
                basis=Basis.CORROBORATED,
            ),
        ),
    )


def _moment(what: str, time: datetime, relation: str, clock: str) -> RecordedTime:
    return RecordedTime(what=what, time=time, relation=relation, clock=clock)


def _recorded() -> Section:
    witness = _moment("witnessed", _at(18, 14, 9, 10), "19 h 32 min before landing", "witness.example.org")
    return Section(
        number=9,
        recorded=(
            _moment("captured", _at(18, 14, 2, 6), "19 h 39 min before landing", "runner’s machine"),
            _moment("signed", _at(18, 14, 3, 41), "19 h 37 min before landing", "timestamp authority, this operator"),
            _moment("logged", _at(18, 14, 3, 42), "19 h 37 min before landing", "log, this operator"),
            replace(witness, earliest_outside=True),
            _moment("landed", _at(19, 9, 41, 7), "", "forge, acme"),
        ),
    )


def _evidence() -> Section:
    texts = (
        "SHA-256 of the statement equals the signed digest `e41c77b09d2f`",
        "Leaf certificate for `actor/4b1f07c2` under the pinned root",
        "Leaf 48,112 in the tree of size 48,231",
        "From your last seen size 47,902 to 48,231",
        "1 of 2 counted; the other is run by the same operator and counts zero",
    )
    lines = tuple(Row(term=term, mark=Mark.PASS, text=text) for term, text in zip(PROOF_LINES, texts, strict=True))
    whole = Row(
        term="list",
        mark=Mark.PASS,
        word="complete",
        text="As of tree size 48,231: 1 session, 1 review, 1 link, 1 summary",
        detail="Checked by this server at 2026-11-21 10:14:08Z against keys pinned 2026-10-02.",
    )
    return Section(number=10, rows=(*lines, whole))


def _not_known() -> Section:
    return Section(
        number=11,
        rows=(
            _unknown(
                "Whether the transcript is whole",
                "Capture on a laptop is the producer’s word. 29 of 31 turns were seen by the hook.",
                "a capture by the CI runner",
            ),
            _unknown(
                "Agents that were not captured",
                "That week in this repository: 38 of 44 commits covered, 1 marked, 5 unmarked.",
                "the 6 commits",
            ),
            _unknown(
                "Reasoning the vendor withheld",
                "17 thinking blocks are encrypted in the transcript.",
                "nothing on our side",
            ),
            _unknown(
                "What could have been read without trace",
                "Shell commands could read 1,204 files; 88 reads are on record.",
                "a sandbox with file audit",
            ),
            _unknown("Whether the reviewer understood", "A signature shows 5 answers, not reading.", "nothing"),
        ),
    )


def full() -> Answer:
    """Give an answer with evidence in every section, and a policy that is not met."""
    return Answer(
        sentence="1 session recorded, 1 independent review signed, policy “critical” not met at landing.",
        commit=CommitRef(
            oid=OID, subject="add transaction validation logic", repository="git.acme.example/acme/payments"
        ),
        verdict=VerdictLine(
            word=Verdict.POLICY,
            what="Evidence good, 3 of 7 rules not met",
            reasons=(
                Reason(text="a second review by a person", section=7),
                Reason(text="an observed type check", section=6),
                Reason(text="no secret read", section=5),
            ),
            policy="acme-baseline@9f2c41d0",
            tier="critical",
            base="the merge base",
            mode="warn",
            exit_code=0,
            enforce_exit_code=1,
            note="landing was not blocked",
        ),
        sections=(
            _who(),
            _asked(),
            _decided(),
            _changed(),
            _reached(),
            _checked(),
            _approved(),
            _landed(),
            _recorded(),
            _evidence(),
            _not_known(),
        ),
        as_of=AS_OF,
        sessions=(SESSION,),
        attestations=(SESSION_ATT, REVIEW_ATT, LINK_ATT),
    )


def _replaced(answer: Answer, new: Section) -> Answer:
    sections = tuple(new if part.number == new.number else part for part in answer.sections)
    return replace(answer, sections=sections)


def failed() -> Answer:
    """Give the full answer whose inclusion proof does not hold."""
    reasons = {
        "inclusion": (Mark.INVALID, "", "Leaf 48,112 does not lead to the root that the log signed for size 48,231"),
        "consistency": (Mark.INDETERMINATE, "not checked", "It would start from a root that failed"),
        "witnesses": (Mark.INDETERMINATE, "not checked", "Same reason"),
    }
    rows = []
    for row in _evidence().rows[:5]:
        mark, word, text = reasons.get(row.term, (row.mark, row.word, row.text))
        rows.append(replace(row, mark=mark, word=word, text=text))
    rows.append(Row(term="list", mark=Mark.INDETERMINATE, word="not proved", text="Completeness not proved"))
    verdict = VerdictLine(
        word=Verdict.INVALID,
        what="The inclusion proof does not match the pinned log",
        policy="acme-baseline@9f2c41d0",
        base="the merge base",
        mode="warn",
        exit_code=3,
        enforce_exit_code=3,
    )
    whole = replace(full(), sentence="1 session recorded, and its evidence failed.", verdict=verdict)
    return _replaced(whole, Section(number=10, rows=tuple(rows)))


HOSTILE = (
    "<script>alert(1)</script>",
    "</script><svg onload=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "\x1b[2J\x1b]0;owned\x07\x1b[31mred",
    "\u202egnp.exe\u2066\u200b\u200d\ufeff",
    "line\r\noverwritten\x08\x08",
    "`<b>code</b>` and ``",
    "&lt;already&gt; &amp;",
)
"""Texts that must stay texts, wherever an answer shows them."""


def hostile() -> Answer:
    """Give an answer whose every free text is hostile."""
    text = " ".join(HOSTILE)
    pointer = Pointer(kind=PointerKind.EVENT, label=text, target="1", session='ses_"><script>')
    row = Row(term=text, text=text, quote=text, note=text, detail=text, pointers=(pointer,), basis=Basis.REPORTED)
    sections = [Section(number=number, rows=(row,)) for number in range(1, 11)]
    sections[3] = replace(sections[3], changed=(_path(text, 1, None, 0, 0, 0),))
    sections[8] = replace(sections[8], recorded=(_moment(text, _at(18, 1, 2, 3), text, text),))
    unknown = replace(row, mark=Mark.NOT_KNOWN, settles=text)
    return Answer(
        sentence=text,
        commit=CommitRef(oid=OID, subject=text, repository=text),
        verdict=VerdictLine(
            word=Verdict.INDETERMINATE, what=text, policy=text, exit_code=5, enforce_exit_code=5, mode=text
        ),
        sections=(*sections, Section(number=11, rows=(unknown,))),
        as_of=AsOf(log=text, tree_size=1, root=text),
        next_steps=(NextStep(when=text, command=text, note=text),),
        sessions=(text,),
        attestations=(text,),
    )


def absent() -> Answer:
    """Give the answer for a commit that nothing is recorded for."""
    oid = "5d1e0b7c93a2f4486617c0de2b95a1f38870e4c6"
    rows = Section(
        number=4,
        rows=(_said("3 hunks", "0 explained by a session, 0 edited outside it, 3 not explained", Basis.CORROBORATED),),
        changed=(_path("src/payments/settle.py", 12, 7, 0, 0, 2), _path("tests/test_settle.py", 9, 0, 0, 0, 1)),
    )
    verdict = VerdictLine(
        word=Verdict.ABSENT,
        what="No session and no declaration, and the list is complete as of tree size 48,231.",
        policy="acme-baseline@9f2c41d0",
        tier="high",
        base="the merge base",
        mode="observe",
        exit_code=0,
        enforce_exit_code=4,
    )
    return answer_not_recorded(
        Nothing(
            commit=CommitRef(
                oid=oid, subject="round settlement totals half-even", repository="git.acme.example/acme/payments"
            ),
            author="Priya Raman",
            verdict=verdict,
            as_of=AS_OF,
            changed=rows,
            evidence=(list_row(complete=True, text="As of tree size 48,231: 0 sessions, 0 declarations, 0 reviews"),),
        )
    )
