"""What a statement says of its redaction: the closed member, the open extension beside it, and the erasable span list.

Counts, digests and names of rules stand in the statement. Where a value stood, and its token, is a part: a place can say
more than a permanent leaf should. No value, no length of one, no hash of one without a key or a salt is in either.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from attest.model.keeping import Keeping
    from redaction.redactor import AnyRedaction
    from redaction.report import Report

EXTENSION: Final = "redaction"
PART: Final = "redaction"
SCHEMA: Final = "whereof/session-part/redaction/v1"
MAX_RULES: Final = 256
OTHERS: Final = "others"
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:/+-]{1,128}")


def redaction_member(report: Report) -> dict[str, object]:
    """Give the member `redaction` of `session/v1`."""
    engines = dict(report.engines)
    return {
        "engine": f"presidio-analyzer/{engines['presidio-analyzer']}",
        "rules": report.rule_set_sha256,
        "config": report.config_sha256,
        "entities": dict(report.by_entity),
        "spans": len(report.spans) + report.spans_left_out,
        "decodedLayers": sum(count for _, count in report.decoded_layers),
        "opaqueFields": report.opaque,
        "dropped": report.dropped,
        "secondScan": {
            "engine": f"{report.second_scan.engine}/{report.second_scan.version}",
            "result": "clean",
            "allowed": sum(uses for _, uses in report.second_scan.allowed),
        },
    }


def redaction_extension(report: Report, keeping: Keeping, *, count: int, root: bytes) -> dict[str, object]:
    """Give the member `redaction` of the statement's `extensions`; `count` and `root` are of the commitment tree."""
    return {
        "profile": report.profile,
        "engines": dict(report.engines),
        "byRule": _counts(report.by_rule),
        "decoded": _counts(report.decoded_layers),
        "models": dict(report.models),
        "nerLanguages": list(report.ner_languages),
        "textLines": report.text_lines,
        "blobs": dict(report.blobs),
        "images": keeping.images.value,
        "parts": keeping.parts.value,
        "limitsHit": report.limits_hit(),
        "disabled": list(report.disabled),
        "secondScan": {"rules": report.second_scan.rules, "canaries": report.second_scan.canaries},
        "commitments": {"policy": keeping.commit.value, "count": count, "root": root.hex()},
    }


def redaction_document(redaction: AnyRedaction) -> dict[str, object]:
    """Give the part `redaction`: every place where something was taken out, and its token."""
    report = redaction.report
    return {
        "schema": SCHEMA,
        "spans": [
            {"record": s.record, "pointer": s.pointer, "entity": s.entity, "token": s.token} for s in report.spans
        ],
        "spansLeftOut": report.spans_left_out,
        "blobs": [{"line": b.line, "at": b.at, "media": b.media, "bytes": b.size} for b in redaction.blobs],
    }


def _counts(pairs: tuple[tuple[str, int], ...]) -> dict[str, int]:
    """Give the counts by name, the most frequent ones; a name an operator gave a rule may be no plain word."""
    out: dict[str, int] = {}
    for number, (name, count) in enumerate(sorted(pairs, key=lambda pair: (-pair[1], pair[0]))):
        shown = name if number < MAX_RULES and _PLAIN.fullmatch(name) else OTHERS
        out[shown] = out.get(shown, 0) + count
    return out
