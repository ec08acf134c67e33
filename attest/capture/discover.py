"""Finding the transcript of a folder where the agent itself keeps it, for whoever names none."""

from __future__ import annotations

import re
from pathlib import Path


def newest_transcript(home: Path, folder: Path) -> Path | None:
    """Give the newest Claude Code transcript of sessions run in `folder`; None where the agent kept none.

    The agent names its folder after the path, with a dash for every character that is no letter or digit. Sessions
    that were run in a folder above or below are not looked for.
    """
    name = re.sub(r"[^A-Za-z0-9]", "-", str(folder.resolve()))
    kept = [path for path in (home / ".claude" / "projects" / name).glob("*.jsonl") if path.is_file()]
    return max(kept, key=lambda path: path.stat().st_mtime_ns, default=None)
