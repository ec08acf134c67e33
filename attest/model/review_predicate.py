"""The `review/v1` predicate: a reviewer signs what he looked at, how five questions about the process come out, and a decision.

It holds no free text: a comment belongs where people talk, and could not be erased here (decision D6). A signature proves
who said so, when, and over which commits, trees, files, captures of sessions and policy; not that anybody read or understood.
"""

from __future__ import annotations

from typing import Final

from attest.model.session_predicate import BASE, CHANGED, OID, SESSION_ID, TIME
from attest.model.shape import Closed, ListOf, OneOf, Shape, Text, Whole

REVIEW_V1: Final = BASE + "review/v1"
CHECKLIST: Final = "process-v1"

QUESTIONS: Final = ("intent-clear", "plan-sound", "constraints-kept", "judgement-used", "nothing-skipped")
"""The five questions of `process-v1`, in the order they are asked; `yes` is the good answer to each."""
ANSWERS: Final = ("yes", "no", "not-checked")
DECISIONS: Final = ("approve", "request-changes", "comment-only")
MEANINGS: Final = ("process", "code", "process-and-code")
"""What the signature means: the way the change came about was reviewed, the change itself was, or both."""
CAPACITIES: Final = ("person", "agent", "service")
NO_POLICY: Final = "none"
MAX_EVENTS: Final = 64
MAX_SESSIONS: Final = 64
MAX_COMMITS: Final = 256

SHA256: Final = Text(r"[0-9a-f]{64}", 64)
_EVENT: Final = Closed({"session": SESSION_ID, "event": Whole()})
_ANSWER: Final = Closed({"answer": OneOf(ANSWERS), "events": ListOf(_EVENT, MAX_EVENTS)})
_ANSWERS: Final[dict[str, Shape]] = dict.fromkeys(QUESTIONS, _ANSWER)

REVIEW: Final = Closed(
    {
        "reviewedAt": TIME,
        "meaning": OneOf(MEANINGS),
        "decision": OneOf(DECISIONS),
        "capacity": OneOf(CAPACITIES),
        "checklist": OneOf((CHECKLIST,)),
        "answers": Closed(_ANSWERS),
        "head": Closed({"oid": OID, "tree": OID}),
        "commits": ListOf(
            Closed({"oid": OID, "tree": OID, "changed": CHANGED, "patch": OID}, optional=frozenset({"patch"})),
            MAX_COMMITS,
        ),
        "sessions": ListOf(Closed({"id": SESSION_ID, "sha256": SHA256}), MAX_SESSIONS),
        "policy": Text(r"sha256:[0-9a-f]{64}|none", 71),
    },
    extensible=True,
)
"""`capacity` is the reviewer's word on himself. `commits` are the subjects, `head` the newest of them. `sessions` carry the
digest that each session's own statement gives its subject. `policy` is the digest of the policy file that was in force."""
