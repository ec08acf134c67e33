"""The redaction of a recording, begun before anything else of it: its engines load while the instance is opened.

Nothing heavy is imported here: the process that loads them is forked while this one is small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.capture.fields import fields_for
from attest.capture.reader import SNIFF_BYTES, sniff
from attest.usecases.allow_rules import read_allow_rules
from attest.usecases.commit_context import read_commits
from attest.usecases.identities import known_identities
from attest.usecases.keeping import read_keeping
from attest.usecases.quarantine import quarantining
from attest.usecases.redaction_settings import read_redaction_settings
from redaction.blobs import Images
from redaction.child import WorkerLimits
from redaction.config import Config
from redaction.early import EarlyRedaction, begin_early

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attest.capture.transcript import Transcript
    from attest.model.keeping import Keeping
    from attest.usecases.commit_context import CommitContext
    from attest.usecases.record_request import RecordRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunRedaction:
    """A redaction under way, and the commits whose texts take part in it."""

    digest: bytes
    """SHA-256 of the transcript from before its first line was read: what is read later must still have it."""
    commits: tuple[CommitContext, ...]
    redaction: EarlyRedaction


def redaction_config(home: Path, *, format: str, keeping: Keeping, again: bool = False) -> Config:  # noqa: A002
    """Give what an instance's folder says of the redaction of a session of one format.

    `again` says that the same session may come again under the same key, so that it is kept which lines were seen.

    Raises:
        InvalidInput: a file of the operator's cannot be carried out as written.
    """
    config = Config(
        fields=fields_for(format),
        allow=read_allow_rules(home),
        cache_dir=home / "cache",
        lines_dir=home / "cache" / "lines" if again else None,
        worker=WorkerLimits(),
        images=Images(keeping.images.value),
    )
    return read_redaction_settings(home).applied(config)


def session_lines(transcript: Transcript, commits: tuple[CommitContext, ...]) -> Callable[[], Iterator[bytes]]:
    """Give what opens the lines that are redacted together: the transcript's, and one for each commit's texts."""

    def open_lines() -> Iterator[bytes]:
        yield from transcript.lines()
        yield from (commit.free_text() for commit in commits)

    return open_lines


def begin_redaction(request: RecordRequest, home: Path) -> BegunRedaction | None:
    """Begin the redaction that `record` will ask for; None where it has to run in this process, at its own time.

    Raises:
        InvalidInput: a commit or a file of the operator's cannot be read.
    """
    agent = sniff(request.transcript.head(SNIFF_BYTES))
    if agent is None:
        return None
    digest, _ = request.transcript.digest()
    commits = read_commits(request.repository, request.commits)
    with quarantining():
        config = redaction_config(home, format=agent, keeping=request.keeping or read_keeping(home), again=True)
        identities = known_identities(request.repository, commits)
        redaction = begin_early(config, identities, session_lines(request.transcript, commits))
    return None if redaction is None else BegunRedaction(digest=digest, commits=commits, redaction=redaction)
