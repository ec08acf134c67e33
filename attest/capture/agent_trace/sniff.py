"""Whether bytes are Agent Trace records: those of the specification, and the flat ones that tools write in its name."""

from __future__ import annotations

from collections.abc import Mapping

from attest.capture.lines import LineFault, parse_line

FORMAT = "agent-trace/json"
_FLAT = "agent-trace/"


def looks_like_agent_trace(head: bytes) -> bool:
    """Tell whether the beginning holds a record, or what unrolled records begin with."""
    for line in head.split(b"\n"):
        fields = parse_line(line) if line.lstrip().startswith(b"{") else LineFault.NOT_OBJECT
        if isinstance(fields, LineFault):
            continue
        if fields.get("type") == "whereof-unrolled":
            return fields.get("format") == FORMAT
        if is_trace(fields):
            return True
    return False


def is_trace(fields: Mapping[str, object]) -> bool:
    """Tell whether the members are those of a record; one whose value is not at hand (None) counts as there."""
    return is_flat(fields) or (
        {"version", "id", "timestamp", "files"} <= set(fields)
        and isinstance(fields["version"], str)
        and isinstance(fields["files"], list | None)
    )


def is_flat(fields: Mapping[str, object]) -> bool:
    """Tell whether the members are those of a flat record: one range of one file."""
    schema = fields.get("schema")
    return isinstance(schema, str) and schema.startswith(_FLAT) and "file_path" in fields
