"""Parameters that many routes take, bounded: what is longer names nothing, and is refused before anything is looked up."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Header, Path, Query

MAX_NAME: Final = 128
"""Characters of an id; the longest of ours has 80."""
MAX_LONG: Final = 1024
"""Characters of what has slashes in it: a repository, a range, the path of a file."""
MAX_HEADER: Final = 16 * 1024

InPath = Annotated[str, Path(max_length=MAX_NAME)]
LongInPath = Annotated[str, Path(max_length=MAX_LONG)]
After = Annotated[str, Query(max_length=MAX_NAME, description="The id of the last row before the page.")]
Limit = Annotated[int, Query(ge=1, le=500)]
Known = Annotated[str | None, Header(alias="if-none-match", max_length=MAX_HEADER)]
"""What the caller has already: an ETag, several, or `*`."""
