"""Whether bytes look like what one of Copilot's programs writes, from what they hold."""

from __future__ import annotations

from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.records import field, text_of
from attest.capture.unroll.copilot_vscode import FORMAT as VSCODE_SESSION
from attest.capture.unroll.document import format_of_header

PRODUCER = "copilot-agent"


def looks_like_copilot_cli(head: bytes) -> bool:
    """Tell whether the beginning is a session log of Copilot CLI."""
    start = _session_start(head)
    return start is not None and "vscodeVersion" not in start


def looks_like_copilot_transcript(head: bytes) -> bool:
    """Tell whether the beginning is a transcript of Copilot Chat in VS Code, which has the same form."""
    start = _session_start(head)
    return start is not None and "vscodeVersion" in start


def looks_like_vscode_session(head: bytes) -> bool:
    """Tell whether the lines are those of an unrolled chat session of VS Code."""
    return format_of_header(head) == VSCODE_SESSION


def _session_start(head: bytes) -> Fields | None:
    for line in head.split(b"\n"):
        if b'"session.start"' not in line or not line.startswith(b"{"):
            continue
        parsed = parse_line(line.rstrip(b"\r"))
        if isinstance(parsed, LineFault) or parsed.get("type") != "session.start":
            continue
        data = field(parsed, "data")
        if text_of(data, "producer") == PRODUCER and text_of(data, "sessionId"):
            return data
    return None
