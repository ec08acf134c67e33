"""Two records of one session, item by item: what agrees, what differs, what only one of them has.

1. same session   shown by the agent's session id, by ids of calls, or by a prompt word for word; else a trailer hints
                 at it, or it is only claimed
2. prompts        equal text; withheld text by time alone
3. tool calls     equal id, then name and arguments; without ids by name and time
4. decisions      a refusal in one must be a refusal in the other; how a call was let through is told there alone
5. tokens         sums by model
6. commits, pull requests, authority   by value

An item is corroborated where the records agree, the second is out of the runner's hands, does not merely repeat the
client's word, and both are shown to be of one session. What a record never holds (`lacks`) is never a finding, nor is
what lies outside of a record that is known to be cut.

Not checked: whether the payload is what its source gave out. Whoever hands it in can have changed it.
"""

from __future__ import annotations

from collections.abc import Iterable

from attest.capture.second.compare_calls import compare_calls, compare_decisions
from attest.capture.second.compare_prompts import compare_prompts
from attest.capture.second.compare_values import compare_names, compare_tokens
from attest.capture.second.frame import Digest, Frame
from attest.capture.second.same_session import rows_of_session
from attest.model.mcp import SessionCall
from attest.model.second import Comparison, SecondLog
from attest.model.session import Session


def compare(
    session: Session,
    calls: Iterable[SessionCall],
    second: SecondLog,
    *,
    digest: Digest,
    hinted: frozenset[str] = frozenset(),
    commits: tuple[str, ...] = (),
) -> Comparison:
    """Compare a session with a second record of it. Texts and arguments of `second` are redacted as the session's were.

    `calls` are the session's calls with their arguments; `digest` salts and hashes what an item is about; `hinted` are
    ids of the session elsewhere, as trailers of its commits name them; `commits` are those its recording names.
    """
    same, rows = rows_of_session(session, second, hinted=hinted)  # 1
    frame = Frame(session, second, digest=digest, commits=commits).of_session(same, rows)
    items = (
        *compare_prompts(frame),  # 2
        *compare_calls(frame, calls),  # 3
        *compare_decisions(frame),  # 4
        *compare_tokens(frame),  # 5
        *compare_names(frame),  # 6
    )
    return Comparison(
        source=second.source,
        control=second.control,
        same_session=same,
        lacks=second.lacks,
        cut=second.cut,
        items=items,
        counts=second.counts,
        other_sessions=len(second.rows) - len(rows),
    )
