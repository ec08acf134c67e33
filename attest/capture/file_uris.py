"""Addresses of files in the forms in which editors keep them. Shared by normalisers."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from attest.capture.records import text_of

_FILE_URI: Final = re.compile(r"file://(?P<host>[^/]*)(?P<path>/.*)", re.DOTALL)


def path_of(value: object) -> str:
    """Give the path of a file address in any of the forms in which it is kept; an address of another kind as it is."""
    if isinstance(value, str):
        found = _FILE_URI.fullmatch(value)
        return unquote(found["path"]) if found else value
    if not isinstance(value, dict):
        return ""
    if isinstance(value.get("uri"), dict | str):
        return path_of(value["uri"])
    return text_of(value, "fsPath") or text_of(value, "path") or text_of(value, "external")
