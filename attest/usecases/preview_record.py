"""What `record` would take out of a session and its commits: nothing is signed, logged, stored or named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.capture.reader import SNIFF_BYTES, sniff
from attest.errors import InvalidInput
from attest.usecases.begin_redaction import session_lines
from attest.usecases.commit_context import read_commits
from attest.usecases.keeping import read_keeping
from attest.usecases.quarantine import quarantining
from attest.usecases.redact_session import session_redactor
from redaction.preview import Preview, preview_of

if TYPE_CHECKING:
    from attest.settings import Settings
    from attest.usecases.record_request import RecordRequest


def preview_record(request: RecordRequest, settings: Settings, *, token_key: bytes) -> Preview:
    """Give what a recording would replace, with the same rules, identities and choices; its tokens are of this run only.

    Raises:
        InvalidInput: the transcript or a commit cannot be read.
        Quarantined: the recording would be quarantined for this reason.
    """
    agent = sniff(request.transcript.head(SNIFF_BYTES))
    if agent is None:
        raise InvalidInput("input.unknown-format", where=str(request.transcript.path))
    commits = read_commits(request.repository, request.commits)
    keeping = request.keeping or read_keeping(settings.home)
    with quarantining():
        redactor = session_redactor(
            settings.home, token_key, request.repository, commits, format=agent, keeping=keeping
        )
        return preview_of(redactor.redact(session_lines(request.transcript, commits)))
